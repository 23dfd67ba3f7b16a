"""Events in the order that the relay gave them, and the partitions that hold them."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, EventHead, EventPosition
from domain import events

PAGE: Final = 200
"""Events that are read at a time."""
AHEAD: Final = 3
"""Months for which there are partitions besides the current one."""

_FACTS = tuple(
    field.name for field in fields(events.Event) if field.name not in {"kind", "position"}
)


class Placed(NamedTuple):
    """An event in its places; None stands for one of a kind that this process does not know."""

    sequence: int
    organization_id: UUID
    """The nil UUID where it belongs to none."""
    position: int
    kind: str
    event: events.Event | None


class Head(NamedTuple):
    """Where an organisation's order ends, and how far from its beginning it is forgotten."""

    position: int
    forgotten: int


class Partition(NamedTuple):
    """The table of a month's events, which may be on the way out."""

    name: str
    month: date
    leaving: bool


async def after_sequence(
    session: AsyncSession, sequence: int, most: int = PAGE
) -> Sequence[Placed]:
    """The events that follow in the order of all, of every organisation and of none."""
    places = _placed().where(EventPosition.sequence > sequence)
    found = await session.execute(places.order_by(EventPosition.sequence).limit(most))
    return [_read(row) for row in found.mappings()]


async def after_position(
    session: AsyncSession, organization: UUID, position: int, most: int = PAGE
) -> Sequence[Placed]:
    """The events that follow in the order of an organisation."""
    places = _placed().where(
        EventPosition.organization_id == organization, EventPosition.position > position
    )
    found = await session.execute(places.order_by(EventPosition.position).limit(most))
    return [_read(row) for row in found.mappings()]


async def last_sequence(session: AsyncSession) -> int:
    """Where the order of all ends; 0 before the first event."""
    return await session.scalar(select(func.max(EventPosition.sequence))) or 0


async def head(session: AsyncSession, organization: UUID) -> Head:
    """Where the organisation's order ends; its first position is 1."""
    columns = select(EventHead.position, EventHead.forgotten)
    found = await session.execute(columns.where(EventHead.organization_id == organization))
    row = found.one_or_none()
    return Head(0, 0) if row is None else Head(row.position, row.forgotten)


def _placed() -> Select[Any]:
    return select(
        EventPosition.sequence,
        EventPosition.position,
        EventPosition.organization_id.label("order"),
        cast(Event.kind, Text).label("kind"),
        *(getattr(Event, name) for name in _FACTS),
    ).join(Event, Event.id == EventPosition.event_id)


def _read(row: Any) -> Placed:
    return Placed(row["sequence"], row["order"], row["position"], row["kind"], _event(row))


def _event(row: Any) -> events.Event | None:
    try:
        kind = events.EventKind(row["kind"])
    except ValueError:
        return None
    facts = {name: row[name] for name in _FACTS}
    return events.Event(kind=kind, position=row["position"], **facts)


async def make_partitions(session: AsyncSession, today: date, ahead: int = AHEAD) -> None:
    """See to it that there are partitions for this month and the next ones.

    An event without a partition cannot be recorded: there is no other place for it.
    """
    statement = text("SELECT make_event_partition(:month)")
    for month in range(ahead + 1):
        await session.execute(statement, {"month": months_from(today, month)})


async def partitions(session: AsyncSession) -> list[Partition]:
    """The partitions that hold events now, the oldest first."""
    found = await session.execute(_PARTITIONS)
    return [
        Partition(row.name, date(int(row.name[-7:-3]), int(row.name[-2:]), 1), row.leaving)
        for row in found
    ]


async def forget(session: AsyncSession, partition: Partition) -> bool:
    """Note how far each organisation's order is forgotten with the partition.

    False, and nothing is noted, while somebody who follows has still to come to its events.
    """
    if await session.scalar(_awaited(partition)):
        return False
    await session.execute(_forgotten(partition))
    return True


async def detach(session: AsyncSession, partition: Partition) -> None:
    """Take the partition out of `events`, outside any transaction, while others read and write.

    Its table remains as it is, for the operator to archive or drop.
    """
    how = "FINALIZE" if partition.leaving else "CONCURRENTLY"
    await session.execute(text(f"ALTER TABLE events DETACH PARTITION {partition.name} {how}"))


def months_from(day: date, months: int) -> date:
    """The first day of the month that is so many months after, or before, that of the day."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


_PARTITIONS = text("""
    SELECT relname AS name, inhdetachpending AS leaving
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'events'::regclass ORDER BY relname
""")


def _awaited(partition: Partition) -> Any:
    """Whether an event of the partition has no position yet, or a follower has not come to it."""
    return text(f"""
        SELECT EXISTS (
            SELECT FROM {partition.name} AS event LEFT JOIN event_positions ON event_id = event.id
            WHERE sequence IS NULL OR sequence > (SELECT min(sequence) FROM event_followers)
        )
    """)  # noqa: S608 - a name of our own


def _forgotten(partition: Partition) -> Any:
    return text(f"""
        UPDATE event_heads SET forgotten = greatest(forgotten, gone.position)
        FROM (
            SELECT organization_id, max(position) AS position FROM event_positions
            WHERE event_id IN (SELECT id FROM {partition.name}) GROUP BY organization_id
        ) AS gone
        WHERE event_heads.organization_id = gone.organization_id
    """)  # noqa: S608 - a name of our own
