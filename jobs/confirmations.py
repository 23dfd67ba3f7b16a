"""Tokens are mailed to the addresses that they confirm."""

from uuid import UUID

from jobs.registry import job, scheduled
from resolvers import confirmations
from resolvers.context import Context


@job(confirmations.MAIL)
async def mail_token(ctx: Context, confirmation: str) -> None:
    """Write to an address what it was asked for."""
    await confirmations.mail(ctx, UUID(confirmation))


@job(confirmations.RESEND)
async def resend_token(ctx: Context, email: str) -> None:
    """Write again to who has not confirmed an address."""
    await confirmations.resend(ctx, email)


@scheduled("29 * * * *", "confirmations.forget_expired")
async def forget_expired(ctx: Context) -> None:
    """Delete what nobody can confirm any more."""
    await confirmations.forget_expired(ctx)
