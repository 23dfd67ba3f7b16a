"""Invitations: mailing them, taking them back, and accepting them."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from auth.tokens import digest, mailed_token
from db import accounts, invitations, loaders, organizations
from db.models import Invitation, Membership, Organization, User, new_id, now
from domain import invitations as rules
from domain.errors import Conflict, NotFound, Reference
from domain.events import EventKind
from domain.ids import CustomRoleId, InvitationId, OrganizationId
from domain.invitations import InvitationStatus
from domain.memberships import check_grant
from domain.permissions import Role
from resolvers.addresses import checked_address
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.mailing import link_to, post
from resolvers.roles import chosen, grant_of
from resolvers.work import Work

MAIL = "invitations.mail"
"""The job that sends an invitation."""


@dataclass(frozen=True, slots=True)
class InviteMember:
    """Whom to invite, and as what: to a built-in role, or to one of the organisation's own."""

    organization: Annotated[OrganizationId, "The organisation to invite to."]
    email: Annotated[str, "The address of the person; they accept with an account of that address."]
    role: Annotated[
        Role | None, "The built-in role they will have; it cannot grant more than your own."
    ] = None
    custom_role: Annotated[
        CustomRoleId | None, "The organisation's own role they will have; no more than your own."
    ] = None


@dataclass(frozen=True, slots=True)
class ResendInvitation:
    """What to send again."""

    invitation: Annotated[InvitationId, "The invitation; pending, or expired."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class RevokeInvitation:
    """What to take back."""

    invitation: Annotated[InvitationId, "The invitation; not accepted yet."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class AcceptInvitation:
    """The invitation to accept."""

    token: Annotated[str, "The token of the invitation, from its mail."]


async def invite(ctx: Context, input: InviteMember) -> Invitation:
    """Invite somebody to an organisation by mail. The invitation is good for seven days and for one
    account: the one with that address. Of an address, one invitation waits at a time; it gets at
    most five mails an hour.
    """
    email = checked_address(input.email)
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        await organizations.lock(work.session, place.id)
        given = await chosen(work, place.id, input.role, input.custom_role)
        check_grant(work.actor.grants[OrganizationId(place.id)], grant_of(given))
        await _check_no_member(work, place.id, email)
        rules.check_only_one(await invitations.pending(work.session, place.id, email))
        await _check_mailed(work, place.id, email)
        row = _made(work, place, email)
        row.give(given)
        _send(ctx, work, row, serial=1)
        work.session.add(row)
        after = {"email": email, "role": row.grant.name}
        work.record(EventKind.MEMBER_INVITED, row, subject=place.id, after=after)
    return row


async def resend(ctx: Context, input: ResendInvitation) -> Invitation:
    """Send an invitation again, in your name and for seven days from now. The token of the mail
    before is good no longer.
    """
    async with ctx.transaction() as work:
        row = await _lock(work, input.invitation, input.if_version)
        check_grant(work.actor.grants[OrganizationId(row.organization_id)], row.grant)
        other = await invitations.pending(
            work.session, row.organization_id, row.email, without=row.id
        )
        has_role = row.role is not None or row.custom_role_id is not None
        rules.check_resendable(InvitationId(row.id), _status(row), other, has_role=has_role)
        await _check_no_member(work, row.organization_id, row.email)
        await _check_mailed(work, row.organization_id, row.email)
        before = {"expiresAt": row.expires_at.isoformat()}
        row.inviter_id, row.expires_at = work.by, now() + rules.LIFETIME
        _send(ctx, work, row, serial=row.version + 1)
        after = {"email": row.email, "expiresAt": row.expires_at.isoformat()}
        subject = row.organization_id
        work.record(EventKind.INVITATION_RESENT, row, subject=subject, before=before, after=after)
    return row


async def revoke(ctx: Context, input: RevokeInvitation) -> Invitation:
    """Take an invitation back: it can be accepted no longer."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.invitation, input.if_version)
        rules.check_revocable(InvitationId(row.id), _status(row))
        row.revoked_at = now()
        before = {"email": row.email, "role": row.grant.name}
        subject = row.organization_id
        work.record(EventKind.INVITATION_REVOKED, row, subject=subject, before=before)
    return row


async def accept(ctx: Context, input: AcceptInvitation) -> Membership:
    """Become a member of the organisation that invited you. Since the token was mailed to your
    address, the address counts as verified.
    """
    async with ctx.transaction() as work:
        user, invitation = await _lock_by_token(work, digest(input.token))
        place = invitation.organization_id
        inviter = await organizations.membership(work.session, place, invitation.inviter_id)
        rules.check_acceptance(_facts(invitation, inviter), user.email)
        invitation.accepted_at = now()
        await invitations.revoke_others(work.session, invitation)
        row = await _join(work, user, invitation)
        after = {"role": row.grant.name, "invitation": str(invitation.id)}
        work.record(EventKind.MEMBER_JOINED, row, subject=place, after=after)
        _verify(work, user)
    ctx.role_changed(OrganizationId(row.organization_id), row.grant)
    return row


async def mail(ctx: Context, id: UUID, serial: int) -> None:
    """Send an invitation that still waits, unless it was sent again since.

    Who dies between sending and noting it sends it again, under the same Message-ID.
    """
    token = mailed_token(ctx.resources.mailed, id, serial)
    async with ctx.database.read() as session:
        found = await invitations.to_mail(session, id)
    if found is None or found.invitation.token_hash != digest(token):
        return
    row = found.invitation
    names = {"actor": found.inviter, "organization": found.organization, "role": row.grant.name}
    letter = rules.letter(names, row.expires_at, token, link_to(ctx, f"invitations/{token}"))
    await post(ctx, f"invitation.{id}.{serial}", row.email, letter)


async def _lock(work: Work, id: InvitationId, if_version: int | None) -> Invitation:
    """The invitation, with its organisation held first: members come one at a time."""
    seen = await work.find(loaders.invitations, id, at="invitation")
    await organizations.lock(work.session, seen.organization_id)
    return await work.lock(loaders.invitations, id, at="invitation", if_version=if_version)


async def _lock_by_token(work: Work, token_hash: bytes) -> tuple[User, Invitation]:
    """Who asks, and the invitation of a token, with its organisation held first: its role stays as
    it is.
    """
    seen = await invitations.by_token(work.session, token_hash)
    if seen is not None:
        await organizations.hold(work.session, seen.organization_id)
    user = await accounts.lock_user(work.session, work.by)
    row = seen and await invitations.lock(work.session, token_hash)
    if row is None:
        raise NotFound("There is no such invitation for your e-mail address.", ("token",))
    return user, row


async def _check_no_member(work: Work, organization: UUID, email: str) -> None:
    member = await organizations.member_by_email(work.session, organization, email)
    if member is not None:
        here = Reference("Membership", member.id)
        raise Conflict("This person is a member already.", here, ("email",))


async def _check_mailed(work: Work, organization: UUID, email: str) -> None:
    at = now()
    mailed = await invitations.mailed_since(work.session, organization, email, at - rules.MAILS_PER)
    rules.check_mailed(mailed, at)


def _made(work: Work, place: Organization, email: str) -> Invitation:
    return Invitation(
        id=new_id(),
        organization_id=place.id,
        email=email,
        inviter_id=work.by,
        expires_at=now() + rules.LIFETIME,
    )


def _send(ctx: Context, work: Work, row: Invitation, serial: int) -> None:
    """Have it mailed with a token that no mail before had; the job makes the token again."""
    row.token_hash = digest(mailed_token(ctx.resources.mailed, row.id, serial))
    work.later(MAIL, {"invitation": str(row.id), "serial": serial}, key=f"{MAIL}:{row.id}")


async def _join(work: Work, user: User, invitation: Invitation) -> Membership:
    row = Membership(id=new_id(), organization_id=invitation.organization_id, user_id=user.id)
    row.give(invitation)
    here = Reference("Organization", row.organization_id)
    async with work.unique("uq_memberships_present", Conflict("You are a member.", here)):
        work.session.add(row)
    return row


def _verify(work: Work, user: User) -> None:
    if not user.email_verified:
        user.email_verified = True
        work.record(EventKind.EMAIL_VERIFIED, user, after={"email": user.email})


def _status(row: Invitation) -> InvitationStatus:
    return rules.status(row.accepted_at, row.revoked_at, row.expires_at, now())


def _facts(invitation: Invitation, inviter: Membership | None) -> rules.InvitationFacts:
    return rules.InvitationFacts(
        id=InvitationId(invitation.id),
        email=invitation.email,
        grant=invitation.grant,
        inviter=None if inviter is None else inviter.grant,
        status=_status(invitation),
    )
