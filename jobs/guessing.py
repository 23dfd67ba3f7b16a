"""How often somebody has guessed is not known for ever."""

from jobs.registry import scheduled
from resolvers import guessing
from resolvers.context import Context


@scheduled("37 * * * *", "guessing.forget")
async def forget(ctx: Context) -> None:
    """Delete attempts that are a day old."""
    await guessing.forget(ctx)
