"""Workflows that an organisation keeps for its approvals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, ForeignKey, Index, TypeDecorator, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing
from domain.content import ContentPart
from domain.ids import UserId
from domain.permissions import Role
from domain.stages import StageRule
from domain.workflows import WorkflowStage, facts


class Stages(TypeDecorator[list[WorkflowStage]]):
    """Stages in their order, stored as JSON objects of their fields."""

    impl = JSONB
    cache_ok = True

    def process_bind_param(self, value: list[WorkflowStage] | None, dialect: Dialect) -> Any:
        return [facts(stage) for stage in value or []]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[WorkflowStage]:
        return [_stage(each) for each in value]


class WorkflowTemplate(Changing):
    """Archived ones stay for what was started from them, and give their name free."""

    __tablename__ = "workflow_templates"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    creator_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column()
    description: Mapped[str]
    stages: Mapped[list[WorkflowStage]] = mapped_column(Stages)
    is_default: Mapped[bool]
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_workflow_templates_name",
            "organization_id",
            func.lower(name),
            unique=True,
            postgresql_where=text("archived_at IS NULL"),
        ),
        Index(
            "uq_workflow_templates_default",
            "organization_id",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index("ix_workflow_templates_organization", "organization_id", "created_at", "id"),
    )


def _stage(stored: dict[str, Any]) -> WorkflowStage:
    role, covers, escalate_to = stored["role"], stored["covers"], stored["escalate_to"]
    typed = {
        "approvers": tuple(UserId(UUID(user)) for user in stored["approvers"]),
        "rule": StageRule(stored["rule"]),
        "role": None if role is None else Role(role),
        "covers": None if covers is None else tuple(ContentPart(part) for part in covers),
        "escalate_to": None if escalate_to is None else UserId(UUID(escalate_to)),
    }
    return WorkflowStage(**{**stored, **typed})
