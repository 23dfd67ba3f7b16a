"""Who decides for whom now: what delegations mean to approvals."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from db import delegations, organizations
from domain import delegations as rules
from domain.ids import UserId
from domain.permissions import Permission
from resolvers.work import Work


async def stand_ins(
    work: Work, organization_id: UUID, users: Sequence[UserId], now: datetime
) -> dict[UserId, UserId]:
    """Who decides instead of each of these people; who decides themselves is absent.

    Hold the organisation, so that neither its members nor its delegations change meanwhile.
    """
    active, able = await _in_force(work, organization_id, now)
    return rules.stand_ins(active, users, able, now)


async def depending(work: Work, organization_id: UUID, user: UserId, now: datetime) -> list[UserId]:
    """The person, and everybody for whom they decide now or would if they were not away."""
    active, able = await _in_force(work, organization_id, now)
    return rules.depending(active, user, able, now)


async def _in_force(
    work: Work, organization_id: UUID, now: datetime
) -> tuple[list[rules.Delegation], set[UserId]]:
    """The delegations of now, and those of their stand-ins who may decide."""
    active = await delegations.in_force(work.session, organization_id, now)
    if not active:
        return [], set()
    decide = Permission.APPROVAL_DECIDE
    named = {each.to for each in active}
    able = await organizations.who_may(work.session, organization_id, decide, list(named))
    return active, {UserId(user) for user in able}
