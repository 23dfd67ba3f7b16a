"""Who asks, remembered for a moment, so that most requests need not read it."""

from collections.abc import Callable
from time import monotonic

from db import accounts
from db.reads import Reads
from domain.actor import Actor
from domain.events import RIGHTS_EVENTS, EventKind
from domain.ids import SessionId, UserId
from engine.recent import Recent

LIFETIME = 1.0
"""Seconds for which what was read may be answered again."""
MOST = 10_000
MOST_BYTES = 64 * 2**20
ACTOR_BYTES, ROLE_BYTES = 1_000, 250


class Actors:
    """The people of living sessions as they are, or were at most a second ago.

    Nobody waits for that second: the process that changes what somebody may do forgets everybody
    with the commit, and every other one when the event reaches it, before anything that happened
    later does. Only where Redis hangs or is away does the second bound what is out of date.
    """

    def __init__(
        self, reads: Reads, *, most: int = MOST, clock: Callable[[], float] = monotonic
    ) -> None:
        self.clock = clock
        self._reads, self._most = reads, most
        self.forget()

    def __len__(self) -> int:
        return len(self._known)

    async def actor(self, session_id: SessionId, user_id: UserId) -> Actor | None:
        """Whose session it is; None, which is never remembered, where it has ended."""
        known = self._known.get((session_id, user_id))
        if known is not None and self.clock() - known[0] < LIFETIME:
            return known[1]
        return await self._read(session_id, user_id)

    async def _read(self, session_id: SessionId, user_id: UserId) -> Actor | None:
        # What is forgotten meanwhile is this memory: what was read before that is lost with it.
        memory, began = self._known, self.clock()
        actor = await accounts.actor(self._reads, session_id, user_id)
        if actor is not None:
            weight = ACTOR_BYTES + ROLE_BYTES * len(actor.roles)
            memory.keep((session_id, user_id), (began, actor), weight)
        return actor

    def heard(self, kind: EventKind | None) -> None:
        """Forget everybody where this changes what somebody may do; None may be anything."""
        if kind is None or kind in RIGHTS_EVENTS:
            self.forget()

    def forget(self) -> None:
        """From here on everybody is read anew; what is being read now is not remembered."""
        self._known: Recent[tuple[SessionId, UserId], tuple[float, Actor]] = Recent(
            most=self._most, bytes=MOST_BYTES
        )
