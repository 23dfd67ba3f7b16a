"""What a use case answered, as JSON that can be kept, and back again as it was."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import inspect, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Entity

Snapshot = Any
"""JSON: rows, moments, ids and documents are objects whose first key tells what they are."""


def taken(value: Any) -> Snapshot:
    """The value as JSON: a row, a document, something plain, or a list; else raises TypeError."""
    match value:
        case Entity():
            return {"row": value.__tablename__, "values": _values(value)}
        case datetime():
            return {"moment": value.isoformat()}
        case UUID():
            return {"id": str(value)}
        case list() | tuple():
            return [taken(each) for each in value]
        case dict():
            return {"document": value}
        case None | bool() | int() | float() | str() if not isinstance(value, Enum):
            return value
    raise TypeError(f"a {type(value).__name__} cannot be kept")


async def restored(session: AsyncSession, snapshot: Snapshot) -> Any:
    """What the snapshot was taken of; rows are as they were then, whatever became of them."""
    match snapshot:
        case list():
            return [await restored(session, each) for each in snapshot]
        case {"row": str(table), "values": values}:
            return await _row(session, table, values)
        case {"moment": str(moment)}:
            return datetime.fromisoformat(moment)
        case {"id": str(id)}:
            return UUID(id)
        case {"document": dict(document)}:
            return document
    return snapshot


def _values(row: Entity) -> dict[str, Any]:
    state = inspect(row)
    columns = {each.key: str(each.columns[0].name) for each in state.mapper.column_attrs}
    return {columns[key]: _stored(value) for key, value in state.dict.items() if key in columns}


def _stored(value: Any) -> Any:
    """As PostgreSQL reads it from JSON."""
    if isinstance(value, Enum):
        return value.name
    return f"\\x{value.hex()}" if isinstance(value, bytes) else value


async def _row(session: AsyncSession, table: str, values: Mapping[str, Any]) -> Entity:
    stored_in = Entity.metadata.tables[table]
    [model] = [each.class_ for each in Entity.registry.mappers if each.local_table is stored_in]
    populate = text(f"SELECT * FROM jsonb_populate_record(NULL::{table}, CAST(:values AS jsonb))")  # noqa: S608 - one of our tables
    given = {"values": orjson.dumps(values).decode()}
    statement = select(model).from_statement(populate).execution_options(populate_existing=True)
    row: Entity = (await session.scalars(statement, given)).one()
    return row
