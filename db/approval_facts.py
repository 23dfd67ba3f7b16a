"""How the rows of an approval and the rules exchange their facts."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from db.models import Approval, ApprovalStage, ApprovalStep, TemplateVersion
from domain import approvals as rules
from domain.content import ContentPart
from domain.ids import ApprovalId, StageId, StepId, UserId, VersionId


def pin(version: TemplateVersion) -> rules.Pin:
    return rules.Pin(VersionId(version.id), version.content_hash, version.part_hashes)


def facts(
    approval: Approval,
    stages: Sequence[ApprovalStage],
    steps: Sequence[ApprovalStep],
    pin: rules.Pin,
) -> rules.Approval:
    """The approval as the rules see it; `pin` is what its version contains."""
    return rules.Approval(
        id=ApprovalId(approval.id),
        pin=pin,
        submitter=UserId(approval.submitter_id),
        status=approval.status,
        stages=tuple(
            _stage(stage, [s for s in steps if s.stage_id == stage.id]) for stage in stages
        ),
        expires_in=_hours(approval.expires_in_hours),
        expires_at=approval.expires_at,
        forced_by=_user(approval.forced_by_id),
        force_reason=approval.force_reason,
    )


def apply(
    approval: Approval,
    stages: Sequence[ApprovalStage],
    steps: Sequence[ApprovalStep],
    after: rules.Approval,
    now: datetime,
) -> None:
    """Write what the rules made of it into the rows; when one changes, the approval has changed."""
    if approval.status is not after.status:
        running = after.status is rules.ApprovalStatus.IN_PROGRESS
        approval.status, approval.finished_at = after.status, None if running else now
    approval.version_id, approval.content_hash = after.pin.version, after.pin.content_hash
    approval.expires_at = after.expires_at
    approval.forced_by_id, approval.force_reason = after.forced_by, after.force_reason
    approval.updated_at = now
    rows = {step.id: step for step in steps}
    for row, stage in zip(stages, after.stages, strict=True):
        _write_stage(row, stage)
        for step in stage.steps:
            _write_step(rows[step.id], step, row.due_at)


def _stage(row: ApprovalStage, steps: Sequence[ApprovalStep]) -> rules.Stage:
    return rules.Stage(
        id=StageId(row.id),
        position=row.position,
        steps=tuple(map(_step, steps)),
        required=row.required,
        rule=row.rule,
        at_least=row.at_least,
        covers=frozenset(map(ContentPart, row.covers)),
        due_in=_hours(row.due_in_hours),
        remind_after=_hours(row.remind_after_hours),
        escalate_to=_user(row.escalate_to_id),
        active_since=row.active_since,
        due_at=row.due_at,
        reminded_at=row.reminded_at,
        escalated_at=row.escalated_at,
        changed_since=None if row.changed_since_id is None else VersionId(row.changed_since_id),
    )


def _step(row: ApprovalStep) -> rules.Step:
    return rules.Step(
        id=StepId(row.id),
        position=row.position,
        approver=UserId(row.approver_id),
        status=row.status,
        comment=row.comment,
        decided_at=row.decided_at,
        decided_on=_decided_on(row),
        delegated_from=_user(row.delegated_from_id),
    )


def _decided_on(row: ApprovalStep) -> rules.Pin | None:
    if row.decided_version_id is None or row.content_hash is None:
        return None
    return rules.Pin(VersionId(row.decided_version_id), row.content_hash, row.part_hashes or {})


def _write_stage(row: ApprovalStage, stage: rules.Stage) -> None:
    row.status = stage.status
    row.active_since, row.due_at = stage.active_since, stage.due_at
    row.reminded_at, row.escalated_at = stage.reminded_at, stage.escalated_at
    row.changed_since_id = stage.changed_since


def _write_step(row: ApprovalStep, step: rules.Step, due_at: datetime | None) -> None:
    row.approver_id, row.delegated_from_id = step.approver, step.delegated_from
    row.status, row.comment, row.decided_at = step.status, step.comment, step.decided_at
    row.due_at = due_at
    seen = step.decided_on
    row.decided_version_id = None if seen is None else seen.version
    row.content_hash = None if seen is None else seen.content_hash
    row.part_hashes = dict(seen.parts) if seen is not None and seen.parts else None


def _hours(given: int | None) -> timedelta | None:
    return None if given is None else timedelta(hours=given)


def _user(given: UUID | None) -> UserId | None:
    return None if given is None else UserId(given)
