"""What people do to an approval: decide, withdraw, force, and hand steps to each other."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from domain import ownership
from domain.approval_course import (
    check_running,
    closed,
    each_stage,
    found,
    settled,
    skipped,
    with_step,
)
from domain.approvals import (
    OUTCOME,
    STANDING,
    Approval,
    ApprovalStatus,
    Stage,
    Step,
    StepStatus,
    Verdict,
)
from domain.errors import Conflict, Invalid, Problem, Reference
from domain.ids import StepId, UserId
from domain.permits import check_own
from domain.text import PROSE, check_text


def check_comment(comment: str | None, verdict: Verdict) -> Iterator[Problem]:
    if comment is not None:
        yield from check_text(comment, ("comment",), most=PROSE, lines=True)
    elif verdict is not Verdict.APPROVE:
        yield Problem(("comment",), "Say what should change, or why it is rejected.")


def check_reason(reason: str) -> Iterator[Problem]:
    yield from check_text(reason, ("reason",), most=PROSE, lines=True)


def decide(
    approval: Approval,
    step_id: StepId,
    verdict: Verdict,
    comment: str | None,
    by: UserId,
    now: datetime,
) -> Approval:
    """The approval after an approver's verdict on their step; a decided step stays decided.

    Whoever has a stand-in may still decide themselves.
    """
    stage, step = found(approval, step_id)
    _check_turn(approval, stage, step, by, now)
    decided = replace(
        step,
        approver=by,
        delegated_from=None if by == step.delegated_from else step.delegated_from,
        status=OUTCOME[verdict],
        comment=comment,
        decided_at=now,
        decided_on=approval.pin,
    )
    return settled(with_step(_passing_over_optional(approval, stage), decided), now)


def withdraw(approval: Approval, by: UserId, now: datetime, *, manages: bool) -> Approval:
    """The approval after who submitted it, or a manager of approvals, took it back."""
    check_own(ownership.SUBMITTER, {approval.submitter}, by, manages=manages)
    check_running(approval, now)
    return closed(approval, ApprovalStatus.WITHDRAWN)


def force(approval: Approval, by: UserId, reason: str, now: datetime) -> Approval:
    """The approval after somebody who may approve without the approvers did so."""
    check_running(approval, now)
    forced = replace(approval, forced_by=by, force_reason=reason)
    return closed(forced, ApprovalStatus.APPROVED)


def reassign(approval: Approval, step_id: StepId, to: UserId, now: datetime) -> Approval:
    """The approval after an open step was handed to somebody else, and to them alone."""
    stage, step = found(approval, step_id)
    here = Reference("ApprovalStep", step.id)
    if not step.is_open:
        raise Conflict(f"This step is {step.status.value} already.", here, ("step",))
    check_running(approval, now, here, ("step",))
    if to == step.approver or not stage.has_room_for(to, besides=step):
        raise Invalid.at("to", message="This person has a step in the stage already.")
    return settled(with_step(approval, replace(step, approver=to, delegated_from=None)), now)


def void(approval: Approval) -> Approval:
    """The approval after what it approves is no longer there.

    One that ended without approving anything stays as it ended.
    """
    return closed(approval, ApprovalStatus.VOIDED) if approval.status in STANDING else approval


def with_stand_ins(approval: Approval, stand_ins: Mapping[UserId, UserId]) -> Approval:
    """The approval where what waits for who is away waits for who stands in for them.

    Who has a step in a stage already stands in for nobody there.
    """
    for step in approval.steps:
        away = step.delegated_from or step.approver
        if step.status is StepStatus.WAITING and away in stand_ins:
            approval = _delegated(approval, step, away, stand_ins[away])
    return approval


def without_approvers(
    approval: Approval,
    users: Collection[UserId],
    replacements: Mapping[StepId, UserId],
    now: datetime,
) -> Approval:
    """The running approval after people can no longer decide what is open of theirs.

    A step goes to its replacement, where the stage has room for them, or else is SKIPPED; what a
    required stage can no longer reach without them voids the approval.
    """
    if approval.status is not ApprovalStatus.IN_PROGRESS:
        return approval
    return settled(without_open_steps_of(approval, users, replacements), now)


def without_open_steps_of(
    approval: Approval, users: Collection[UserId], replacements: Mapping[StepId, UserId]
) -> Approval:
    for step in approval.steps:
        if step.is_open and step.approver in users:
            stage, _ = found(approval, step.id)
            approval = with_step(approval, _replaced(stage, step, replacements.get(step.id)))
    return approval


def _delegated(approval: Approval, step: Step, away: UserId, to: UserId) -> Approval:
    stage, _ = found(approval, step.id)
    if not stage.has_room_for(to):
        return approval
    return with_step(approval, replace(step, approver=to, delegated_from=away))


def _replaced(stage: Stage, step: Step, replacement: UserId | None) -> Step:
    if replacement is not None and replacement == step.delegated_from:
        return replace(step, approver=replacement, delegated_from=None)
    if replacement is None or not stage.has_room_for(replacement):
        return replace(step, status=StepStatus.SKIPPED)
    return replace(step, approver=replacement, delegated_from=None)


def _check_turn(approval: Approval, stage: Stage, step: Step, by: UserId, now: datetime) -> None:
    check_own(ownership.APPROVER, {step.approver, step.delegated_from}, by)
    here = Reference("ApprovalStep", step.id)
    if not step.is_open:
        raise Conflict(f"This step is {step.status.value} already.", here, ("step",))
    check_running(approval, now, here, ("step",))
    if any(earlier.required for earlier in _open_before(approval, stage)):
        raise Conflict("This step's turn has not come yet.", here, ("step",))


def _open_before(approval: Approval, stage: Stage) -> list[Stage]:
    return [each for each in approval.stages if each.position < stage.position and each.is_open]


def _passing_over_optional(approval: Approval, stage: Stage) -> Approval:
    earlier = {each.id for each in _open_before(approval, stage)}
    return each_stage(approval, lambda each: skipped(each) if each.id in earlier else each)
