"""Events have somewhere to be in, and are kept as long as they are to be kept."""

from events.partitions import detach_old, make_ahead, this_day
from jobs.registry import scheduled
from resolvers.context import Context


@scheduled("23 3 * * *", "events.keep_partitions")
async def keep_partitions(ctx: Context) -> None:
    """Make the partitions of the months ahead, and detach those that need not be kept."""
    await make_ahead(ctx.database, this_day())
    if ctx.resources.events_kept_months is not None:
        await detach_old(ctx.database, this_day(), ctx.resources.events_kept_months)
