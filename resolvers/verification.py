"""Whether the record of what happened is whole, told by whoever can read the database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from db import verification as rows
from domain.verification import Chain, Fault, Finding, Head, Place
from events import chain


@dataclass(slots=True)
class Verification:
    """One look at the record, of one organisation (the nil UUID for none) or of everything.

    With `since`, what comes before that position is left out. `kept` is a hash that must be among
    those of the chain. `places` and `orders` count what was looked at. It takes the same memory
    however long the record is: all is read as it was in one moment, a thousand rows at a time.
    """

    connection: AsyncConnection
    order: UUID | None = None
    since: int = 0
    kept: bytes | None = None
    places: int = 0
    orders: int = 0
    kept_at: int | None = None
    _heads: dict[UUID, Head] = field(default_factory=dict)

    async def findings(self) -> AsyncIterator[Finding]:
        """Everything that is wrong: the chains first, then what is in none."""
        self._heads = await rows.heads(self.connection, self.order)
        async for finding in self._chains():
            yield finding
        for order, head in self._heads.items():
            if head.position < self.since:
                continue
            for finding in Chain.after(self.since, order, head, rows.LATEST).end():
                yield finding
        if self.kept is not None and self.kept_at is None:
            text = "the hash that was kept is not in the chain: it was made anew, or cut off"
            yield Finding(Fault.REWRITTEN, text, self.order)
        async for finding in self._outside():
            yield finding

    async def _chains(self) -> AsyncIterator[Finding]:
        oldest = await rows.oldest(self.connection)
        current: Chain | None = None
        async for row in rows.places(self.connection, self.order, self.since):
            if current is None or current.organization != row.order:
                for finding in current.end() if current else ():
                    yield finding
                head = self._heads.pop(row.order, Head())
                current = Chain.after(self.since, row.order, head, oldest)
                self.orders += 1
            for finding in current.take(self._place(row)):
                yield finding
        for finding in current.end() if current else ():
            yield finding

    def _place(self, row: Any) -> Place:
        self.places += 1
        if row.hash == self.kept:
            self.kept_at = row.position
        link = None if row.id is None else partial(_link, row)
        return Place(row.position, row.event_id, row.hash, link)

    async def _outside(self) -> AsyncIterator[Finding]:
        async for row in rows.strays(self.connection, self.order):
            text = "the event has no place in the order, and waits for none"
            yield Finding(Fault.INSERTED, text, row.order, event=row.id)
        if self.order is not None:
            return
        async for row in rows.lost(self.connection):
            text = "the event waits for its place in the order, and is gone"
            yield Finding(Fault.MISSING, text, event=row.event_id)
        async for row in rows.leaps(self.connection):
            text = f"the order of all events leaps from {row.before} to {row.sequence}"
            yield Finding(Fault.MISSING, text)


def _link(row: Any, previous: bytes) -> bytes:
    return chain.link(previous, row._asdict(), row.position)
