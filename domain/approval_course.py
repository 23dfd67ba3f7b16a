"""How an approval goes on: what follows from how its steps are, whatever brought them there."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from domain.approvals import (
    STOPS,
    Approval,
    ApprovalStatus,
    Stage,
    StageStatus,
    Step,
    StepStatus,
)
from domain.errors import Conflict, Forbidden, NotFound, Path, Reference
from domain.ids import StageId, StepId, UserId


def begin(approval: Approval, now: datetime) -> Approval:
    """The approval with its first stage active; its time begins to run."""
    expires_at = None if approval.expires_in is None else now + approval.expires_in
    return settled(replace(approval, expires_at=expires_at), now)


def settled(approval: Approval, now: datetime) -> Approval:
    """The running approval after something in it changed: at its end, or with one stage active."""
    approval = each_stage(approval, _closed_where_moot)
    end = _end(approval)
    return _with_first_active(approval, now) if end is None else closed(approval, end)


def closed(approval: Approval, status: ApprovalStatus) -> Approval:
    """The approval at its end: what is open is SKIPPED."""
    return each_stage(replace(approval, status=status), skipped)


def skipped(stage: Stage) -> Stage:
    """The stage with its open steps SKIPPED."""
    return each_open(stage, lambda step: replace(step, status=StepStatus.SKIPPED))


def each_stage(approval: Approval, change: Callable[[Stage], Stage]) -> Approval:
    return replace(approval, stages=tuple(map(change, approval.stages)))


def each_open(stage: Stage, change: Callable[[Step], Step]) -> Stage:
    steps = tuple(change(step) if step.is_open else step for step in stage.steps)
    return replace(stage, steps=steps)


def with_step(approval: Approval, changed: Step) -> Approval:
    def in_stage(stage: Stage) -> Stage:
        steps = tuple(changed if step.id == changed.id else step for step in stage.steps)
        return replace(stage, steps=steps)

    return each_stage(approval, in_stage)


def found(approval: Approval, id: StepId) -> tuple[Stage, Step]:
    """The step and its stage; raises `NotFound`."""
    for stage in approval.stages:
        for step in stage.steps:
            if step.id == id:
                return stage, step
    raise NotFound("There is no such step.", ("step",))


def stage_of(approval: Approval, id: StageId) -> Stage:
    return next(stage for stage in approval.stages if stage.id == id)


def check_running(
    approval: Approval, now: datetime, here: Reference | None = None, path: Path = ()
) -> None:
    """Raises what is in the way of changing the approval; `here` is what the client asked for."""
    if approval.suspended:
        raise Forbidden("The organisation is suspended: its approvals stand still.")
    here = here or Reference("ApprovalWorkflow", approval.id)
    if approval.status is not ApprovalStatus.IN_PROGRESS:
        raise Conflict(f"This approval is {approval.status.value}.", here, path)
    if approval.has_expired(now):
        raise Conflict("The time of this approval is over.", here, path)


def asked(before: Approval | None, after: Approval) -> list[tuple[Stage, Step]]:
    """Whom an approval waits for that it did not wait for before, or for another turn of theirs."""
    earlier = set() if before is None else set(_turns(before))
    return [
        (stage, step)
        for stage in after.stages
        for step in stage.steps
        if step.status is StepStatus.WAITING and _turn(stage, step) not in earlier
    ]


Turn = tuple[StepId, UserId, datetime | None]


def _turns(approval: Approval) -> Iterable[Turn]:
    for stage in approval.stages:
        for step in stage.steps:
            if step.status is StepStatus.WAITING:
                yield _turn(stage, step)


def _turn(stage: Stage, step: Step) -> Turn:
    return (step.id, step.approver, stage.active_since)


def _closed_where_moot(stage: Stage) -> Stage:
    stage = skipped(stage) if stage.is_moot else stage
    approved = stage.status is StageStatus.APPROVED
    return replace(stage, changed_since=None) if approved else stage


def _end(approval: Approval) -> ApprovalStatus | None:
    """How the approval ends; None while a required stage is open and none is in the way."""
    statuses = [stage.status for stage in approval.stages if stage.required]
    for status in statuses:
        if status in STOPS:
            return STOPS[status]
    if StageStatus.SKIPPED in statuses:
        return ApprovalStatus.VOIDED
    approved = all(status is StageStatus.APPROVED for status in statuses)
    return ApprovalStatus.APPROVED if approved else None


def _with_first_active(approval: Approval, now: datetime) -> Approval:
    first = next(stage for stage in approval.stages if stage.is_open)
    return each_stage(
        approval,
        lambda stage: _activated(stage, now) if stage is first else _deactivated(stage),
    )


def _activated(stage: Stage, now: datetime) -> Stage:
    """The stage with its open steps waiting; its time begins unless it runs already."""
    waiting = each_open(stage, lambda step: replace(step, status=StepStatus.WAITING))
    if stage.status is StageStatus.ACTIVE:
        return waiting
    return replace(
        waiting,
        active_since=now,
        due_at=None if stage.due_in is None else now + stage.due_in,
        reminded_at=None,
        escalated_at=None,
    )


def _deactivated(stage: Stage) -> Stage:
    if stage.status is not StageStatus.ACTIVE:
        return stage
    pending = each_open(stage, lambda step: replace(step, status=StepStatus.PENDING))
    return replace(pending, active_since=None, due_at=None, reminded_at=None, escalated_at=None)
