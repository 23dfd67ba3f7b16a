"""How long a stream lives, and who ends it: its client, its token's end, or the server's."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from types import TracebackType
from typing import Self
from uuid import UUID

from starlette.types import Receive

from domain.errors import Unauthenticated
from server.rechecks import Rechecks
from server.services import OperationContext
from server.timers import Timer, Timers

PATIENCE = 10.0
"""Seconds that a client may leave an answer unread before its stream is ended."""

FAREWELL = 2.0
"""Seconds that open streams get to say goodbye when the server closes."""


class Ending(Enum):
    CLIENT_LEFT = auto()
    CLIENT_TOO_SLOW = auto()
    NOT_INITIALISED = auto()
    TOKEN_EXPIRED = auto()
    SIGNED_OUT = auto()
    SERVER_CLOSING = auto()


class Ended(Exception):
    """Leaves the block of a `Lifetime` that is over."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.name)
        self.ending = ending


class Lifetime:
    """A block of code that can be ended from outside: it is cancelled and raises `Ended`."""

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._ending = Ending.CLIENT_LEFT
        self._timer: asyncio.TimerHandle | Timer | None = None
        self._settled = False
        self._expired = False
        self.context: OperationContext | None = None
        """Of whose stream it is, once they have said who they are."""

    def __enter__(self) -> Self:
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task else 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._task = self._task, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not (self._expired and task):
            return
        # Whoever else has cancelled the task meanwhile is not to be told that it merely ended.
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise Ended(self._ending) from None

    def end(self, ending: Ending) -> None:
        """End now. The first ending counts."""
        self.within(0.0, ending)

    def until(self, moment: datetime | None, ending: Ending) -> None:
        """End at a moment, or never; replaces what was set before."""
        left = None if moment is None else (moment - datetime.now(UTC)).total_seconds()
        self.within(left, ending)

    def within(self, seconds: float | None, ending: Ending) -> None:
        """End after so many seconds, or never; replaces what was set before."""
        if self._replaces(ending) and seconds is not None:
            self._settled = seconds <= 0
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(seconds, 0.0), self._expire)

    def after(self, timers: Timers, ending: Ending) -> None:
        """End when one of these timers rings; replaces what was set before."""
        if self._replaces(ending):
            self._timer = timers.start(self._expire)

    def is_of(self, ids: Collection[UUID] | None) -> bool:
        """Whether it lasts by the credentials of one of these; None are anybody's."""
        if self.context is None or self.context.actor.user_id is None:
            return False
        actor = self.context.actor
        named = (actor.session_id, actor.token_id, actor.user_id, actor.impersonator_id)
        return ids is None or any(id in ids for id in named)

    async def check(self) -> None:
        """Ends it where its client's credentials are good no longer."""
        try:
            if self.context is not None:
                await self.context.renewed()
        except Unauthenticated:
            self.end(Ending.SIGNED_OUT)

    def _replaces(self, ending: Ending) -> bool:
        if self._task is None or self._settled:
            return False
        if self._timer is not None:
            self._timer.cancel()
        self._ending, self._timer = ending, None
        return True

    def _expire(self) -> None:
        if self._task is not None:
            self._settled = self._expired = True
            self._task.cancel()


class Streams:
    """Every WebSocket and event stream of this process."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._open: dict[Lifetime, asyncio.Task[object] | None] = {}
        self._rechecks = Rechecks()
        self.closing = False

    @property
    def count(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        """Whether one more would be one too many; nothing may be opened while closing."""
        return self.closing or len(self._open) >= self._capacity

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Lifetime]:
        with Lifetime() as lifetime:
            self._open[lifetime] = asyncio.current_task()
            try:
                yield lifetime
            finally:
                del self._open[lifetime]
                self._rechecks.discard(lifetime)

    def admit(self, lifetime: Lifetime, context: OperationContext) -> None:
        """The stream is that caller's from here on, and ends once their credentials are revoked."""
        lifetime.context = context
        if not context.is_current and lifetime.is_of(None):
            # What ended while they were let in was heard before this stream was one of ours.
            self._rechecks.add([lifetime])

    def heard(self, ids: Collection[UUID] | None) -> None:
        """The credentials of these may have ended; None may be anybody's."""
        self._rechecks.add([each for each in self._open if each.is_of(ids)])

    async def close(self) -> None:
        """End every stream, and wait a little until they have said so to their clients."""
        self.closing = True
        self._rechecks.stop()
        tasks = {task for task in self._open.values() if task is not None}
        for lifetime in self._open:
            lifetime.end(Ending.SERVER_CLOSING)
        if tasks:
            await asyncio.wait(tasks, timeout=FAREWELL)


@asynccontextmanager
async def beside(*coroutines: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Runs coroutines for as long as the block runs."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


class Watched(Lifetime):
    """Ends when its client has gone; the first look is when one of `timers` rings.

    Nearly every operation is over by then, and costs no task beside its own.
    """

    def __init__(self, receive: Receive, timers: Timers) -> None:
        super().__init__()
        self._receive = receive
        self._leisure = timers
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> Self:
        self._look = self._leisure.start(self._begin)
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._look.cancel()
        if self._watch is not None:
            self._watch.cancel()
        super().__exit__(kind, error, trace)

    def _begin(self) -> None:
        self._watch = asyncio.create_task(watch(self._receive, self))


async def watch(receive: Receive, lifetime: Lifetime) -> None:
    """Ends the lifetime once the client of a fully received request is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    lifetime.end(Ending.CLIENT_LEFT)
