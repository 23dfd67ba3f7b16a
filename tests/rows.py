"""What the database holds, read past every rule of visibility."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select, text

from db.models import Event, EventHead, EventPosition, Model, Organization, User
from domain.events import EventKind
from tests.world import World

BY_THE_RELAY = (EventPosition.__table__, EventHead.__table__)
"""What is written after a change, at a moment of its own."""


def abbreviated(value: Any) -> str:
    """A test's parameter, short enough to read."""
    return repr(value)[:40]


async def one(world: World, statement: Select[Any]) -> Any:
    """The only row of a statement."""
    async with world.resources.database.read() as session:
        return (await session.scalars(statement)).one()


async def change(world: World, row: Any, **values: Any) -> None:
    """Set columns of a stored row, as no use case would; the process knows nobody after it."""
    async with world.resources.database.transaction() as session:
        stored = await session.get_one(type(row), row.id)
        for name, value in values.items():
            setattr(stored, name, value)
    world.resources.actors.forget()


async def events_about(world: World, subject: UUID) -> list[EventKind]:
    """The kinds of everything recorded about a thing, in order."""
    statement = select(Event.kind).where(Event.subject_id == subject).order_by(Event.id)
    async with world.resources.database.read() as session:
        return list(await session.scalars(statement))


async def unpublished(world: World) -> int:
    """How many events still wait for their position."""
    async with world.resources.database.read() as session:
        return await session.scalar(text("SELECT count(*) FROM outbox")) or 0


async def of_organization(world: World, organization: UUID) -> list[str]:
    """Every row that belongs to an organisation, its events included but not their order."""
    parts = [
        f"SELECT '{table.name}' || {table.name}::text FROM {table.name} WHERE {owner} = :id"  # noqa: S608 - names of our own tables
        for table in Model.metadata.sorted_tables
        if (owner := _owner(table))
    ]
    async with world.resources.database.read() as session:
        found = await session.execute(text(" UNION ALL ".join(parts)), {"id": organization})
        return sorted(found.scalars())


async def of_people(world: World, users: Collection[UUID]) -> list[str]:
    """Their accounts, and every row that is a part of them; not what they were told."""
    parts = [
        f"SELECT '{table.name}' || {table.name}::text FROM {table.name} WHERE {owner} = ANY(:ids)"  # noqa: S608 - names of our own tables
        for table in Model.metadata.sorted_tables
        if (owner := _person(table))
    ]
    async with world.resources.database.read() as session:
        found = await session.execute(text(" UNION ALL ".join(parts)), {"ids": list(users)})
        return sorted(found.scalars())


async def events_of_request(world: World, request_id: str) -> list[tuple[EventKind, UUID | None]]:
    """What a request had recorded, and in which organisation."""
    statement = select(Event.kind, Event.organization_id).where(Event.request_id == request_id)
    async with world.resources.database.read() as session:
        return [(kind, organization) for kind, organization in await session.execute(statement)]


async def whole_database(world: World) -> str:
    """Everything that is stored, as text."""
    async with world.resources.database.read() as session:
        tables = [
            (await session.execute(text(f"SELECT {table.name}::text FROM {table.name}"))).scalars()  # noqa: S608 - names of our own tables
            for table in Model.metadata.sorted_tables
        ]
        return "\n".join(row for rows in tables for row in rows)


def _owner(table: Table) -> str | None:
    """The column that says which organisation a row belongs to."""
    if table is Organization.__table__:
        return "id"
    if table in BY_THE_RELAY:
        return None
    return "organization_id" if "organization_id" in table.columns else None


def _person(table: Table) -> str | None:
    """The column that says of whose account a row is a part."""
    if table is User.__table__:
        return "id"
    is_part = "user_id" in table.columns and "organization_id" not in table.columns
    return "user_id" if is_part else None
