"""Access tokens that are good no more are not kept for ever."""

from jobs.registry import scheduled
from resolvers import access_tokens
from resolvers.context import Context


@scheduled("11 3 * * *", "access_tokens.forget")
async def forget(ctx: Context) -> None:
    """Delete the tokens that ended a month ago."""
    await access_tokens.forget(ctx)
