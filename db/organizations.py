"""How organisations and their members are found and locked."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Membership, Organization, User
from domain.accounts import UserStatus
from domain.permissions import Permission, Role, roles_with


async def by_id(session: AsyncSession, id: UUID) -> Organization:
    """An organisation that is known to exist."""
    return (await session.scalars(select(Organization).where(Organization.id == id))).one()


async def lock(session: AsyncSession, id: UUID) -> Organization:
    """The organisation, held so that its members change one at a time."""
    # KEY SHARE is what every row that names the organisation takes: those need not wait.
    statement = select(Organization).where(Organization.id == id).with_for_update(key_share=True)
    return (await session.scalars(statement)).one()


async def hold(session: AsyncSession, id: UUID) -> Organization:
    """The organisation, held so that its members stay as they are; many may hold it at once."""
    statement = select(Organization).where(Organization.id == id).with_for_update(read=True)
    return (await session.scalars(statement)).one()


async def admins(session: AsyncSession, organization: UUID) -> int:
    statement = select(func.count()).where(
        Membership.organization_id == organization,
        Membership.role == Role.ADMIN,
        Membership.left_at.is_(None),
    )
    return await session.scalar(statement) or 0


async def membership(session: AsyncSession, organization: UUID, user: UUID) -> Membership | None:
    statement = select(Membership).where(
        Membership.organization_id == organization,
        Membership.user_id == user,
        Membership.left_at.is_(None),
    )
    return await session.scalar(statement)


async def member_by_email(
    session: AsyncSession, organization: UUID, email: str
) -> Membership | None:
    statement = (
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == organization,
            Membership.left_at.is_(None),
            func.lower(User.email) == func.lower(email),
        )
    )
    return await session.scalar(statement)


def granting(permission: Permission) -> ColumnElement[bool]:
    """That the role of a membership has the permission."""
    return or_(
        Membership.role.in_(roles_with(permission)),
        Membership.custom_permissions.contains([permission.name]),
    )


async def who_may(
    session: AsyncSession, organization: UUID, permission: Permission, users: Sequence[UUID]
) -> set[UUID]:
    """Which of these people have a permission in the organisation, and can sign in to use it."""
    statement = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.organization_id == organization,
            Membership.user_id.in_(users),
            granting(permission),
            Membership.left_at.is_(None),
            User.status == UserStatus.ACTIVE,
        )
    )
    return set(await session.scalars(statement))
