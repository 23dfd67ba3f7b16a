"""Approvals of one content, and the steps that lead there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, choice
from domain.approvals import ApprovalStatus, StepStatus


class Approval(Changing):
    __tablename__ = "approvals"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("template_versions.id"))
    content_hash: Mapped[str]
    submitter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    status: Mapped[ApprovalStatus] = mapped_column(choice(ApprovalStatus))
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_approvals_organization", "organization_id", "created_at", "id"),
        Index("ix_approvals_template", "template_id", "created_at", "id"),
    )


class ApprovalStep(Changing):
    __tablename__ = "approval_steps"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    position: Mapped[int]
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    required: Mapped[bool]
    status: Mapped[StepStatus] = mapped_column(choice(StepStatus))
    comment: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("approval_id", "position"),
        Index("ix_approval_steps_approver", "approver_id", "status"),
    )
