"""People hear of the accounts that were opened for them."""

from uuid import UUID

from jobs.registry import job
from resolvers import welcomes
from resolvers.context import Context


@job(welcomes.WELCOME)
async def welcome(ctx: Context, confirmation: str) -> None:
    """Mail somebody how to choose their first password."""
    await welcomes.mail_welcome(ctx, UUID(confirmation))
