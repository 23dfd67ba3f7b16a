"""How invitations are listed, found and locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.filters import Conditions, TimeFilter, on
from db.models import Event, Invitation, Organization, User, now
from db.models.entity import choice
from domain.events import EventKind
from domain.ids import InvitationId
from domain.invitations import InvitationStatus


@dataclass(frozen=True, slots=True)
class InvitationStatusFilter:
    """Compares the status of an invitation."""

    in_: Annotated[tuple[InvitationStatus, ...] | None, "One of these."] = None
    not_in: Annotated[tuple[InvitationStatus, ...] | None, "None of these."] = None


@dataclass(frozen=True, slots=True)
class InvitationFilter:
    """Narrows a list of invitations; every condition that is given must hold."""

    status: Annotated[InvitationStatusFilter | None, "By status."] = None
    created_at: Annotated[TimeFilter | None, "By when it was made."] = None


def _is(status: InvitationStatus) -> ColumnElement[Any]:
    return literal(status, choice(InvitationStatus))


STATUS: ColumnElement[Any] = case(
    (Invitation.accepted_at.is_not(None), _is(InvitationStatus.ACCEPTED)),
    (Invitation.revoked_at.is_not(None), _is(InvitationStatus.REVOKED)),
    (Invitation.expires_at <= func.now(), _is(InvitationStatus.EXPIRED)),
    else_=_is(InvitationStatus.PENDING),
)
"""What `domain.invitations.status` says of each row."""

CONDITIONS: Conditions = {"status": on(STATUS), "created_at": on(Invitation.created_at)}

_OPEN = Invitation.accepted_at.is_(None) & Invitation.revoked_at.is_(None)


async def by_token(session: AsyncSession, token_hash: bytes) -> Invitation | None:
    """An invitation, not held."""
    return await session.scalar(select(Invitation).where(Invitation.token_hash == token_hash))


async def lock(session: AsyncSession, token_hash: bytes) -> Invitation | None:
    """The same, held, and as it is now."""
    statement = select(Invitation).where(Invitation.token_hash == token_hash).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def pending(
    session: AsyncSession, organization: UUID, email: str, *, without: UUID | None = None
) -> InvitationId | None:
    """The one that waits for an address; hold the organisation, so that no other is made."""
    statement = select(Invitation.id).where(
        Invitation.organization_id == organization,
        func.lower(Invitation.email) == func.lower(email),
        STATUS == InvitationStatus.PENDING,
    )
    if without is not None:
        statement = statement.where(Invitation.id != without)
    found = await session.scalar(statement.limit(1))
    return None if found is None else InvitationId(found)


async def mailed_since(
    session: AsyncSession, organization: UUID, email: str, since: datetime
) -> Sequence[datetime]:
    """When an address was invited by the organisation since then, oldest first."""
    statement = (
        select(Event.occurred_at)
        .join(Invitation, Invitation.id == Event.entity_id)
        .where(
            Invitation.organization_id == organization,
            func.lower(Invitation.email) == func.lower(email),
            Event.kind.in_([EventKind.MEMBER_INVITED, EventKind.INVITATION_RESENT]),
            Event.occurred_at > since,
        )
        .order_by(Event.occurred_at)
    )
    return (await session.scalars(statement)).all()


async def revoke_others(session: AsyncSession, accepted: Invitation) -> None:
    """Let no other invitation of the address to the organisation be accepted any more."""
    await session.execute(
        update(Invitation)
        .where(
            Invitation.organization_id == accepted.organization_id,
            func.lower(Invitation.email) == func.lower(accepted.email),
            Invitation.id != accepted.id,
            _OPEN,
        )
        .values(revoked_at=now())
    )


@dataclass(frozen=True, slots=True)
class ToMail:
    """What the mail of an invitation says."""

    invitation: Invitation
    inviter: str
    organization: str


async def to_mail(session: AsyncSession, id: UUID) -> ToMail | None:
    """An invitation that can still be accepted, and the names of who and what invites."""
    inviter = User.first_name + " " + User.last_name
    statement = (
        select(Invitation, inviter, Organization.name)
        .join(User, User.id == Invitation.inviter_id)
        .join(Organization, Organization.id == Invitation.organization_id)
        .where(Invitation.id == id, STATUS == InvitationStatus.PENDING)
    )
    found = (await session.execute(statement)).one_or_none()
    return None if found is None else ToMail(*found)
