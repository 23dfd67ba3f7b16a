"""Organisations and their members."""

from dataclasses import dataclass
from typing import Annotated

from auth.tokens import digest, new_secret
from db import accounts, loaders, organizations
from db.models import Invitation, Membership, Organization, new_id, now
from domain import organizations as rules
from domain.errors import Conflict, Invalid, NotFound, Reference, refuse
from domain.events import EventKind
from domain.ids import InvitationId, MembershipId, OrganizationId
from domain.permissions import BUILT_IN, Permission, Role
from domain.unset import UNSET, Unset, or_else
from resolvers import approvers
from resolvers.addresses import checked_address
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class CreateOrganization:
    """A new organisation, whose first ADMIN you are."""

    slug: Annotated[str, "Its name in addresses: 1 to 63 of `a-z 0-9 -`; taken ones are refused."]
    name: Annotated[str, "Its name for people, up to 200 characters."]


@dataclass(frozen=True, slots=True)
class UpdateOrganization:
    """What to change; what is left out stays as it is."""

    organization: Annotated[OrganizationId, "The organisation."]
    name: Annotated[str | Unset, "Its name for people, up to 200 characters."] = UNSET
    authors_may_approve: Annotated[
        bool | Unset, "Whether authors may approve content that they wrote themselves."
    ] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Whom to invite, and as what."""

    organization: Annotated[OrganizationId, "The organisation to invite to."]
    email: Annotated[str, "The address of the person; they accept with an account of that address."]
    role: Annotated[Role, "The role they will have; it cannot grant more than your own."]


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """The invitation to accept."""

    token: Annotated[str, "The token of the invitation."]


@dataclass(frozen=True, slots=True)
class ChangeMemberRole:
    """A member's new role."""

    membership: Annotated[MembershipId, "The membership."]
    role: Annotated[Role, "The role from now on."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class RemoveMember:
    """Who is to leave."""

    membership: Annotated[MembershipId, "The membership to end."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and its token, which is shown this once."""

    invitation: Invitation
    token: str


def organization(
    ctx: Context, slug: Annotated[str, "The organisation's name in addresses."]
) -> str:
    """One of your organisations; NOT_FOUND for any other."""
    return slug


def absent() -> NotFound:
    return NotFound("There is no such Organization.", ("slug",))


async def create(ctx: Context, input: CreateOrganization) -> Organization:
    """Found an organisation; you become its first ADMIN."""
    refuse(list(rules.check_organization(input.slug, input.name)))
    row = Organization(id=new_id(), slug=input.slug, name=input.name.strip())
    taken = Invalid.at("slug", message="This slug is taken; choose another.")
    async with ctx.transaction() as work:
        async with work.unique("uq_organizations_slug", taken):
            work.session.add(row)
        work.session.add(Membership(organization_id=row.id, user_id=work.by, role=Role.ADMIN))
        work.record(EventKind.ORGANIZATION_CREATED, row, after={"slug": row.slug, "name": row.name})
    ctx.role_changed(OrganizationId(row.id), BUILT_IN[Role.ADMIN])
    return row


async def update(ctx: Context, input: UpdateOrganization) -> Organization:
    """Change an organisation's name or its settings."""
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.organizations,
            input.organization,
            at="organization",
            if_version=input.if_version,
        )
        before = {"name": row.name, "authorsMayApprove": row.authors_may_approve}
        row.name = or_else(input.name, row.name).strip()
        refuse(list(rules.check_organization(row.slug, row.name)))
        row.authors_may_approve = or_else(input.authors_may_approve, row.authors_may_approve)
        after = {"name": row.name, "authorsMayApprove": row.authors_may_approve}
        work.record(EventKind.ORGANIZATION_UPDATED, row, before=before, after=after)
    return row


async def invite(ctx: Context, input: InviteMember) -> Invited:
    """Invite somebody to an organisation. The invitation is good for seven days and for one
    account: the one with that address.
    """
    email, token = checked_address(input.email), new_secret()
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        rules.check_grant(work.actor.grants[OrganizationId(place.id)], BUILT_IN[input.role])
        member = await organizations.member_by_email(work.session, place.id, email)
        if member is not None:
            here = Reference("Membership", member.id)
            raise Conflict("This person is a member already.", here, ("email",))
        invitation = Invitation(
            id=new_id(),
            organization_id=place.id,
            email=email,
            role=input.role,
            token_hash=digest(token),
            inviter_id=work.by,
            expires_at=now() + rules.INVITATION_LIFETIME,
        )
        work.session.add(invitation)
        after = {"email": email, "role": input.role.value}
        work.record(EventKind.MEMBER_INVITED, invitation, subject=place.id, after=after)
    return Invited(invitation, token)


async def accept(ctx: Context, input: AcceptInvitation) -> Membership:
    """Become a member of the organisation that invited you."""
    unknown = NotFound("There is no such invitation for your e-mail address.", ("token",))
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, work.by)
        invitation = await organizations.lock_invitation(work.session, digest(input.token))
        if invitation is None:
            raise unknown
        place = invitation.organization_id
        inviter = await organizations.membership(work.session, place, invitation.inviter_id)
        rules.check_acceptance(_facts(invitation, inviter), user.email, now())
        await organizations.spend_invitations(work.session, place, user.email)
        row = Membership(
            id=new_id(),
            organization_id=place,
            user_id=user.id,
            role=invitation.role,
        )
        here = Reference("Organization", row.organization_id)
        async with work.unique("uq_memberships_present", Conflict("You are a member.", here)):
            work.session.add(row)
        after = {"role": row.grant.name, "invitation": str(invitation.id)}
        work.record(EventKind.MEMBER_JOINED, row, subject=row.organization_id, after=after)
    ctx.role_changed(OrganizationId(row.organization_id), row.grant)
    return row


