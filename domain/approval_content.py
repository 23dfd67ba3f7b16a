"""What new content does to an approval: exactly the stages that it touches are asked again."""

from dataclasses import replace
from datetime import datetime

from domain.approval_course import each_stage
from domain.approvals import (
    STANDING,
    Approval,
    ApprovalStatus,
    Pin,
    Stage,
    StageStatus,
    Step,
    StepStatus,
)
from domain.content import ContentPart
from domain.ids import VersionId


def voided_by(approval: Approval, changed: frozenset[ContentPart]) -> tuple[Stage, ...]:
    """The stages that have begun, and of which new content touches what they cover."""
    if approval.status not in STANDING:
        return ()
    return tuple(each for each in approval.stages if each.covers & changed and each.has_begun)


def reopen(
    approval: Approval, pin: Pin, changed: frozenset[ContentPart], now: datetime
) -> Approval:
    """The standing approval on its way to be of new content: whoever is asked next, `settled` says.

    Stages that cover what changed begin anew; the others stay as they are. What was forced was so
    for the content of before: what had not been approved when it was, is open again.
    """
    reopened = replace(
        approval,
        pin=pin,
        status=ApprovalStatus.IN_PROGRESS,
        expires_at=_expiry(approval, now),
        forced_by=None,
        force_reason=None,
    )
    was_forced = approval.forced_by is not None

    def of_new_content(stage: Stage) -> Stage:
        if stage.covers & changed:
            return _anew(stage, approval.pin.version)
        return _unforced(stage) if was_forced and stage.required else stage

    return each_stage(reopened, of_new_content)


def _expiry(approval: Approval, now: datetime) -> datetime | None:
    """One that had ended has all of its time again."""
    if approval.status is ApprovalStatus.IN_PROGRESS or approval.expires_in is None:
        return approval.expires_at
    return now + approval.expires_in


def _anew(stage: Stage, since: VersionId) -> Stage:
    return replace(
        stage,
        steps=tuple(map(_asked_anew, stage.steps)),
        active_since=None,
        due_at=None,
        reminded_at=None,
        escalated_at=None,
        changed_since=stage.changed_since or (since if stage.has_begun else None),
    )


def _asked_anew(step: Step) -> Step:
    """The step as it was in the beginning; who stood in is no longer asked as such."""
    return Step(step.id, step.position, step.delegated_from or step.approver)


def _unforced(stage: Stage) -> Stage:
    if stage.status is not StageStatus.SKIPPED:
        return stage
    steps = tuple(
        replace(step, status=StepStatus.PENDING) if step.status is StepStatus.SKIPPED else step
        for step in stage.steps
    )
    return replace(stage, steps=steps)
