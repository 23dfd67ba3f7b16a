"""The partitions of events: made before they are needed, detached when they need not be kept."""

from datetime import UTC, date, datetime

import structlog

from db import events
from db.database import Database
from db.events import Partition

log = structlog.get_logger(__name__)


def this_day() -> date:
    return datetime.now(UTC).date()


async def make_ahead(database: Database, today: date) -> None:
    """Every event of the next three months has a partition to be in."""
    async with database.transaction() as session:
        await events.make_partitions(session, today)


async def detach_old(database: Database, today: date, months: int) -> list[str]:
    """Keep so many whole months besides the current one; the names of the tables detached.

    Each keeps its rows, for the operator to archive or drop. A partition is not detached before
    everybody who follows the events has come past it. Positions and hashes stay for ever.
    """
    oldest = events.months_from(today, -months)
    async with database.read() as session:
        old = [each for each in await events.partitions(session) if each.month < oldest]
    detached = [each.name for each in old if await _detach(database, each)]
    if detached:
        log.info("events_detached", partitions=detached)
    return detached


async def _detach(database: Database, partition: Partition) -> bool:
    if not partition.leaving:
        async with database.transaction() as session:
            if not await events.forget(session, partition):
                return False
    async with database.read() as session:
        await events.detach(session, partition)
    return True