async def change_role(ctx: Context, input: ChangeMemberRole) -> Membership:
    """Give a member another role. An organisation keeps at least one ADMIN. What waits for a member
    who may no longer decide goes to who can take over; without anybody, approvals that need them
    are voided, and the others pass them over.
    """
    async with ctx.transaction() as work:
        row = await _lock_member(work, input.membership, input.if_version)
        rules.check_grant(
            work.actor.grants[OrganizationId(row.organization_id)], BUILT_IN[input.role]
        )
        await _check_admins(work, row, input.role)
        before, row.role = row.grant, input.role
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
        ctx.role_changed(OrganizationId(row.organization_id), row.grant)
    return row


async def remove_member(ctx: Context, input: RemoveMember) -> Membership:
    """End a membership. An organisation keeps at least one ADMIN. What waits for the member goes to
    who can take over; without anybody, approvals that need them are voided, and the others pass
    them over. Who leaves sees what they left in this answer for the last time.
    """
    async with ctx.transaction() as work:
        row = await _lock_member(work, input.membership, input.if_version)
        await _check_admins(work, row, None)
        row.left_at = now()
        before = {"role": row.grant.name, "user": str(row.user_id)}
        work.record(EventKind.MEMBER_REMOVED, row, subject=row.organization_id, before=before)
        await approvers.release_approver(work, row.organization_id, row.user_id)
    return row


async def _lock_member(work: Work, id: MembershipId, if_version: int | None) -> Membership:
    """The membership, with its organisation held first: members change one at a time."""
    seen = await work.find(loaders.memberships, id, at="membership")
    await organizations.lock(work.session, seen.organization_id)
    return await work.lock(loaders.memberships, id, at="membership", if_version=if_version)


async def _check_admins(work: Work, row: Membership, becomes: Role | None) -> None:
    admins = await organizations.admins(work.session, row.organization_id)
    facts = rules.MembershipFacts(MembershipId(row.id), row.role)
    rules.check_keeps_an_admin(facts, becomes, admins)


def _facts(invitation: Invitation, inviter: Membership | None) -> rules.InvitationFacts:
    return rules.InvitationFacts(
        id=InvitationId(invitation.id),
        email=invitation.email,
        grant=invitation.grant,
        inviter=None if inviter is None else inviter.grant,
        expires_at=invitation.expires_at,
        accepted_at=invitation.accepted_at,
    )
