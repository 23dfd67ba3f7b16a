"""Rules of invitations: whom they are for, how long, how often, and what is mailed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.errors import Conflict, LimitReached, NotFound, Reference
from domain.ids import InvitationId
from domain.letters import Letter, notice
from domain.permissions import Grant, Permission
from domain.wording import named

LIFETIME = timedelta(days=7)
MOST_MAILS = 5
"""To one address, in `MAILS_PER`, from one organisation."""
MAILS_PER = timedelta(hours=1)


class InvitationStatus(StrEnum):
    PENDING = "PENDING"
    ACCEPTED = "ACCEPTED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


def status(
    accepted_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> InvitationStatus:
    if accepted_at is not None:
        return InvitationStatus.ACCEPTED
    if revoked_at is not None:
        return InvitationStatus.REVOKED
    return InvitationStatus.EXPIRED if expires_at <= now else InvitationStatus.PENDING


@dataclass(frozen=True, slots=True)
class InvitationFacts:
    """An invitation; `inviter` is what its inviter may do now, None for a former member."""

    id: InvitationId
    email: str
    grant: Grant
    inviter: Grant | None
    status: InvitationStatus


def check_acceptance(invitation: InvitationFacts, email: str) -> None:
    """An invitation is for one address, once, in time, and while its inviter could still give
    it; raises what is wrong.
    """
    if invitation.email.lower() != email.lower():
        raise NotFound("There is no such invitation for your e-mail address.", ("token",))
    wrong = _why_spent(invitation)
    if wrong is not None:
        raise Conflict(wrong, Reference("Invitation", invitation.id), ("token",))


def check_revocable(id: InvitationId, status: InvitationStatus) -> None:
    """What was accepted or revoked stays so; raises `Conflict`."""
    if status in _OVER:
        raise Conflict(f"This invitation {_OVER[status]}.", Reference("Invitation", id))


def check_resendable(
    id: InvitationId, status: InvitationStatus, other: InvitationId | None, *, has_role: bool
) -> None:
    """What is pending or has expired can be sent again, where no `other` waits for the same
    address and its role is still there; raises `Conflict`.
    """
    check_revocable(id, status)
    if other is not None:
        raise _pending(other)
    if not has_role:
        text = "Its role was deleted; revoke this invitation and invite to another role."
        raise Conflict(text, Reference("Invitation", id))


def check_only_one(other: InvitationId | None) -> None:
    """An address has at most one pending invitation to an organisation; raises `Conflict`."""
    if other is not None:
        raise _pending(other, ("email",))


def check_mailed(mailed: Sequence[datetime], now: datetime) -> None:
    """Raises `LimitReached` where an address was sent too much within `MAILS_PER`, oldest first."""
    if len(mailed) >= MOST_MAILS:
        wait = mailed[-MOST_MAILS] + MAILS_PER - now
        text = f"An address is sent at most {MOST_MAILS} invitations an hour; try again later."
        raise LimitReached(text, retry_after=max(1, round(wait.total_seconds())))


def letter(names: Mapping[str, str], until: datetime, token: str, link: str | None) -> Letter:
    """What the invited person is sent; without a link, they are given the token itself.

    `names` are those of the inviter (`actor`), of the organization and of the role.
    """
    called = named(names)
    invited = "{actor} invites you to {organization} on Imprimatur, as {role}.".format_map(called)
    how = "Follow this link to accept" if link else f"To accept, use this token: {token}"
    whose = "with an account of the address that this was sent to"
    return notice(
        "{actor} invites you to {organization}".format_map(called),
        invited,
        f"{how}, {whose}." if link else f"{how} ({whose}).",
        f"It is good until {until:%d %B %Y, %H:%M} UTC, and once."
        " If you do not know what this is about, do nothing.",
        link=link,
    )


def _pending(other: InvitationId, path: tuple[str, ...] = ()) -> Conflict:
    text = "This address has a pending invitation: resend or revoke it."
    return Conflict(text, Reference("Invitation", other), path)


_OVER = {
    InvitationStatus.ACCEPTED: "was accepted already",
    InvitationStatus.REVOKED: "was revoked",
}


def _why_spent(invitation: InvitationFacts) -> str | None:
    if invitation.status in _OVER:
        return f"This invitation {_OVER[invitation.status]}."
    if invitation.status is InvitationStatus.EXPIRED:
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
