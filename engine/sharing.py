"""Answers to one event, executed once for all subscribers who would get the same."""

from __future__ import annotations

from asyncio import Future, Task, create_task, get_running_loop
from collections import deque
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from engine.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from engine.answers import Answer

    Execute = Callable[[], Awaitable[tuple[Answer, bool]]]

REMEMBERED: Final = 256
REMEMBERED_BYTES: Final = 16 * 2**20
TURN: Final = 0.002
"""Seconds that subscribers get their answers before everything else has its turn."""


class Shared:
    """The answer to an event, and who waits for it; there is none where it is for one alone."""

    __slots__ = ("_waiting", "answer", "event", "is_settled")

    def __init__(self, event: Any) -> None:
        self.event = event  # as long as it is kept, no other has its identity
        self._waiting: deque[Callable[[], object]] = deque()
        self.answer: Answer | None = None
        self.is_settled = False

    def then(self, call: Callable[[], object]) -> None:
        """Call when it is settled, which it is not yet."""
        self._waiting.append(call)

    def settle(self, answer: Answer | None) -> None:
        self.answer, self.is_settled = answer, True
        self._release()

    async def settled(self) -> None:
        if not self.is_settled:
            waiting: Future[None] = get_running_loop().create_future()
            self.then(partial(_wake, waiting))
            await waiting

    def _release(self) -> None:
        until = monotonic() + TURN
        while self._waiting and monotonic() < until:
            self._waiting.popleft()()
        if self._waiting:
            get_running_loop().call_soon(self._release)


def _wake(waiting: Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


class Group:
    """Those who ask the same and see the same."""

    __slots__ = ("__weakref__", "latest")

    def __init__(self) -> None:
        self.latest: Shared | None = None


class Sharing:
    """The latest answers that may be for several subscribers.

    An `execute` also says whether its answer may be for others; where it may not, each executes.
    """

    def __init__(self) -> None:
        self._recent: Recent[Hashable, Shared] = Recent(most=REMEMBERED, bytes=REMEMBERED_BYTES)
        self._executing: set[Task[object]] = set()
        self._groups: WeakValueDictionary[Hashable, Group] = WeakValueDictionary()

    def group(self, identity: Hashable) -> Group | None:
        """Of all who share that identity; None is shared by nobody."""
        if identity is None:
            return None
        found = self._groups.get(identity)
        if found is None:
            found = self._groups[identity] = Group()
        return found

    async def answer(self, event: Any, group: Group, execute: Execute) -> Answer:
        """The answer to the event, for one of the group."""
        identity = (id(event), group)
        known = self._recent.get(identity)
        if known is None:
            return await self._first(identity, Shared(event), execute)
        await known.settled()
        return known.answer or (await execute())[0]

    def begun(self, event: Any, group: Group, execute: Execute) -> Shared:
        """The same, which is settled sooner or later: nobody has to wait for it."""
        identity = (id(event), group)
        known = self._recent.get(identity)
        if known is not None:
            return known
        shared = group.latest = Shared(event)
        task = create_task(self._first(identity, shared, execute))
        self._recent.keep(identity, shared, 1)
        self._executing.add(task)
        task.add_done_callback(self._over)
        return shared

    def _over(self, task: Task[Any]) -> None:
        """A failure is not told here: where there is no answer, each of the others tries."""
        self._executing.discard(task)
        if not task.cancelled():
            task.exception()

    async def _first(self, identity: Hashable, shared: Shared, execute: Execute) -> Answer:
        self._recent.keep(identity, shared, 1)
        told: Answer | None = None
        try:
            answer, is_for_all = await execute()
            told = answer if is_for_all else None
        finally:
            shared.settle(told)
        if told is not None:
            self._recent.keep(identity, shared, len(told.body()))
        return answer
