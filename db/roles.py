"""How the roles of an organisation's own are listed and counted, and their copies kept true."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Update, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.invitations import STATUS
from db.models import CustomRole, Invitation, Membership, now
from domain.invitations import InvitationStatus


class RoleOrderField(StrEnum):
    NAME = "NAME"


ORDERS = {RoleOrderField.NAME: func.lower(CustomRole.name)}
BY_NAME = (RoleOrderField.NAME, False)


async def count(session: AsyncSession, organization: UUID) -> int:
    statement = select(func.count()).where(CustomRole.organization_id == organization)
    return await session.scalar(statement) or 0


async def members(session: AsyncSession, role: UUID) -> int:
    statement = select(func.count()).where(Membership.custom_role_id == role)
    return await session.scalar(statement) or 0


async def invitations(session: AsyncSession, role: UUID) -> int:
    """How many that are pending."""
    statement = select(func.count()).where(
        Invitation.custom_role_id == role, STATUS == InvitationStatus.PENDING
    )
    return await session.scalar(statement) or 0


async def copy(session: AsyncSession, role: CustomRole) -> Sequence[UUID]:
    """Let whoever has the role, or is invited to it, have it as it is now; the members' ids."""
    await session.execute(
        _copying(update(Invitation), Invitation, role).where(Invitation.accepted_at.is_(None))
    )
    statement = _copying(update(Membership), Membership, role).returning(Membership.user_id)
    return sorted(await session.scalars(statement))


def _copying(statement: Update, model: Any, role: CustomRole) -> Update:
    copied = {"custom_name": role.name, "custom_permissions": role.permissions}
    return (
        statement.where(model.custom_role_id == role.id)
        .values(**copied, version=model.version + 1, updated_at=now())
        .execution_options(synchronize_session=False)
    )


async def forget(session: AsyncSession, role: UUID) -> None:
    """Let no invitation that is over name the role any more."""
    statement = update(Invitation).where(Invitation.custom_role_id == role)
    await session.execute(
        statement.values(custom_role_id=None).execution_options(synchronize_session=False)
    )
