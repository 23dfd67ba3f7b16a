"""The moments of an approval: reminders, escalations and its end."""

from uuid import UUID

from domain.ids import ApprovalId, StageId
from jobs.registry import job
from resolvers import approval_deadlines
from resolvers.context import Context


@job("approvals.remind")
async def remind(ctx: Context, id: str) -> None:
    """Remind who has not decided in a stage."""
    await approval_deadlines.remind(ctx, StageId(UUID(id)))


@job("approvals.escalate")
async def escalate(ctx: Context, id: str) -> None:
    """See to a stage that is overdue."""
    await approval_deadlines.escalate(ctx, StageId(UUID(id)))


@job("approvals.expire")
async def expire(ctx: Context, id: str) -> None:
    """End an approval whose time is over."""
    await approval_deadlines.expire(ctx, ApprovalId(UUID(id)))
