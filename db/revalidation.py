"""What a process that remembers people and keys may not have heard of yet, in one statement."""

from datetime import datetime
from typing import NamedTuple

import asyncpg

from domain.events import RIGHTS_EVENTS, EventKind

MOST = 1_000
"""Events that are looked at; where there are more, they may do anything."""

# A kind that only a newer release knows may change rights too.
_HARMLESS = sorted(kind.name for kind in set(EventKind) - RIGHTS_EVENTS)
# One statement has one snapshot: an event is in the outbox or in its place, never between them.
# Kinds are looked up one by one, for a join may be planned as a scan of all events.
_UNHEARD = """
    WITH waiting AS MATERIALIZED (
        (SELECT event_id FROM event_positions WHERE sequence > $1 ORDER BY sequence LIMIT {most})
        UNION ALL
        (SELECT event_id FROM outbox LIMIT {most})
    )
    SELECT
        coalesce((SELECT max(sequence) FROM event_positions), 0) AS last,
        (SELECT count(*) FROM waiting) >= {most} OR EXISTS (
            SELECT FROM waiting
            WHERE (SELECT kind::text FROM events WHERE id = event_id) <> ALL($2::text[])
        ) AS changes_rights,
        ARRAY(SELECT kid FROM signing_keys WHERE {in_force} ORDER BY kid) AS kids,
        ARRAY(SELECT signs_from FROM signing_keys WHERE {in_force} ORDER BY kid) AS begins,
        ARRAY(SELECT retires_at FROM signing_keys WHERE {in_force} ORDER BY kid) AS ends
""".format(most=MOST, in_force="retires_at IS NULL OR retires_at > now()")  # noqa: S608 - our own words


class Unheard(NamedTuple):
    """What was committed when the statement began."""

    last: int
    """The end of the order of all events."""
    changes_rights: bool
    """Whether an event after those that were heard may change what somebody may do."""
    keys: list[tuple[str, datetime, datetime | None]]
    """Name, beginning and end of each signing key that is in force."""


async def unheard(connection: asyncpg.Connection, heard: int, patience: float) -> Unheard:
    """What there is besides the events up to that place; TimeoutError after so many seconds."""
    [row] = await connection.fetch(_UNHEARD, heard, _HARMLESS, timeout=patience)
    keys = zip(row["kids"], row["begins"], row["ends"], strict=True)
    return Unheard(row["last"], row["changes_rights"], list(keys))
