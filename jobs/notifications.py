"""People are told of what happens, and mails go out."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from domain.events import Event
from jobs.registry import follower, job, scheduled
from resolvers import mailing, notifications
from resolvers.context import Context


@follower("notifications")
async def tell(session: AsyncSession, events: Sequence[Event]) -> None:
    """Tell everybody whom the events concern."""
    await notifications.tell(session, events)


@job(notifications.MAIL)
async def mail_notification(ctx: Context, notification: str) -> None:
    """Send one notification by mail."""
    await mailing.mail_notification(ctx, UUID(notification))


@job(notifications.DIGEST)
async def mail_digest(ctx: Context, user: str) -> None:
    """Send what gathered for somebody until their morning."""
    await mailing.mail_digest(ctx, UUID(user))


@scheduled("41 3 * * *", "notifications.forget")
async def forget_read(ctx: Context) -> None:
    """Delete what was read and is older than 90 days."""
    await mailing.forget_read(ctx)
