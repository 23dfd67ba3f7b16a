"""How approvals are listed, locked and found."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.filters import Conditions, TimeFilter, UserFilter, on
from db.models import Approval, ApprovalStage, ApprovalStep
from domain import approvals as rules


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


_waiting = aliased(ApprovalStep)
FIRST_THAT_WAITS = ApprovalStep.position == (
    select(func.min(_waiting.position))
    .where(
        _waiting.approval_id == ApprovalStep.approval_id,
        _waiting.status == rules.StepStatus.WAITING,
    )
    .scalar_subquery()
)
"""The step of an approval that waits, and the first of them where several do."""


async def lock(session: AsyncSession, id: UUID) -> Approval:
    """An approval that is known to exist; every change of its steps holds this lock."""
    statement = select(Approval).where(Approval.id == id).with_for_update(key_share=True)
    return (await session.scalars(statement.execution_options(populate_existing=True))).one()


async def stages(session: AsyncSession, approval: Approval) -> Sequence[ApprovalStage]:
    statement = (
        select(ApprovalStage)
        .where(ApprovalStage.approval_id == approval.id)
        .order_by(ApprovalStage.position)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def steps(session: AsyncSession, approval: Approval) -> Sequence[ApprovalStep]:
    statement = (
        select(ApprovalStep)
        .where(ApprovalStep.approval_id == approval.id)
        .order_by(ApprovalStep.position)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def stage(session: AsyncSession, id: UUID) -> ApprovalStage | None:
    return await session.scalar(select(ApprovalStage).where(ApprovalStage.id == id))


async def by_id(session: AsyncSession, id: UUID) -> Approval | None:
    return await session.scalar(select(Approval).where(Approval.id == id))


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


async def waiting_for(session: AsyncSession, organization: UUID, approver: UUID) -> Sequence[UUID]:
    """The approvals that wait for this person now, whoever stands in for them."""
    whose = func.coalesce(ApprovalStep.delegated_from_id, ApprovalStep.approver_id)
    statement = (
        select(ApprovalStep.approval_id)
        .where(
            ApprovalStep.organization_id == organization,
            ApprovalStep.status == rules.StepStatus.WAITING,
            whose == approver,
        )
        .distinct()
        .order_by(ApprovalStep.approval_id)
    )
    return (await session.scalars(statement)).all()


async def get(session: AsyncSession, id: UUID) -> Approval:
    """An approval that is known to exist, not held."""
    return (await session.scalars(select(Approval).where(Approval.id == id))).one()
