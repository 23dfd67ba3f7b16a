"""Answers to one event, executed once for all subscribers who would get the same."""

from __future__ import annotations

from asyncio import Future, get_running_loop, shield
from typing import TYPE_CHECKING, Any, Final

from engine.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from engine.answers import Answer

REMEMBERED: Final = 256
REMEMBERED_BYTES: Final = 16 * 2**20


class Sharing:
    """The latest answers that may be for several subscribers."""

    def __init__(self) -> None:
        self._recent: Recent[Hashable, tuple[Any, Future[Answer | None]]] = Recent(
            most=REMEMBERED, bytes=REMEMBERED_BYTES
        )

    async def answer(
        self,
        event: Any,
        subscription: Hashable,
        execute: Callable[[], Awaitable[tuple[Answer, bool]]],
    ) -> Answer:
        """The answer to the event, for a subscription that equal ones share.

        `execute` also says whether its answer may be for others; where it may not, each executes.
        """
        identity = (id(event), subscription)
        known = self._recent.get(identity)
        shared = await shield(known[1]) if known is not None else None
        if shared is not None:
            return shared
        if known is not None:
            answer, _ = await execute()
            return answer
        return await self._first(identity, event, execute)

    async def _first(
        self,
        identity: Hashable,
        event: Any,
        execute: Callable[[], Awaitable[tuple[Answer, bool]]],
    ) -> Answer:
        pending: Future[Answer | None] = get_running_loop().create_future()
        # As long as the event is kept, no other has its identity.
        self._recent.keep(identity, (event, pending), 1)
        shared: Answer | None = None
        try:
            answer, is_for_all = await execute()
            shared = answer if is_for_all else None
        finally:
            pending.set_result(shared)
        if shared is not None:
            self._recent.keep(identity, (event, pending), len(shared.body()))
        return answer
