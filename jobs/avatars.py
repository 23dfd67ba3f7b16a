"""Pictures that nobody shows themselves by are deleted."""

from jobs.registry import job, scheduled
from resolvers import avatars
from resolvers.context import Context


@job(avatars.FORGET)
async def forget(ctx: Context, avatar: str) -> None:
    """Delete the files of a picture."""
    await avatars.delete_files(ctx, avatar)


@scheduled("41 3 * * *", "avatars.sweep")
async def sweep(ctx: Context) -> None:
    """Delete what was left behind by uploads that were interrupted."""
    await avatars.sweep(ctx)
