"""What happens in an organisation, for those who may see it, as it happens or from where they
were interrupted.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Annotated, Self

from domain.errors import BadInput, NotFound, Reference
from domain.events import BOOKKEEPING_EVENTS, NEEDED_TO_HEAR, Event, EventKind
from domain.ids import OrganizationId
from domain.permissions import Permission
from events.subscriptions import Subscription
from resolvers.context import Context

Wanted = Callable[[Event], bool]
After = Annotated[
    int | None,
    "Resume: the `position` of the last event that you received. What followed it comes first,"
    " each event once and in order; 0 begins with the first event there is. With server-sent"
    " events, the header `Last-Event-ID` does the same.",
]
LEFT = "You are no longer a member of this organisation."


async def events(
    ctx: Context,
    organization: Annotated[OrganizationId, "The organisation to follow."],
    after: After = None,
    kinds: Annotated[
        tuple[EventKind, ...] | None,
        "Only these. `NOTIFICATIONS_SENT` is not among them: `notificationReceived` tells you what"
        " you are told, and nobody hears what others are.",
    ] = None,
    entity: Annotated[Reference | None, "Only what happened to this thing, or is about it."] = None,
) -> AsyncIterator[Event]:
    """Everything that happens in an organisation and that you may see, as it happens and in the
    order of its positions. Those of what you may not see are left out.
    """
    heard = (set(EventKind) if kinds is None else set(kinds)) - BOOKKEEPING_EVENTS
    if not heard:
        raise BadInput("These kinds of events are not part of this: leave them out.")
    return await follow(
        ctx,
        organization,
        lambda event: event.kind in heard and (entity is None or _is_about(event, entity)),
        after=after,
    )


def _is_about(event: Event, thing: Reference) -> bool:
    return event.thing == thing or event.subject_id == thing.id


async def follow(
    ctx: Context, organization: OrganizationId, wanted: Wanted, *, after: int | None = None
) -> AsyncIterator[Event]:
    """The organisation's events that are wanted, from now on or after the position: it listens
    when this returns.

    Raises `NotFound` for who is no member, and ends with it for who ceases to be one. What the
    listener may not hear is passed over.
    """
    if not ctx.actor.may(Permission.TEMPLATE_READ, organization):
        raise NotFound("There is no such Organization.", ("organization",))
    listening = ctx.resources.live.subscribe(
        organization,
        after=after if ctx.resumes_after is None else ctx.resumes_after,
        wanted=lambda event: event.kind is EventKind.MEMBER_REMOVED or wanted(event),
    )
    return Feed(ctx, organization, listening, await listening.__aenter__(), wanted)


class Feed:
    """Wanted events, until it is closed or the listener leaves the organisation."""

    __slots__ = ("_ctx", "_events", "_listening", "_organization", "_wanted")

    def __init__(
        self,
        ctx: Context,
        organization: OrganizationId,
        listening: AbstractAsyncContextManager[Subscription],
        events: Subscription,
        wanted: Wanted,
    ) -> None:
        self._ctx, self._organization = ctx, organization
        self._events, self._wanted = events, wanted
        self._listening: AbstractAsyncContextManager[Subscription] | None = listening

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        async for event in self._events:
            await self._check_membership(event)
            if self._wanted(event) and await self._may_hear(event):
                return event
        await self.aclose()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            await listening.__aexit__(None, None, None)

    def tap(self, take: Wanted) -> None:
        """Offer events as they happen, if every member may hear them; the rest is iterated."""
        self._events.tap(lambda event: _is_for_every_member(event) and take(event))

    def end(self) -> None:
        self._events.end()

    async def _check_membership(self, event: Event) -> None:
        """Who was removed and came back hears of the removal when they resume before it."""
        removed = (event.kind is EventKind.MEMBER_REMOVED and event.before) or {}
        if removed.get("user") != str(self._ctx.actor.signed_in):
            return
        if not await self._may(Permission.TEMPLATE_READ):
            raise NotFound(LEFT)

    async def _may_hear(self, event: Event) -> bool:
        """What every member may hear needs no look at who they are now: all fields take one."""
        needed = NEEDED_TO_HEAR.get(event.kind, Permission.AUDIT_READ)
        return needed is Permission.TEMPLATE_READ or await self._may(needed)

    async def _may(self, permission: Permission) -> bool:
        return (await self._ctx.renewed()).actor.may(permission, self._organization)


def _is_for_every_member(event: Event) -> bool:
    """What ends somebody's membership is not: it may be the listener's own."""
    if event.kind is EventKind.MEMBER_REMOVED:
        return False
    return NEEDED_TO_HEAR.get(event.kind) is Permission.TEMPLATE_READ
