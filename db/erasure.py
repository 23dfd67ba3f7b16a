"""How what is known of a person is deleted, and what others need of it is kept without them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Text,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    AccessToken,
    Confirmation,
    Event,
    IdempotencyKey,
    Invitation,
    Membership,
    Model,
    Notification,
    Organization,
    Session,
    TeamMember,
    TwoFactor,
)
from domain.permissions import Role


@dataclass(frozen=True, slots=True)
class Standing:
    """One of somebody's memberships, and how many members and ADMINs there are besides."""

    membership: Membership
    organization: Organization
    other_members: int
    other_admins: int


async def standings(session: AsyncSession, user: UUID) -> Sequence[Standing]:
    """Where the person belongs; the organisations are held, so that members stay as they are."""
    mine = select(Membership.organization_id).where(_of(user))
    places = (
        select(Organization)
        .where(Organization.id.in_(mine))
        .order_by(Organization.id)
        .with_for_update(key_share=True)
    )
    found = (await session.scalars(places)).all()
    return [await _standing(session, place, user) for place in found]


async def _standing(session: AsyncSession, place: Organization, user: UUID) -> Standing:
    here = (Membership.organization_id == place.id, Membership.left_at.is_(None))
    row = (await session.scalars(select(Membership).where(*here, _of(user)))).one()
    admins = func.count().filter(Membership.role == Role.ADMIN)
    others = select(func.count(), admins).where(*here, Membership.user_id != user)
    members, administrating = (await session.execute(others)).one()
    return Standing(row, place, members, administrating)


def _of(user: UUID) -> ColumnElement[bool]:
    return (Membership.user_id == user) & Membership.left_at.is_(None)


async def delete_belongings(session: AsyncSession, user: UUID, email: str) -> None:
    """Delete what is the person's alone, and let nobody sign in or join by it any more."""
    same = func.lower(email)
    belongings: list[tuple[type[Model], ColumnElement[bool]]] = [
        (Session, or_(Session.user_id == user, Session.impersonator_id == user)),
        (AccessToken, AccessToken.user_id == user),
        (TwoFactor, TwoFactor.user_id == user),
        (Confirmation, or_(Confirmation.user_id == user, func.lower(Confirmation.email) == same)),
        (TeamMember, TeamMember.user_id == user),
        (Notification, Notification.user_id == user),
        (IdempotencyKey, IdempotencyKey.actor_id == user),
        (Invitation, (func.lower(Invitation.email) == same) & Invitation.accepted_at.is_(None)),
    ]
    for model, theirs in belongings:
        statement = delete(model).where(theirs)
        await session.execute(statement.execution_options(synchronize_session=False))


async def forget_name(session: AsyncSession, user: UUID, email: str, called: str, to: str) -> None:
    """Let what others were told of the person, and what invited them, name nobody."""
    told_of = select(Event.id).where(Event.subject_id == user)
    for name, theirs in (
        ("actor", Notification.actor_id == user),
        ("person", Notification.event_id.in_(told_of)),
    ):
        nobody = func.jsonb_build_object(name, cast(literal(called), Text))
        await session.execute(
            update(Notification)
            .where(theirs, Notification.facts.has_key(name))
            .values(facts=cast(Notification.facts, JSONB).concat(nobody))
            .execution_options(synchronize_session=False)
        )
    await session.execute(
        update(Invitation)
        .where(func.lower(Invitation.email) == func.lower(email))
        .values(email=to)
        .execution_options(synchronize_session=False)
    )
