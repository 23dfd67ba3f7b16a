"""Approvals of one content, the stages and steps that lead there, and what is asked for there."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, choice
from domain.approvals import ApprovalStatus, StageStatus, StepStatus
from domain.stages import StageRule


class Approval(Changing):
    """Of the version that it names, and of the next one as soon as that has new content."""

    __tablename__ = "approvals"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("template_versions.id"))
    previous_id: Mapped[UUID | None] = mapped_column(ForeignKey("approvals.id"))
    content_hash: Mapped[str]
    submitter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    status: Mapped[ApprovalStatus] = mapped_column(choice(ApprovalStatus))
    finished_at: Mapped[datetime | None]
    expires_in_hours: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    forced_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    force_reason: Mapped[str | None]

    __table_args__ = (
        Index("ix_approvals_organization", "organization_id", "created_at", "id"),
        Index("ix_approvals_template", "template_id", "created_at", "id"),
    )


class ApprovalStage(Changing):
    """`status` is what the rules make of its steps; whoever writes those writes it too."""

    __tablename__ = "approval_stages"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    position: Mapped[int]
    name: Mapped[str | None]
    rule: Mapped[StageRule] = mapped_column(choice(StageRule))
    at_least: Mapped[int | None]
    required: Mapped[bool]
    status: Mapped[StageStatus] = mapped_column(choice(StageStatus))
    covers: Mapped[list[str]]
    due_in_hours: Mapped[int | None]
    remind_after_hours: Mapped[int | None]
    escalate_to_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    active_since: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    changed_since_id: Mapped[UUID | None] = mapped_column(ForeignKey("template_versions.id"))

    __table_args__ = (UniqueConstraint("approval_id", "position"),)


class ApprovalStep(Changing):
    """`content_hash` and `part_hashes` name what its verdict is about."""

    __tablename__ = "approval_steps"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("approval_stages.id"), index=True)
    position: Mapped[int]
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    delegated_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    required: Mapped[bool]
    status: Mapped[StepStatus] = mapped_column(choice(StepStatus))
    comment: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decided_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("template_versions.id"))
    content_hash: Mapped[str | None]
    part_hashes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    due_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("approval_id", "position"),
        Index("ix_approval_steps_approver", "approver_id", "status"),
    )


class ChecklistItem(Changing):
    """One thing that an approver asked for with their verdict."""

    __tablename__ = "checklist_items"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"), index=True)
    step_id: Mapped[UUID] = mapped_column(ForeignKey("approval_steps.id"))
    position: Mapped[int]
    text: Mapped[str]
    done_at: Mapped[datetime | None]
    done_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
