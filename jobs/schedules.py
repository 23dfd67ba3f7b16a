"""Puts what is done again and again on the queue: once a moment, however many workers there are."""

import asyncio
from datetime import UTC, datetime

import structlog
from croniter import croniter

from db.database import Database
from db.jobs import Later, put, tick
from domain.errors import Unavailable
from events.backoff import Backoff
from jobs.registry import SCHEDULES

LONGEST_SLEEP = 60.0
"""Seconds; the clock may be set meanwhile."""

log = structlog.get_logger(__name__)


async def run(database: Database) -> None:
    """Keep the schedules until cancelled. What was missed while nobody did is done once."""
    backoff = Backoff()
    while True:
        try:
            await put_due(database, datetime.now(UTC))
        except Unavailable:
            await backoff.pause()
        else:
            backoff.reset()
            await asyncio.sleep(_seconds_to_next(datetime.now(UTC)))


async def put_due(database: Database, now: datetime) -> list[str]:
    """Put on the queue what has a moment since the last that was taken care of; their names.

    A schedule that is new begins with its next moment.
    """
    names = []
    for name, cron in sorted(SCHEDULES.items()):
        async with database.transaction() as session:
            if await tick(session, name, croniter(cron, now).get_prev(datetime)):
                await put(session, [Later(name=name, payload={}, key=f"schedule:{name}")])
                names.append(name)
    return names


def _seconds_to_next(now: datetime) -> float:
    moments = [croniter(cron, now).get_next(datetime) for cron in SCHEDULES.values()]
    waits: list[float] = [(moment - now).total_seconds() for moment in moments]
    return min([LONGEST_SLEEP, *waits])
