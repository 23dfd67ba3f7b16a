"""What has run out is deleted."""

from datetime import UTC, datetime, timedelta

from db import idempotency, sessions
from db.jobs import forget_finished
from jobs.registry import scheduled
from resolvers.context import Context

KEPT = timedelta(days=7)
"""How long it is known what became of a job that is done."""

ENDED = timedelta(days=30)
"""How long it is known that somebody was signed in."""


@scheduled("17 * * * *", "jobs.forget_finished")
async def forget_finished_jobs(ctx: Context) -> None:
    """Delete what is known of jobs that were done a week ago; failed ones stay."""
    async with ctx.transaction() as work:
        await forget_finished(work.session, datetime.now(UTC) - KEPT)


@scheduled("*/15 * * * *", "idempotency.forget_expired")
async def forget_expired_keys(ctx: Context) -> None:
    """Delete the answers that are no longer given to who repeats a mutation."""
    async with ctx.transaction() as work:
        await idempotency.forget_expired(work.session)


@scheduled("53 2 * * *", "sessions.forget_ended")
async def forget_ended_sessions(ctx: Context) -> None:
    """Delete the sessions that ended a month ago; what they did stays."""
    async with ctx.transaction() as work:
        await sessions.forget_ended(work.session, datetime.now(UTC) - ENDED)
