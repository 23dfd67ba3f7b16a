"""What happens in an organisation, for those who may see it, as it happens."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Self

from domain.errors import NotFound
from domain.events import Event, EventKind
from domain.ids import OrganizationId
from domain.permissions import Permission
from resolvers.context import Context


async def follow(
    ctx: Context, organization: OrganizationId, wanted: Callable[[Event], bool]
) -> AsyncIterator[Event]:
    """The organisation's events that are wanted, from now on: it listens when this returns.

    Raises `NotFound` for who is no member, and ends with it for who ceases to be one.
    """
    if not ctx.actor.may(Permission.TEMPLATE_READ, organization):
        raise NotFound("There is no such Organization.", ("organization",))
    stack = AsyncExitStack()
    events = await stack.enter_async_context(ctx.resources.live.subscribe(organization))
    return Feed(ctx, stack, events, wanted)


class Feed:
    """Wanted events, until it is closed or the listener leaves the organisation."""

    def __init__(
        self,
        ctx: Context,
        stack: AsyncExitStack,
        events: AsyncIterator[Event],
        wanted: Callable[[Event], bool],
    ) -> None:
        self._user = ctx.actor.signed_in
        self._stack, self._events, self._wanted = stack, events, wanted

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        async for event in self._events:
            self._check_membership(event)
            if self._wanted(event):
                return event
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await self._stack.aclose()

    def _check_membership(self, event: Event) -> None:
        removed = (event.kind is EventKind.MEMBER_REMOVED and event.before) or {}
        if removed.get("user") == str(self._user):
            raise NotFound("You are no longer a member of this organisation.")
