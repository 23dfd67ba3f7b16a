"""Other systems are told of what happens."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.deliveries import forget as forget_finished
from domain.events import Event
from domain.webhooks import KEPT_FOR
from jobs.registry import follower, job, scheduled
from resolvers import deliveries
from resolvers.context import Context
from resolvers.webhooks import DELIVER


@follower("webhooks")
async def queue(session: AsyncSession, events: Sequence[Event]) -> None:
    """Queue what endpoints want to be told."""
    await deliveries.queue(session, events)


@job(DELIVER)
async def deliver(ctx: Context, webhook: str, entity: str) -> None:
    """Make the next delivery about an entity to an endpoint."""
    await deliveries.deliver(ctx, UUID(webhook), UUID(entity))


@scheduled("17 4 * * *", "webhooks.forget")
async def forget(ctx: Context) -> None:
    """Delete deliveries that came to their end a month ago."""
    async with ctx.transaction() as work:
        await forget_finished(work.session, KEPT_FOR)
