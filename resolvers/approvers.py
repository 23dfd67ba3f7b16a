"""Approvers who come and go: who leaves, who is away, and whom a manager hands a step to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from db import approvals, loaders
from db.models import ApprovalStep
from domain import approval_moves as rules
from domain.approval_course import found
from domain.approvals import Approval, ApprovalStatus, Step
from domain.errors import refuse
from domain.events import EventKind
from domain.ids import StepId, UserId
from resolvers.approval_course import candidates, go_on, lock, of_step, replacements
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.stand_ins import stand_ins
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class ReassignStep:
    """Which step goes to whom."""

    step: Annotated[StepId, "The step; it must not be decided."]
    to: Annotated[
        UserId, "A member who may decide approvals, is no author, and has no step in the stage."
    ]
    reason: Annotated[str, "Why, in up to 10,000 characters."]
    if_version: IfVersion = None


async def reassign(ctx: Context, input: ReassignStep) -> ApprovalStep:
    """Hand a step that is not decided to somebody else, with a reason."""
    refuse(list(rules.check_reason(input.reason)))
    async with ctx.transaction() as work:
        seen = await work.find(loaders.steps, input.step, at="step")
        held = await lock(work, seen.organization_id, seen.approval_id)
        row = await work.lock(loaders.steps, input.step, at="step", if_version=input.if_version)
        stage, step = found(held.facts, StepId(row.id))
        after = rules.reassign(held.facts, step.id, input.to, held.now)
        known = await candidates(work, held.template, held.version, [input.to])
        refuse(list(known.check(input.to, ("to",))))
        told = {**of_step(stage, step), "from": str(step.approver), "to": str(input.to)}
        kind = EventKind.STEP_REASSIGNED
        await go_on(work, held, after, kind, **told, reason=input.reason)
    return row


async def release_approver(work: Work, organization: UUID, user: UUID) -> None:
    """Take a person who can no longer decide out of every approval that waits for them."""
    gone = {UserId(user)}
    for id in await approvals.open_for(work.session, organization, user):
        held = await lock(work, organization, id)
        others = await replacements(work, held, held.facts, held.version, gone)
        after = rules.without_approvers(held.facts, gone, others, held.now)
        moved = _moved(held.facts, after)
        kind = _kind(after, moved)
        await go_on(work, held, after, kind, steps=moved, approver=str(user))


async def hand_over_open_steps(work: Work, organization: UUID, user: UserId) -> None:
    """Let what waits for a person who is away wait for their stand-in.

    Hold the organisation, as who changes delegations does.
    """
    for id in await approvals.waiting_for(work.session, organization, user):
        held = await lock(work, organization, id)
        others = await stand_ins(work, organization, [user], held.now)
        known = await candidates(work, held.template, held.version, others.values())
        able = {away: to for away, to in others.items() if known.may_approve(to)}
        after = rules.with_stand_ins(held.facts, able)
        if after != held.facts:
            moved = _moved(held.facts, after)
            await go_on(work, held, after, EventKind.STEP_DELEGATED, steps=moved)


def _moved(before: Approval, after: Approval) -> list[dict[str, Any]]:
    """The steps that went from somebody to somebody, or to nobody."""
    pairs: Sequence[tuple[Step, Step]] = list(zip(before.steps, after.steps, strict=True))
    return [
        {**of_step(found(after, new.id)[0], new), "from": str(old.approver), "to": _to(old, new)}
        for old, new in pairs
        if old.is_open and (old.approver != new.approver or not new.is_open)
    ]


def _to(before: Step, after: Step) -> str | None:
    return None if before.approver == after.approver else str(after.approver)


def _kind(after: Approval, moved: Sequence[dict[str, Any]]) -> EventKind:
    if after.status is ApprovalStatus.VOIDED:
        return EventKind.APPROVAL_VOIDED
    handed_over = any(each["to"] is not None for each in moved)
    return EventKind.STEP_REASSIGNED if handed_over else EventKind.STEP_SKIPPED
