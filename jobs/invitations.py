"""Invitations leave by mail."""

from uuid import UUID

from jobs.registry import job
from resolvers import invitations
from resolvers.context import Context


@job(invitations.MAIL)
async def mail(ctx: Context, invitation: str, serial: int) -> None:
    """Send one invitation."""
    await invitations.mail(ctx, UUID(invitation), serial)
