"""What one subscriber of an organisation's events is still to receive."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from db.events import PAGE, Placed
from domain.errors import Resync, Unavailable
from domain.events import Event

BUFFERED = 1_000
FELL_BEHIND = "This subscription fell behind: resume it after the position."

Wanted = Callable[[Event], bool]


class History(Protocol):
    """Reads the organisation's events that follow a position, at most so many."""

    def __call__(self, position: int, most: int) -> Awaitable[Sequence[Placed]]: ...


class Subscription:
    """One subscriber's events: `async for` takes them, and ends after the last one.

    With `after`, those that followed it come from the history first, a page at a time. It is
    registered for live events before a page is read; so once a page is not full, what the page
    does not have is in the buffer. What both have is known by its position.
    """

    def __init__(
        self, history: History, *, buffered: int, after: int | None, wanted: Wanted | None
    ) -> None:
        self._history, self._buffered, self._wanted = history, buffered, wanted
        self._events: list[Event] = []
        self._page: list[Event] = []
        self._cursor = after or 0
        """Up to this position everything has been read or passed over."""

        self._is_live = after is None
        self._overflowed = False
        self._ended = False
        self._reason: str | None = None
        self._changed: asyncio.Future[None] | None = None
        """What the iteration waits for, while it does."""

        self._take_at_once: Wanted | None = None

    def tap(self, take: Wanted) -> None:
        """Offer each event as it happens, where the iteration waits for it; what `take` refuses
        is iterated.
        """
        self._take_at_once = take

    def deliver(self, event: Event) -> bool:
        """Take note of an event that has just been placed; whether the subscriber is woken.

        One more than the buffer holds ends a live subscription.
        """
        if self._ended or self._overflowed or (self._wanted and not self._wanted(event)):
            return False
        if self._changed is not None and self._taken(event):
            return True
        if len(self._events) == self._buffered:
            self._overflowed = True
        else:
            self._events.append(event)
        self._wake()
        return True

    def _taken(self, event: Event) -> bool:
        position = event.position or 0
        if self._take_at_once is None or position <= self._cursor or not self._take_at_once(event):
            return False
        self._cursor = position
        return True

    def end(self, reason: str | None = None) -> None:
        """Let the iteration end after what is buffered; with a reason, by raising Unavailable."""
        if not self._ended:
            self._ended, self._reason = True, reason
            self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None and not changed.done():
            changed.set_result(None)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._page:
            if not self._is_live:
                await self._replay()
            elif self._events:
                self._take(self._events.pop(0))
            else:
                await self._wait()
        return self._page.pop(0)

    def _take(self, event: Event) -> None:
        position = event.position or 0
        if position > self._cursor:
            self._cursor = position
            self._page.append(event)

    async def _wait(self) -> None:
        if self._overflowed:
            raise Resync(FELL_BEHIND, self._cursor)
        if self._ended:
            raise Unavailable(self._reason) if self._reason else StopAsyncIteration
        self._changed = asyncio.get_running_loop().create_future()
        await self._changed

    async def _replay(self) -> None:
        """Read the next page; one that is not full is the last before the live events."""
        if self._ended:
            await self._wait()
        self._events.clear()
        self._overflowed = False
        placed = await self._history(self._cursor, PAGE)
        if placed:
            self._cursor = placed[-1].position
        self._page.extend(
            each.event
            for each in placed
            if each.event is not None and (self._wanted is None or self._wanted(each.event))
        )
        self._is_live = len(placed) < PAGE and not self._overflowed
