"""How an event travels from the relay to the processes."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from domain.events import Event, EventKind

FIELDS = tuple(field.name for field in fields(Event))
STORED_AS_JSON = ("before", "after")
READ: dict[str, Callable[[str], object]] = {
    "id": UUID,
    "kind": EventKind,
    "entity_id": UUID,
    "subject_id": UUID,
    "organization_id": UUID,
    "actor_id": UUID,
    "session_id": UUID,
    "token_id": UUID,
    "impersonator_id": UUID,
    "occurred_at": datetime.fromisoformat,
}


class Message(NamedTuple):
    """An event in transit, with what is needed to place and to route it undecoded."""

    sequence: int
    organization_id: str
    """Empty where the event belongs to no organisation."""
    kind: str
    event: bytes


def encode(row: Mapping[str, Any], sequence: int, position: int) -> Message:
    """The message of a row of `events`, whose JSON columns are still text."""
    facts = {name: row[name] for name in FIELDS if name != "position"}
    for name in STORED_AS_JSON:
        facts[name] = facts[name] and orjson.Fragment(facts[name])
    event = orjson.dumps({**facts, "position": position}, default=str)
    return Message(sequence, str(row["organization_id"] or ""), row["kind"], event)


def decode(message: Message) -> Event:
    """The event of a message; fields that this process does not know are left out.

    Raises ValueError on a kind of event that a newer process has recorded.
    """
    facts = orjson.loads(message.event)
    return Event(**{name: _read(name, facts.get(name)) for name in FIELDS})


def known(kind: str) -> EventKind | None:
    """The kind of that name; None for one that only a newer process knows."""
    try:
        return EventKind(kind)
    except ValueError:
        return None


def concerned(message: Message) -> tuple[UUID, UUID]:
    """The event's entity and subject, whatever its kind."""
    facts = orjson.loads(message.event)
    return UUID(facts["entity_id"]), UUID(facts["subject_id"])


def _read(name: str, value: Any) -> Any:
    return READ[name](value) if name in READ and value is not None else value
