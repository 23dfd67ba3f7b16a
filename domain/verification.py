"""Whether the record of what happened is whole: an organisation's events, link by link.

Each place in the order holds the hash of the event there and of the hash before it. So an event
that was changed, taken out or put in does not fit its neighbours, unless everything after it was
computed anew: then the last hash is another one than whoever kept it remembers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Fault(StrEnum):
    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REWRITTEN = "rewritten"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was recorded, and where; no order is that of the platform."""

    fault: Fault
    text: str
    organization: UUID | None = None
    position: int | None = None
    event: UUID | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """How far an order has come, and up to where its events may have been put away."""

    position: int = 0
    hash: bytes = b""
    forgotten: int = 0


Link = Callable[[bytes], bytes]
"""The hash of the event in its place, after the hash before it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order; `link` is None where its event is not there."""

    position: int
    event: UUID
    hash: bytes
    link: Link | None


@dataclass(slots=True)
class Chain:
    """The places of one order from `at` on, taken one by one; nothing is kept of those before.

    `oldest` is the least id that an event can have that was not put away with its month.
    """

    organization: UUID
    head: Head
    oldest: UUID
    at: int = 0
    _last: bytes = b""
    _fits: tuple[bytes, ...] = field(default=())

    @classmethod
    def after(cls, since: int, organization: UUID, head: Head, oldest: UUID) -> "Chain":
        """The chain whose next place is `since`, of which nothing can be told but that it is there;
        from the beginning where that is 0.
        """
        if since:
            return cls(organization, head, oldest, since - 1)
        return cls(organization, head, oldest, 0, _fits=(b"",))

    def take(self, place: Place) -> Iterator[Finding]:
        """What is wrong with the next place, and with the way to it."""
        if place.position != self.at + 1:
            yield self._gap(place.position)
            self._fits = ()
        hashes = {place.link(previous) for previous in self._fits} if place.link else set()
        if place.link is None and not self._may_be_forgotten(place):
            yield self._at(place, Fault.MISSING, "its event is gone")
        elif hashes and place.hash not in hashes:
            yield self._at(place, Fault.CHANGED, "its event and its hash do not belong together")
        # Where a hash was changed and not its event, what follows fits to what it was.
        self._fits = (place.hash, *(hashes - {place.hash}))
        self.at, self._last = place.position, place.hash

    def end(self) -> Iterator[Finding]:
        """What is wrong with where the order ends."""
        if self.at < self.head.position:
            yield self._gap(self.head.position + 1)
        elif self.at > self.head.position:
            text = f"places behind {self.head.position}, where the order ends, up to {self.at}"
            yield Finding(Fault.INSERTED, text, self.organization, self.head.position + 1)
        elif self.at and self._last != self.head.hash:
            text = "the last hash is not the one that the order is said to end with"
            yield Finding(Fault.CHANGED, text, self.organization, self.at)

    def _may_be_forgotten(self, place: Place) -> bool:
        return place.position <= self.head.forgotten and place.event < self.oldest

    def _gap(self, position: int) -> Finding:
        first, last = self.at + 1, position - 1
        if last < first:
            text = f"there is a second place {position}"
            return Finding(Fault.INSERTED, text, self.organization, position)
        text = "the place is gone" if first == last else f"the places up to {last} are gone"
        return Finding(Fault.MISSING, text, self.organization, first)

    def _at(self, place: Place, fault: Fault, text: str) -> Finding:
        return Finding(fault, text, self.organization, place.position, place.event)
