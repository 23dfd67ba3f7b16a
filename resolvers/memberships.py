"""Members of organisations: their roles, and how a membership ends."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db import loaders, organizations, teams
from db.models import Membership, now
from domain import memberships as rules
from domain.errors import NotFound
from domain.events import EventKind
from domain.ids import CustomRoleId, MembershipId, OrganizationId
from domain.permissions import Permission, Role
from resolvers import approvers
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.roles import chosen, grant_of, own_role_changed
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class ChangeMemberRole:
    """A member's new role: a built-in one, or one of the organisation's own."""

    membership: Annotated[MembershipId, "The membership."]
    role: Annotated[Role | None, "The built-in role from now on."] = None
    custom_role: Annotated[CustomRoleId | None, "The organisation's own role from now on."] = None
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Who is to leave."""

    membership: Annotated[MembershipId, "The membership to end."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class LeaveOrganization:
    """What to leave."""

    organization: Annotated[OrganizationId, "An organisation of yours."]


async def change_role(ctx: Context, input: ChangeMemberRole) -> Membership:
    """Give a member another role. An organisation keeps at least one ADMIN, and nobody changes the
    role of who may more than they. What waits for a member who may no longer decide goes to who
    can take over; without anybody, approvals that need them are voided, and the others pass them
    over.
    """
    async with ctx.transaction() as work:
        row = await _lock_member(work, input.membership, input.if_version)
        given = await chosen(work, row.organization_id, input.role, input.custom_role)
        rules.check_grant(work.actor.grants[OrganizationId(row.organization_id)], grant_of(given))
        await check_admins(work, row, input.role)
        before = row.grant
        row.give(given)
        work.record(
            EventKind.MEMBER_ROLE_CHANGED,
            row,
            subject=row.organization_id,
            before={"role": before.name},
            after={"role": row.grant.name},
        )
        if Permission.APPROVAL_DECIDE not in row.grant.permissions:
            await approvers.release_approver(work, row.organization_id, row.user_id)
    if row.user_id == ctx.actor.user_id:
        own_role_changed(ctx, OrganizationId(row.organization_id), row.grant)
    return row


async def remove(ctx: Context, input: RemoveMember) -> Membership:
    """End a membership. An organisation keeps at least one ADMIN, and nobody removes who may more
    than they. What waits for the member goes to who can take over; without anybody, approvals that
    need them are voided, and the others pass them over. Who leaves sees what they left in this
    answer for the last time.
    """
    async with ctx.transaction() as work:
        row = await _lock_member(work, input.membership, input.if_version)
        await check_admins(work, row, None)
        await end(work, row)
    return row


async def leave(ctx: Context, input: LeaveOrganization) -> Membership:
    """Leave an organisation; what waits for you is handed over as when a member is removed. Its
    last ADMIN stays. You see what you left in this answer for the last time.
    """
    async with ctx.transaction() as work:
        row = await lock_own(work, input.organization)
        await check_admins(work, row, None)
        await end(work, row)
    return row


async def lock_own(work: Work, organization: UUID) -> Membership:
    """Whoever asks as a member, with the organisation held first; raises `NotFound`."""
    place = await work.find(loaders.organizations, organization, at="organization")
    await organizations.lock(work.session, place.id)
    row = await organizations.membership(work.session, place.id, work.by)
    if row is None:
        raise NotFound("There is no such Organization.", ("organization",))
    return row


async def check_admins(work: Work, row: Membership, becomes: Role | None) -> None:
    """Raises `Conflict` where the last ADMIN would go; hold the organisation."""
    admins = await organizations.admins(work.session, row.organization_id)
    facts = rules.MembershipFacts(MembershipId(row.id), row.role)
    rules.check_keeps_an_admin(facts, becomes, admins)


async def end(work: Work, row: Membership) -> None:
    """End a membership, with everything that hangs on it; hold the organisation.

    What its role was called and allowed stays known; the role itself may be deleted.
    """
    row.left_at, row.custom_role_id = now(), None
    before = {"role": row.grant.name, "user": str(row.user_id)}
    work.record(EventKind.MEMBER_REMOVED, row, subject=row.organization_id, before=before)
    await teams.leave_all(work.session, row.organization_id, row.user_id)
    await approvers.release_approver(work, row.organization_id, row.user_id)


async def _lock_member(work: Work, id: MembershipId, if_version: int | None) -> Membership:
    """The membership of who may not more than the actor, with its organisation held first: members
    change one at a time.
    """
    seen = await work.find(loaders.memberships, id, at="membership")
    await organizations.lock(work.session, seen.organization_id)
    row = await work.lock(loaders.memberships, id, at="membership", if_version=if_version)
    rules.check_rank(work.actor.grants[OrganizationId(row.organization_id)], row.grant)
    return row
