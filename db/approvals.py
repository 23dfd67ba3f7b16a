"""How approvals are locked, and how rows and rules exchange their facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.filters import Conditions, TimeFilter, UserFilter, on
from db.models import Approval, ApprovalStep, now
from domain import approvals as rules
from domain.ids import ApprovalId, StepId, UserId


@dataclass(frozen=True, slots=True)
class ApprovalStatusFilter:
    """Compares the status of an approval."""

    in_: Annotated[tuple[rules.ApprovalStatus, ...] | None, "One of these."] = None
    not_in: Annotated[tuple[rules.ApprovalStatus, ...] | None, "None of these."] = None


@dataclass(frozen=True, slots=True)
class ApprovalFilter:
    """Narrows a list of approvals; every condition that is given must hold."""

    status: Annotated[ApprovalStatusFilter | None, "By status."] = None
    submitter: Annotated[UserFilter | None, "By the person who submitted it."] = None
    created_at: Annotated[TimeFilter | None, "By when it was submitted."] = None


CONDITIONS: Conditions = {
    "status": on(Approval.status),
    "submitter": on(Approval.submitter_id),
    "created_at": on(Approval.created_at),
}


async def lock(session: AsyncSession, id: UUID) -> Approval:
    """An approval that is known to exist; every change of its steps holds this lock."""
    statement = select(Approval).where(Approval.id == id).with_for_update(key_share=True)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def steps(session: AsyncSession, approval: Approval) -> Sequence[ApprovalStep]:
    statement = (
        select(ApprovalStep)
        .where(ApprovalStep.approval_id == approval.id)
        .order_by(ApprovalStep.position)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def open_for(session: AsyncSession, organization: UUID, approver: UUID) -> Sequence[UUID]:
    """The approvals in progress that wait, now or later, for this person."""
    statement = (
        select(Approval.id)
        .join(ApprovalStep, ApprovalStep.approval_id == Approval.id)
        .where(
            Approval.organization_id == organization,
            Approval.status == rules.ApprovalStatus.IN_PROGRESS,
            ApprovalStep.approver_id == approver,
            ApprovalStep.status.in_(rules.UNDECIDED),
        )
        .distinct()
        .order_by(Approval.id)
    )
    return (await session.scalars(statement)).all()


def facts(approval: Approval, steps: Sequence[ApprovalStep]) -> rules.Approval:
    return rules.Approval(
        id=ApprovalId(approval.id),
        content_hash=approval.content_hash,
        submitter=UserId(approval.submitter_id),
        status=approval.status,
        steps=tuple(_step_facts(step) for step in steps),
    )


def _step_facts(step: ApprovalStep) -> rules.Step:
    return rules.Step(
        id=StepId(step.id),
        position=step.position,
        approver=UserId(step.approver_id),
        required=step.required,
        status=step.status,
        comment=step.comment,
        decided_at=step.decided_at,
    )


def apply(approval: Approval, steps: Sequence[ApprovalStep], decided: rules.Approval) -> None:
    """Write what the rules decided into the rows."""
    if approval.status is not decided.status:
        approval.status = decided.status
        approval.finished_at = now()
    # Its steps are part of it: when one changes, the approval's own version counts on.
    approval.updated_at = now()
    for row, step in zip(steps, decided.steps, strict=True):
        row.status, row.comment, row.decided_at = step.status, step.comment, step.decided_at
