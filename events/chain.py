"""The chain of an organisation's events: changing, removing or inserting one breaks it."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

BEGINNING = b""
"""Stands for the hash before an organisation's first event."""

FACTS = (
    "id",
    "occurred_at",
    "kind",
    "entity",
    "entity_id",
    "subject_id",
    "organization_id",
    "actor_id",
    "session_id",
    "before",
    "after",
    "request_id",
    "ip",
    "token_id",
    "impersonator_id",
)
"""What is hashed of an event. What is null is left out, so that later columns change no hash."""

COLUMNS = ", ".join(
    f"events.{name}::text AS {name}" if name in {"before", "after"} else f"events.{name}"
    for name in FACTS
)
"""The columns to select for `link`: the JSON is hashed as the text that PostgreSQL keeps it as."""


def link(previous: bytes, row: Mapping[str, Any], position: int) -> bytes:
    """The hash of an event in its place: SHA-256 over the hash before it and its canonical JSON."""
    return sha256(previous + canonical(row, position)).digest()


def canonical(row: Mapping[str, Any], position: int) -> bytes:
    """One JSON for one event: its facts as text, its position, keys sorted, no white space."""
    facts: dict[str, object] = {name: _text(row[name]) for name in FACTS if row[name] is not None}
    facts["position"] = position
    return orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
