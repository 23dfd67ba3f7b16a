"""One who listens, and how an answer reaches them without waking anybody."""

from __future__ import annotations

from asyncio import Future, Task, create_task, get_running_loop
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from engine.answers import Answer
    from engine.execution import Operation
    from engine.sharing import Shared, Sharing

MOST_OUTSTANDING: Final = 100
"""Events of a subscriber that may be answered at the same time; the next one waits its turn."""


class Delivery(Protocol):
    """The way to a client."""

    def now(self, answer: Answer) -> bool:
        """Send it without waiting; False, and nothing is sent, where that cannot be done."""

    async def later(self, answer: Answer) -> None:
        """Send it as soon as there is room; who makes none in time is the transport's to end."""


@runtime_checkable
class Source(Protocol):
    """Events that can be had before they are iterated."""

    def tap(self, take: Callable[[Any], bool]) -> None:
        """Offer each event as it happens, where all before it was taken; what is refused is
        iterated.
        """

    def end(self) -> None:
        """Iterate no further than what was refused already."""


class Subscriber:
    """A subscription of somebody's, as they were when they were last looked at.

    Every event goes one of two ways. Where nothing has to be waited for but an execution that all
    share, it is taken from its source as it happens, and the answer is sent the moment it is
    there: no task of the subscriber's wakes. Otherwise it is iterated. Answers leave in the order
    of their events, whichever way they come.
    """

    __slots__ = (
        "_context",
        "_delivery",
        "_execute",
        "_flushed",
        "_group",
        "_late",
        "_operation",
        "_outstanding",
        "_renew",
        "_sharing",
        "_source",
        "failure",
    )

    def __init__(
        self,
        sharing: Sharing,
        operation: Operation,
        context: Any,
        renew: Callable[[], Awaitable[Any]],
        execute: Callable[[Operation, Any, Any], Awaitable[tuple[Answer, bool]]],
    ) -> None:
        self._sharing, self._renew, self._execute = sharing, renew, execute
        self._operation = operation
        self._source: Source | None = None
        self._delivery: Delivery | None = None
        self._outstanding: list[Shared] = []
        self._late: Task[None] | None = None
        self._flushed: Future[None] | None = None
        self.failure: Exception | None = None
        self._become(context)

    def listen(self, source: Source, delivery: Delivery) -> None:
        """Take what can be taken, from here on."""
        self._source, self._delivery = source, delivery
        source.tap(self._take)

    async def answer(self, event: Any) -> Answer:
        """The answer to an event that was iterated, once all before it have left."""
        await self.flushed()
        return await self._answer(event)

    async def flushed(self) -> None:
        """Returns when all that was taken is sent; raises what kept it from being answered."""
        if self._outstanding and self.failure is None:
            self._flushed = get_running_loop().create_future()
            await self._flushed
        if self.failure is not None:
            raise self.failure

    def close(self) -> None:
        self._outstanding.clear()
        self._delivery = None
        if self._late is not None:
            self._late.cancel()

    async def _answer(self, event: Any) -> Answer:
        if not self._is_current:
            self._become(await self._renew())
        execute = partial(self._executed, event)
        if self._group is None:
            return (await execute())[0]
        return await self._sharing.answer(event, self._group, execute)

    @property
    def _is_current(self) -> bool:
        """Whether it is sure that they are still who they were."""
        return getattr(self._context, "is_current", False)

    def _become(self, context: Any) -> None:
        self._context = context
        self._group = self._sharing.group(self._operation.identity(getattr(context, "view", None)))

    async def _executed(self, event: Any) -> tuple[Answer, bool]:
        return await self._execute(self._operation, self._context.fresh(), event)

    def _take(self, event: Any) -> bool:
        """Whether its answer is sent, or will be without anybody waiting for it."""
        if self._group is None or not self._is_current or self._delivery is None:
            return False
        if self._late is not None or len(self._outstanding) == MOST_OUTSTANDING:
            return False
        shared = self._group.latest
        if shared is None or shared.event is not event:
            shared = self._sharing.begun(event, self._group, partial(self._executed, event))
        if shared.is_settled and not self._outstanding:
            return shared.answer is not None and self._delivery.now(shared.answer)
        self._outstanding.append(shared)
        if not shared.is_settled:
            shared.then(self._advance)
        return True

    def _advance(self) -> None:
        """Send what is there of what is outstanding, as far as it is next."""
        while self._outstanding and self._outstanding[0].is_settled and self._late is None:
            if not self._sent(self._outstanding[0].answer):
                self._late = create_task(self._catch_up())
                return
            del self._outstanding[0]
        self._tell_flushed()

    def _sent(self, answer: Answer | None) -> bool:
        if answer is None or self._delivery is None or not self._is_current:
            return False
        return self._delivery.now(answer)

    async def _catch_up(self) -> None:
        """Send what is outstanding one by one, waiting for whatever there is to wait for."""
        try:
            while self._outstanding and self._delivery is not None:
                await self._delivery.later(await self._answer(self._outstanding[0].event))
                del self._outstanding[:1]
        except Exception as error:  # noqa: BLE001  whatever ends the source is its last answer
            self.failure = error
            if self._source is not None:
                self._source.end()
        finally:
            self._late = None
            self._tell_flushed()

    def _tell_flushed(self) -> None:
        if self._flushed is None or (self._outstanding and self.failure is None):
            return
        if not self._flushed.done():
            self._flushed.set_result(None)
        self._flushed = None
