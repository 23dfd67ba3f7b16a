"""Everything that is kept of what happened, read in its order to be verified."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from sqlalchemy import Enum, Row, Select, Text, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from db.models import Event, EventHead, EventPosition, Organization, Outbox
from domain.verification import Head

AT_ONCE = 1_000
LATEST = UUID(int=2**128 - 1)

# As PostgreSQL keeps it: JSON as the text that was hashed, and kinds that nobody knows any more.
FACTS = [
    (cast(column, Text) if isinstance(column.type, JSONB | Enum) else column).label(column.name)
    for column in Event.__table__.c
]
_OLDEST = text("""
    SELECT min(substring(pg_get_expr(relpartbound, pg_class.oid) FROM $$FROM \\('([0-9a-f-]+)$$))
    FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
    WHERE inhparent = 'events'::regclass
""")


async def organization_by_slug(connection: AsyncConnection, slug: str) -> UUID | None:
    found: UUID | None = await connection.scalar(
        select(Organization.id).where(Organization.slug == slug)
    )
    return found


async def oldest(connection: AsyncConnection) -> UUID:
    """The least id of an event whose month is still there; of no months, the greatest of all."""
    found = await connection.scalar(_OLDEST)
    return UUID(found) if found else LATEST


async def heads(connection: AsyncConnection, order: UUID | None) -> dict[UUID, Head]:
    """Where each order ends, or the one that is named."""
    statement = select(
        EventHead.organization_id, EventHead.position, EventHead.hash, EventHead.forgotten
    )
    if order is not None:
        statement = statement.where(EventHead.organization_id == order)
    found = await connection.execute(statement)
    return {id: Head(position, hash, forgotten) for id, position, hash, forgotten in found}


def places(connection: AsyncConnection, order: UUID | None, since: int) -> AsyncIterator[Row[Any]]:
    """Every place from `since` on with the facts of its event, order by order."""
    statement = (
        select(
            EventPosition.organization_id.label("order"),
            EventPosition.position,
            EventPosition.event_id,
            EventPosition.hash,
            *FACTS,
        )
        .outerjoin(Event, Event.id == EventPosition.event_id)
        .where(EventPosition.position >= since)
        .order_by(EventPosition.organization_id, EventPosition.position)
    )
    if order is not None:
        statement = statement.where(EventPosition.organization_id == order)
    return _streamed(connection, statement)


def strays(connection: AsyncConnection, order: UUID | None) -> AsyncIterator[Row[Any]]:
    """Events that have no place and wait for none."""
    of = func.coalesce(Event.organization_id, UUID(int=0))
    statement = (
        select(Event.id, of.label("order"))
        .outerjoin(EventPosition, EventPosition.event_id == Event.id)
        .outerjoin(Outbox, Outbox.event_id == Event.id)
        .where(EventPosition.event_id.is_(None), Outbox.event_id.is_(None))
        .order_by(Event.id)
    )
    return _streamed(connection, statement if order is None else statement.where(of == order))


def lost(connection: AsyncConnection) -> AsyncIterator[Row[Any]]:
    """What waits for a place and is not there any more."""
    statement = (
        select(Outbox.event_id)
        .outerjoin(Event, Event.id == Outbox.event_id)
        .where(Event.id.is_(None))
        .order_by(Outbox.sequence)
    )
    return _streamed(connection, statement)


def leaps(connection: AsyncConnection) -> AsyncIterator[Row[Any]]:
    """Where the order of all events does not count on by one."""
    before = func.coalesce(
        func.lag(EventPosition.sequence).over(order_by=EventPosition.sequence), 0
    )
    pairs = select(before.label("before"), EventPosition.sequence).subquery()
    statement = (
        select(pairs.c.before, pairs.c.sequence)
        .where(pairs.c.sequence != pairs.c.before + 1)
        .order_by(pairs.c.sequence)
    )
    return _streamed(connection, statement)


async def _streamed(
    connection: AsyncConnection, statement: Select[*tuple[Any, ...]]
) -> AsyncIterator[Row[Any]]:
    async with connection.stream(statement, execution_options={"yield_per": AT_ONCE}) as rows:
        async for part in rows.partitions():
            for row in part:
                yield row
