"""How delegations are listed, found and understood."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.filters import Conditions, TimeFilter, UserFilter, holds, on
from db.models import Delegation
from domain import delegations as rules
from domain.ids import DelegationId, UserId


@dataclass(frozen=True, slots=True)
class DelegationFilter:
    """Narrows a list of delegations; every condition that is given must hold."""

    approver: Annotated[UserFilter | None, "By whose approvals are delegated."] = None
    to: Annotated[UserFilter | None, "By who decides for them."] = None
    from_: Annotated[TimeFilter | None, "By when it begins."] = None
    until: Annotated[TimeFilter | None, "By when it ends."] = None
    ended: Annotated[bool | None, "Those that have ended only, or only the others."] = None


CONDITIONS: Conditions = {
    "approver": on(Delegation.approver_id),
    "to": on(Delegation.stand_in_id),
    "from_": on(Delegation.begins_at),
    "until": on(Delegation.ends_at),
    "ended": holds(Delegation.ended_at.is_not(None)),
}


async def overlapping(
    session: AsyncSession, organization: UUID, begins: datetime, ends: datetime
) -> list[rules.Delegation]:
    """What is or will be in force at some time of a period."""
    statement = select(Delegation).where(
        Delegation.organization_id == organization,
        Delegation.ended_at.is_(None),
        Delegation.begins_at < ends,
        Delegation.ends_at > begins,
    )
    return [facts(row) for row in await session.scalars(statement)]


async def in_force(
    session: AsyncSession, organization: UUID, now: datetime
) -> list[rules.Delegation]:
    """What is in force at a moment, whether or not its beginning has been noted yet."""
    statement = select(Delegation).where(
        Delegation.organization_id == organization,
        Delegation.ended_at.is_(None),
        Delegation.begins_at <= now,
        Delegation.ends_at > now,
    )
    return [facts(row) for row in await session.scalars(statement)]


def facts(row: Delegation) -> rules.Delegation:
    return rules.Delegation(
        id=DelegationId(row.id),
        approver=UserId(row.approver_id),
        to=UserId(row.stand_in_id),
        begins=row.begins_at,
        ends=row.ends_at,
    )
