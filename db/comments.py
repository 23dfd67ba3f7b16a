"""How comments are listed, and what hangs on them."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.filters import Conditions, equals, holds
from db.models import Approval, ApprovalStep, Comment
from domain.ids import StepId


@dataclass(frozen=True, slots=True)
class CommentFilter:
    """Narrows a list of comments; every condition that is given must hold."""

    anchored: Annotated[bool | None, "Whether it is on a line of the content."] = None
    resolved: Annotated[bool | None, "Whether it was resolved."] = None
    answers: Annotated[bool | None, "Whether it answers another comment."] = None
    step: Annotated[StepId | None, "On this step of an approval."] = None


CONDITIONS: Conditions = {
    "anchored": holds(Comment.anchored_version_id.is_not(None)),
    "resolved": holds(Comment.resolved_at.is_not(None)),
    "answers": holds(Comment.parent_id.is_not(None)),
    "step": equals(Comment.step_id),
}


async def has_answers(session: AsyncSession, id: UUID) -> bool:
    """Whether there are answers to a comment; hold its lock while it matters."""
    return bool(await session.scalar(select(exists().where(Comment.parent_id == id))))


async def template_of_step(session: AsyncSession, step: UUID) -> UUID | None:
    """The template that a step of an approval is about."""
    statement = (
        select(Approval.template_id)
        .join(ApprovalStep, ApprovalStep.approval_id == Approval.id)
        .where(ApprovalStep.id == step)
    )
    return (await session.scalars(statement)).one_or_none()
