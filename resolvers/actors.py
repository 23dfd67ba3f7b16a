"""Who asks, remembered for a moment, so that most requests need not read it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import islice
from time import monotonic

from db import credentials
from db.credentials import Key
from db.reads import Reads
from domain.actor import Actor
from domain.events import RIGHTS_EVENTS, EventKind
from domain.ids import SessionId, UserId
from engine.recent import Recent

LIFETIME = 1.0
"""Seconds for which what was read, or confirmed, may be answered again."""
READERS = 4
"""Statements at the same time; of thousands who listen, all are read when rights change."""
TOGETHER = 500
MOST = 10_000
MOST_BYTES = 64 * 2**20
ACTOR_BYTES, ROLE_BYTES = 1_000, 250

Read = asyncio.Future[Mapping[Key, Actor]]


class Actors:
    """The people of living sessions and tokens as they are, or were at most a second ago.

    Nobody waits for that second: the process that changes what somebody may do forgets everybody
    with the commit, and every other one when the event reaches it, before anything that happened
    later does. Only where Redis hangs or is away does the second bound what is out of date.

    As long as it is confirmed that nothing was missed (`resolvers/revalidation.py`), who is
    remembered is not read again. Where nobody confirms it, everybody is, after a second.

    Who hears events in their order is up to date for longer: whom they were read as in this
    `generation`, they still are.
    """

    def __init__(
        self, reads: Reads, *, most: int = MOST, clock: Callable[[], float] = monotonic
    ) -> None:
        self.clock = clock
        self._reads, self._most = reads, most
        self._reading = 0
        self._waiting: dict[Key, Read] = {}
        self._tasks: set[asyncio.Task[Mapping[Key, Actor]]] = set()
        self._confirmed_at = float("-inf")
        self.generation = 0
        """Rises whenever what somebody may do may have changed."""

        self.forget()

    def __len__(self) -> int:
        return len(self._known)

    async def actor(self, session_id: SessionId, user_id: UserId) -> Actor | None:
        """Whose session it is; None, which is never remembered, where it has ended."""
        return await self.shown((session_id, user_id))

    async def shown(self, key: Key) -> Actor | None:
        """Who shows that session or access token; None as before."""
        known = self._known.get(key)
        if known is not None and self.clock() - max(known[0], self._confirmed_at) < LIFETIME:
            return known[1]
        return await self._read(key)

    async def _read(self, key: Key) -> Actor | None:
        """Who cannot be read at once is read with those who wait too: one statement for many."""
        if self._reading < READERS:
            return (await self._read_together([key])).get(key)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        return (await asyncio.shield(waiting)).get(key)

    async def _read_together(self, keys: Sequence[Key]) -> Mapping[Key, Actor]:
        # What is forgotten meanwhile is this memory: what was read before that is lost with it.
        memory, began = self._known, self.clock()
        self._reading += 1
        try:
            found = await credentials.actors(self._reads, keys)
        finally:
            self._reading -= 1
            self._read_next()
        for key, actor in found.items():
            memory.keep(key, (began, actor), ACTOR_BYTES + ROLE_BYTES * len(actor.grants))
        return found

    def _read_next(self) -> None:
        keys = list(islice(self._waiting, TOGETHER))
        if keys:
            told = [self._waiting.pop(key) for key in keys]
            task = asyncio.create_task(self._read_together(keys))
            task.add_done_callback(partial(_tell, told))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def confirmed(self, as_of: float) -> None:
        """Whoever is remembered was still the same at that time of the clock."""
        self._confirmed_at = as_of

    def heard(self, kind: EventKind | None) -> None:
        """Forget everybody where this changes what somebody may do; None may be anything."""
        if kind is None or kind in RIGHTS_EVENTS:
            self.forget()

    def forget(self) -> None:
        """From here on everybody is read anew; what is being read now is not remembered."""
        self.generation += 1
        self._known: Recent[Key, tuple[float, Actor]] = Recent(most=self._most, bytes=MOST_BYTES)


def _tell(waiting: Sequence[Read], task: asyncio.Task[Mapping[Key, Actor]]) -> None:
    """All who waited get what was found, or what went wrong, whoever of them is still there."""
    for each in waiting:
        if task.cancelled():
            each.cancel()
        elif error := task.exception():
            each.set_exception(error)
            each.exception()
        else:
            each.set_result(task.result())
