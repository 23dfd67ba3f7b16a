"""What time does to an approval. All of `now` is the database's: processes' clocks may differ."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from domain.approval_course import closed, each_stage, settled, skipped, stage_of, with_step
from domain.approvals import Approval, ApprovalStatus, Stage, StageStatus, StepStatus
from domain.ids import StageId, UserId

Change = Callable[[Stage], Stage]


def reminder_at(stage: Stage) -> datetime | None:
    """When who has not decided is reminded, again and again while the stage is active."""
    if stage.remind_after is None or stage.active_since is None:
        return None
    return (stage.reminded_at or stage.active_since) + stage.remind_after


def escalation_at(stage: Stage) -> datetime | None:
    """When the stage is overdue; once a turn."""
    return None if stage.escalated_at is not None else stage.due_at


def can_be_reminded(approval: Approval, stage_id: StageId, now: datetime) -> bool:
    at = reminder_at(stage_of(approval, stage_id))
    return at is not None and at <= now and _waits(approval, stage_id, now)


def is_overdue(approval: Approval, stage_id: StageId, now: datetime) -> bool:
    at = escalation_at(stage_of(approval, stage_id))
    return at is not None and at <= now and _waits(approval, stage_id, now)


def remind(approval: Approval, stage_id: StageId, now: datetime) -> Approval:
    """The approval after who has not decided was reminded; the same where it is not time."""
    if not can_be_reminded(approval, stage_id, now):
        return approval
    return _each(approval, stage_id, lambda stage: replace(stage, reminded_at=now))


def escalate(approval: Approval, stage_id: StageId, to: UserId | None, now: datetime) -> Approval:
    """The approval after a stage became overdue; the same where it is not.

    Its first step that waits goes to `to`, where the stage has room for them. Without anybody to
    go to, an optional stage is passed over, and a required one goes on waiting.
    """
    if not is_overdue(approval, stage_id, now):
        return approval
    noted = _each(approval, stage_id, lambda stage: replace(stage, escalated_at=now))
    stage = stage_of(noted, stage_id)
    if to is not None and stage.has_room_for(to):
        first = next(step for step in stage.steps if step.status is StepStatus.WAITING)
        return with_step(noted, replace(first, approver=to, delegated_from=None))
    return noted if stage.required else settled(_each(noted, stage_id, skipped), now)


def expire(approval: Approval, now: datetime) -> Approval:
    """The approval at the end of its time; the same where that has not come."""
    if approval.suspended or not approval.has_expired(now):
        return approval
    return closed(approval, ApprovalStatus.EXPIRED)


def _waits(approval: Approval, stage_id: StageId, now: datetime) -> bool:
    running = approval.status is ApprovalStatus.IN_PROGRESS and not approval.has_expired(now)
    active = stage_of(approval, stage_id).status is StageStatus.ACTIVE
    return running and active and not approval.suspended


def _each(approval: Approval, id: StageId, change: Change) -> Approval:
    return each_stage(approval, lambda stage: change(stage) if stage.id == id else stage)
