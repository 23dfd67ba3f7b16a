"""Rules of organisations and of who belongs to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import Conflict, Forbidden, NotFound, Problem, Reference
from domain.ids import InvitationId, MembershipId
from domain.permissions import Grant, Permission, Role
from domain.text import NAME, check_slug, check_text

INVITATION_LIFETIME = timedelta(days=7)


def check_organization(slug: str, name: str) -> Iterator[Problem]:
    yield from check_slug(slug, ("slug",))
    yield from check_text(name, ("name",), most=NAME)


def check_grant(giver: Grant, given: Grant) -> None:
    """Nobody hands out more than they hold; raises `Forbidden`."""
    if not given.permissions <= giver.permissions:
        raise Forbidden(f"A {giver.name} cannot grant the role {given.name}.")


@dataclass(frozen=True, slots=True)
class MembershipFacts:
    id: MembershipId
    role: Role | None


def check_keeps_an_admin(member: MembershipFacts, becomes: Role | None, admins: int) -> None:
    """An organisation keeps at least one ADMIN; raises `Conflict` when the last would go."""
    if member.role is Role.ADMIN and becomes is not Role.ADMIN and admins <= 1:
        raise Conflict(
            "This is the organisation's last ADMIN; make somebody else an ADMIN first.",
            Reference("Membership", member.id),
        )


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """An invitation; `inviter` is what its inviter may do now, None for a former member."""

    id: InvitationId
    email: str
    grant: Grant
    inviter: Grant | None
    expires_at: datetime
    accepted_at: datetime | None


def check_acceptance(invitation: InvitationFacts, email: str, now: datetime) -> None:
    """An invitation is for one address, once, in time, and while its inviter could still give
    it; raises what is wrong.
    """
    if invitation.email.lower() != email.lower():
        raise NotFound("There is no such invitation for your e-mail address.", ("token",))
    wrong = _why_spent(invitation, now)
    if wrong is not None:
        raise Conflict(wrong, Reference("Invitation", invitation.id), ("token",))


def _why_spent(invitation: InvitationFacts, now: datetime) -> str | None:
    if invitation.accepted_at is not None:
        return "This invitation was accepted already."
    if invitation.expires_at <= now:
        return "This invitation has expired; ask for a new one."
    if not _could_give(invitation.inviter, invitation.grant):
        return "Who invited you may no longer do so; ask somebody else for an invitation."
    return None


def _could_give(inviter: Grant | None, given: Grant) -> bool:
    return (
        inviter is not None
        and Permission.MEMBER_INVITE in inviter.permissions
        and given.permissions <= inviter.permissions
    )
