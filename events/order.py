"""Gives committed events their place: in the order of all, and in that of their organisation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg

from db.models import NOBODYS
from events import chain
from events.sessions import STATEMENT_SECONDS
from events.wire import Message, encode

BATCH = 500

# Numbers are drawn before their transactions commit, so a lower one can still appear later:
# the order of events is the order in which they are taken from here.
WAITING = f"""
    SELECT outbox.sequence AS waiting, {chain.COLUMNS},
        heads.position AS head, heads.hash AS head_hash,
        (SELECT max(sequence) FROM event_positions) AS last
    FROM outbox JOIN events ON events.id = outbox.event_id
    LEFT JOIN event_heads AS heads
        ON heads.organization_id = coalesce(events.organization_id, '{NOBODYS}')
    ORDER BY outbox.sequence LIMIT $1
"""  # noqa: S608 - our own columns
PLACE = """
    WITH placed AS (
        INSERT INTO event_positions (sequence, organization_id, position, event_id, hash)
        SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::uuid[], $5::bytea[])
    ), heads AS (
        INSERT INTO event_heads (organization_id, position, hash)
        SELECT * FROM unnest($6::uuid[], $7::bigint[], $8::bytea[])
        ON CONFLICT (organization_id) DO UPDATE
        SET position = excluded.position, hash = excluded.hash
    ), taken AS (
        DELETE FROM outbox WHERE sequence = ANY($9::bigint[])
    )
    SELECT pg_notify('imprimatur_ordered', '')
"""


@dataclass
class Places:
    """The places of some events, to be written as one."""

    last: int
    heads: dict[UUID, tuple[int, bytes]] = field(default_factory=dict)
    rows: list[tuple[int, UUID, int, UUID, bytes]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def add(self, row: Any) -> None:
        """The next place of all, and the next of the organisation, are the event's."""
        organization = row["organization_id"] or NOBODYS
        begun = (row["head"] or 0, row["head_hash"] or chain.BEGINNING)
        position, previous = self.heads.get(organization, begun)
        hash = chain.link(previous, row, position + 1)
        self.last += 1
        self.heads[organization] = (position + 1, hash)
        self.rows.append((self.last, organization, position + 1, row["id"], hash))
        self.messages.append(encode(row, self.last, position + 1))


async def order(connection: asyncpg.Connection) -> list[Message]:
    """Place the events that wait, at most a batch of them; what is to be published of each.

    Two round trips whatever their number; the second changes all that it changes, or nothing.
    Only the leader may call it.
    """
    waiting = await connection.fetch(WAITING, BATCH, timeout=STATEMENT_SECONDS)
    if not waiting:
        return []
    places = Places(waiting[0]["last"] or 0)
    for row in waiting:
        places.add(row)
    await _write(connection, places, [row["waiting"] for row in waiting])
    return places.messages


async def _write(connection: asyncpg.Connection, places: Places, waited: Sequence[int]) -> None:
    positions, hashes = zip(*places.heads.values(), strict=True)
    columns = (list(column) for column in zip(*places.rows, strict=True))
    await connection.execute(
        PLACE, *columns, list(places.heads), positions, hashes, waited, timeout=STATEMENT_SECONDS
    )
