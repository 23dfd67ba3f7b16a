"""Everything that is known of somebody, handed out to them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.utils.str_converters import to_camel_case

from db import loaders, personal_data
from db.models import User, now
from db.personal_data import Section
from domain import avatars
from domain.actor import Actor
from domain.events import EventKind
from engine import ids
from resolvers.context import Context

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 4_000_000
"""Of a section; what is older is left out, and that is said."""


@dataclass(frozen=True, slots=True)
class ExportMyData:
    """Nothing but that you want it."""


async def export(ctx: Context, input: ExportMyData) -> dict[str, Any]:
    """Everything that is known of you, as one JSON document: your account, how and when you signed
    in, where you belong, what you wrote, said, decided and were told, and what you did. No
    passwords and no secrets; and nothing of what you wrote for an organisation that you can no
    longer see, for it belongs to it.
    """
    async with ctx.reading() as session:
        document = await _document(session, ctx.actor)
    async with ctx.transaction() as work:
        user = await work.find(loaders.users, work.by, at="viewer")
        work.record(EventKind.DATA_EXPORTED, user)
    return document


async def _document(session: AsyncSession, actor: Actor) -> dict[str, Any]:
    account = await personal_data.account(session, actor.signed_in)
    user = User(id=account["id"], email=account["email"])
    account["avatar"] = avatars.addresses(account["avatar"])
    sections = {
        section.name: await _section(session, section, user, actor)
        for section in personal_data.SECTIONS
    }
    return {"exportedAt": now().isoformat(), "account": _told(User, account), **sections}


async def _section(
    session: AsyncSession, section: Section, user: User, actor: Actor
) -> dict[str, Any]:
    """The newest entries, as many as there is room for."""
    told: list[dict[str, Any]] = []
    size = 0
    async for rows in personal_data.entries(session, section, user, actor):
        for row in rows:
            del row["row"]
            entry = _told(section.model, row)
            size += len(orjson.dumps(entry))
            if size > MOST_BYTES or len(told) == MOST_ENTRIES:
                return {"complete": False, "entries": told}
            told.append(entry)
    return {"complete": True, "entries": told}


def _told(model: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as clients know it: its ids are those of the API, where there is one of the kind."""
    return dict(_member(model, name, value, row) for name, value in row.items())


def _member(model: Any, name: str, value: Any, row: Mapping[str, Any]) -> tuple[str, Any]:
    if not isinstance(value, UUID):
        return to_camel_case(name), _json(value)
    entity = _entity(model, name, row)
    known = entity in loaders.BY_ENTITY
    return to_camel_case(name.removesuffix("_id")), ids.encode(entity, value) if known else str(
        value
    )


def _entity(model: Any, name: str, row: Mapping[str, Any]) -> str:
    """The name of the kind of thing that an id is of; empty where it has none."""
    if name == "id":
        return loaders.ENTITY_OF_MODEL.get(model, "")
    if name in {"subject_id", "entity_id"}:
        return str(row[name.removesuffix("_id")])
    if name in {"actor_id", "organization_id"}:
        return {"actor_id": "User", "organization_id": "Organization"}[name]
    [key] = model.__table__.c[name].foreign_keys
    entities = {each.__table__: of for each, of in loaders.ENTITY_OF_MODEL.items()}
    return entities.get(key.column.table, "")


def _json(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case list() | tuple():
            return [_json(each) for each in value]
        case dict():
            return {name: _json(each) for name, each in value.items()}
    return _json(asdict(value)) if is_dataclass(value) and not isinstance(value, type) else value
