"""How long a stream lives, and who ends it: its client, its token's end, or the server's."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from enum import Enum, auto
from types import TracebackType
from typing import Self

from starlette.types import Receive

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
        self._timeout = asyncio.timeout(None)
        self._ending = Ending.CLIENT_LEFT
        self._open = False

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError:
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
        if not self._open or self._timeout.expired() or self._is_due():
            return
        self._ending = ending
        now = asyncio.get_running_loop().time()
        self._timeout.reschedule(None if seconds is None else now + max(seconds, 0.0))

    def _is_due(self) -> bool:
        due = self._timeout.when()
        return due is not None and due <= asyncio.get_running_loop().time()


class Streams:
    """Every WebSocket and event stream of this process."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._open: dict[Lifetime, asyncio.Task[object] | None] = {}
        self.closing = False

    @property
    def full(self) -> bool:
        """Whether one more would be one too many; nothing may be opened while closing."""
        return self.closing or len(self._open) >= self._capacity

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Lifetime]:
        async with Lifetime() as lifetime:
            self._open[lifetime] = asyncio.current_task()
            try:
                yield lifetime
            finally:
                del self._open[lifetime]

    async def close(self) -> None:
        """End every stream, and wait a little until they have said so to their clients."""
        self.closing = True
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


async def watch(receive: Receive, lifetime: Lifetime) -> None:
    """Ends the lifetime once the client of a fully received request is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    lifetime.end(Ending.CLIENT_LEFT)
