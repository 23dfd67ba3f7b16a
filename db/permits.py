"""What somebody who does not ask themselves may do."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.loaders import BY_ENTITY
from db.models import Membership, User
from domain.accounts import UserStatus
from domain.actor import Actor
from domain.errors import Reference
from domain.ids import OrganizationId, UserId


@dataclass(frozen=True, slots=True)
class Standing:
    """Who somebody would be if they were signed in, and where they belong or did."""

    actor: Actor
    status: UserStatus
    memberships: tuple[Membership, ...]

    def belonged_to(self, organization: UUID) -> bool:
        return any(each.organization_id == organization for each in self.memberships)

    def membership(self, organization: UUID | None) -> Membership | None:
        """That in an organisation, now."""
        present = (each for each in self.memberships if each.left_at is None)
        return next((each for each in present if each.organization_id == organization), None)


async def standing(session: AsyncSession, user: UserId) -> Standing | None:
    row = await session.get(User, user)
    if row is None:
        return None
    found = await session.scalars(select(Membership).where(Membership.user_id == user))
    memberships = tuple(found)
    grants = {
        OrganizationId(each.organization_id): each.grant
        for each in memberships
        if each.left_at is None
    }
    actor = Actor(user_id=user, platform_role=row.platform_role, grants=grants)
    return Standing(actor, row.status, memberships)


async def thing(session: AsyncSession, named: Reference) -> Any:
    """The row of a thing, whoever may see it; None where there is none."""
    source = BY_ENTITY.get(named.entity)
    return None if source is None else await session.get(source.model, named.id)
