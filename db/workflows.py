"""How workflows are listed, and how the people whom they ask for are found."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.filters import Conditions, holds
from db.models import Membership, User, WorkflowTemplate
from domain.ids import UserId
from domain.permissions import Role


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """Narrows a list of workflows; every condition that is given must hold."""

    archived: Annotated[bool | None, "Archived ones only, or only those that are not."] = None
    is_default: Annotated[bool | None, "The default only, or only the others."] = None


CONDITIONS: Conditions = {
    "archived": holds(WorkflowTemplate.archived_at.is_not(None)),
    "is_default": holds(WorkflowTemplate.is_default),
}


async def default(session: AsyncSession, organization: UUID) -> WorkflowTemplate | None:
    """The organisation's default workflow; hold the organisation's lock to change it."""
    statement = select(WorkflowTemplate).where(
        WorkflowTemplate.organization_id == organization, WorkflowTemplate.is_default
    )
    return await session.scalar(statement)


async def holders(
    session: AsyncSession, organization: UUID, roles: Collection[Role]
) -> dict[Role, list[UserId]]:
    """Who has each of those roles, in the order in which they joined."""
    statement = (
        select(Membership.role, Membership.user_id)
        .where(
            Membership.organization_id == organization,
            Membership.role.in_(roles),
            Membership.left_at.is_(None),
        )
        .order_by(Membership.created_at, Membership.id)
    )
    found: dict[Role, list[UserId]] = {role: [] for role in roles}
    for role, user in await session.execute(statement):
        if role is not None:
            found[role].append(UserId(user))
    return found


async def names(session: AsyncSession, users: Collection[UserId]) -> dict[UserId, str]:
    """How people are called."""
    full = func.concat(User.first_name, " ", User.last_name)
    found = await session.execute(select(User.id, full).where(User.id.in_(users)))
    return {UserId(id): name for id, name in found}
