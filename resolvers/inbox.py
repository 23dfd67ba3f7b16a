"""What waits for one's decision, as it changes."""

from collections.abc import AsyncIterator
from typing import Annotated

from db import listings, loaders
from db.inbox import InboxFilter
from db.models import ApprovalStep
from domain import inbox as rules
from domain.events import Event
from domain.ids import OrganizationId
from engine.pages import Window
from resolvers.context import Context
from resolvers.live import After, follow


async def changed(
    ctx: Context,
    organization: Annotated[OrganizationId, "The organisation to follow."],
    after: After = None,
) -> AsyncIterator[Event]:
    """Every change of an approval that waited for you before it, or does so after it."""
    user = ctx.actor.signed_in
    return await follow(ctx, organization, lambda event: rules.concerns(event, user), after=after)


async def count(ctx: Context, event: Event) -> int:
    """How many steps wait for you in the organisation now."""
    filter = InboxFilter(organization=event.organization_id)
    window = Window(filter, (), None, backwards=False, size=0)
    return int(await ctx.loaders.load(listings.inbox_of_user.counts, ctx.actor.signed_in, window))


async def step(ctx: Context, event: Event) -> ApprovalStep | None:
    """Your step of the approval: the one that waits for you, or else the last that changed; null
    where none is yours any more.
    """
    steps = await ctx.loaders.load(loaders.steps_of_approval.load, event.entity_id)
    own: ApprovalStep | None = rules.own(steps, ctx.actor.signed_in)
    return own
