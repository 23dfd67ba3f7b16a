"""How teams and their members are listed, counted and found."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, delete, func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Team, TeamMember


class TeamOrderField(StrEnum):
    NAME = "NAME"


ORDERS = {TeamOrderField.NAME: func.lower(Team.name)}
BY_NAME = (TeamOrderField.NAME, False)

# As an expression: the people that are listed have a time of their own under the same name.
JOINED_AT = type_coerce(TeamMember.created_at, DateTime(timezone=True))


async def count(session: AsyncSession, organization: UUID) -> int:
    statement = select(func.count()).where(Team.organization_id == organization)
    return await session.scalar(statement) or 0


async def members(session: AsyncSession, team: UUID) -> int:
    statement = select(func.count()).where(TeamMember.team_id == team)
    return await session.scalar(statement) or 0


async def member(session: AsyncSession, team: UUID, user: UUID) -> TeamMember | None:
    statement = select(TeamMember).where(TeamMember.team_id == team, TeamMember.user_id == user)
    return await session.scalar(statement)


async def leave_all(session: AsyncSession, organization: UUID, user: UUID) -> None:
    """Take somebody out of every team of an organisation."""
    await session.execute(
        delete(TeamMember)
        .where(TeamMember.user_id == user, TeamMember.organization_id == organization)
        .execution_options(synchronize_session=False)
    )
