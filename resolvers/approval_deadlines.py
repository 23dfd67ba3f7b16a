"""What is done to approvals when its time has come, by the database's clock."""

from typing import Any

from db import approvals
from domain import approval_time as rules
from domain.approval_course import stage_of
from domain.approvals import Approval, ApprovalStatus, Stage, StageStatus, StepStatus
from domain.events import EventKind
from domain.ids import ApprovalId, StageId, UserId
from resolvers.approval_course import Locked, candidates, go_on, lock, of_step
from resolvers.approval_plans import later, moments
from resolvers.context import Context
from resolvers.work import Work


async def remind(ctx: Context, id: StageId) -> None:
    """Remind who has not decided, and again after as long a time."""
    async with ctx.transaction() as work:
        if held := await _of_stage(work, id):
            after = rules.remind(held.facts, id, held.now)
            await _go_on_if_due(work, held, after, EventKind.STEP_REMINDED, id)


async def escalate(ctx: Context, id: StageId) -> None:
    """Hand an overdue step to whom its stage escalates to; pass an optional stage over that has
    nobody to go to.
    """
    async with ctx.transaction() as work:
        if held := await _of_stage(work, id):
            to = await _escalates_to(work, held, stage_of(held.facts, id))
            after = rules.escalate(held.facts, id, to, held.now)
            passed_over = stage_of(after, id).status is StageStatus.SKIPPED
            kind = EventKind.STEP_SKIPPED if passed_over else EventKind.STEP_ESCALATED
            await _go_on_if_due(work, held, after, kind, id)


async def expire(ctx: Context, id: ApprovalId) -> None:
    """End an approval whose time is over."""
    async with ctx.transaction() as work:
        if row := await approvals.by_id(work.session, id):
            held = await lock(work, row.organization_id, row.id)
            after = rules.expire(held.facts, held.now)
            if after.status is ApprovalStatus.EXPIRED and after != held.facts:
                await go_on(work, held, after, EventKind.APPROVAL_EXPIRED)
            else:
                _plan_again(work, held.facts, str(id))


async def _of_stage(work: Work, id: StageId) -> Locked | None:
    stage = await approvals.stage(work.session, id)
    if stage is None:
        return None
    return await lock(work, stage.organization_id, stage.approval_id)


async def _go_on_if_due(
    work: Work, held: Locked, after: Approval, kind: EventKind, id: StageId
) -> None:
    if after == held.facts:
        _plan_again(work, held.facts, str(id))
    else:
        before = stage_of(held.facts, id)
        await go_on(work, held, after, kind, stage=str(id), **_told(before, stage_of(after, id)))


def _plan_again(work: Work, approval: Approval, id: str) -> None:
    """A worker's clock may be ahead of the database's: what it came too early for still comes."""
    for job, at in moments(approval).items():
        if job[1] == id:
            later(work, job, at)


def _told(before: Stage, after: Stage) -> dict[str, Any]:
    """Whose decision is late, and to whom of them it went."""
    late = [of_step(before, s) for s in before.steps if s.status is StepStatus.WAITING]
    pairs = zip(before.steps, after.steps, strict=True)
    taken = [(old, new) for old, new in pairs if old.approver != new.approver]
    handed = {
        key: str(value)
        for old, new in taken
        for key, value in (("step", new.id), ("from", old.approver), ("to", new.approver))
    }
    return {"late": late, **handed}


async def _escalates_to(work: Work, held: Locked, stage: Stage) -> UserId | None:
    if stage.escalate_to is None:
        return None
    known = await candidates(work, held.template, held.version, [stage.escalate_to])
    return stage.escalate_to if known.may_approve(stage.escalate_to) else None
