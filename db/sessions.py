"""How sessions are found and locked, and who they belong to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import Membership, Organization, Session, User, granted, now
from db.reads import Reads
from db.statements import Written, compiled
from domain.accounts import UserStatus
from domain.actor import Actor
from domain.ids import OrganizationId, SessionId, UserId
from domain.permissions import PlatformRole, Role
from domain.sessions import SessionFacts


async def lock_session(session: AsyncSession, id: UUID) -> Session | None:
    return await session.scalar(select(Session).where(Session.id == id).with_for_update())


async def lock_all(session: AsyncSession, user: UUID) -> None:
    """Hold the living sessions of an account: before the account itself, as who refreshes one."""
    living = select(Session.id).where(Session.user_id == user, Session.revoked_at.is_(None))
    await session.execute(living.order_by(Session.id).with_for_update())


async def end_all(session: AsyncSession, user: UUID, *, but: UUID | None = None) -> None:
    """Revoke the sessions of an account, except one."""
    living = update(Session).where(Session.user_id == user, Session.revoked_at.is_(None))
    ended = living if but is None else living.where(Session.id != but)
    await session.execute(ended.values(revoked_at=now()))


async def lock_others(session: AsyncSession, user: UUID, but: UUID | None) -> Sequence[Session]:
    """Somebody's living sessions but that one, locked in the order in which they began."""
    statement = select(Session).where(
        Session.user_id == user,
        Session.id.is_distinct_from(but),
        Session.revoked_at.is_(None),
        Session.expires_at > now(),
    )
    return (await session.scalars(statement.order_by(Session.id).with_for_update())).all()


async def forget_ended(session: AsyncSession, before: datetime) -> None:
    """Delete the sessions that were over before then."""
    await session.execute(delete(Session).where(Session.expires_at < before))


async def end_impersonations(session: AsyncSession, by: UUID) -> Sequence[Session]:
    """End every session in which a person acts in somebody's place; those that were living."""
    living = update(Session).where(
        Session.impersonator_id == by, Session.revoked_at.is_(None), Session.expires_at > now()
    )
    ended = living.values(revoked_at=now()).returning(Session)
    return (await session.scalars(ended)).all()


def facts(row: Session) -> SessionFacts:
    return SessionFacts(
        row.created_at,
        row.current_hash,
        row.previous_hash,
        row.rotated_at,
        row.expires_at,
        row.revoked_at,
    )


def apply(row: Session, rotated: SessionFacts) -> None:
    """Write what the rules decided into the row."""
    row.current_hash, row.previous_hash = rotated.current_hash, rotated.previous_hash
    row.rotated_at, row.expires_at = rotated.rotated_at, rotated.expires_at
    row.last_seen_at = now()


Key = tuple[SessionId, UserId]


async def actor(reads: Reads, session_id: SessionId, user_id: UserId) -> Actor | None:
    """Who a living session of an active account belongs to; one statement.

    Who impersonates them has to be an administrator of the platform still.
    """
    key = (session_id, user_id)
    return (await actors(reads, [key])).get(key)


async def actors(reads: Reads, keys: Sequence[Key]) -> dict[Key, Actor]:
    """The same for many, of whom those whose session has ended are left out; one statement."""
    sessions = [session_id for session_id, _ in keys]
    rows: dict[Key, list[Any]] = {}
    for session_id, user_id, *row in await reads.rows(
        compiled(None, _memberships), {"sessions": sessions}
    ):
        rows.setdefault((SessionId(session_id), UserId(user_id)), []).append(row)
    return {key: _actor(found, *key) for key, found in rows.items()}


def _memberships() -> Written:
    impersonator = aliased(User)
    administers = select(impersonator.id).where(
        impersonator.id == Session.impersonator_id,
        impersonator.status == UserStatus.ACTIVE,
        impersonator.platform_role == PlatformRole.ADMIN,
    )
    return (
        select(
            Session.id,
            User.id,
            User.platform_role,
            Membership.organization_id,
            Membership.role,
            Membership.custom_name,
            Membership.custom_permissions,
            Organization.slug,
            Session.impersonator_id,
        )
        .select_from(User)
        .join(Session, Session.user_id == User.id)
        .outerjoin(Membership, (Membership.user_id == User.id) & Membership.left_at.is_(None))
        .outerjoin(Organization, Organization.id == Membership.organization_id)
        .where(
            Session.id == any_(bindparam("sessions", type_=ARRAY(Uuid()))),
            User.status == UserStatus.ACTIVE,
            Session.revoked_at.is_(None),
            Session.expires_at > func.now(),
            or_(Session.impersonator_id.is_(None), administers.exists()),
        )
    )


def _actor(rows: Sequence[Any], session_id: SessionId, user_id: UserId) -> Actor:
    platform_role, *_, impersonator = rows[0]
    return Actor(
        user_id=user_id,
        session_id=session_id,
        impersonator_id=impersonator,
        platform_role=PlatformRole.USER if impersonator else PlatformRole[platform_role],
        grants={
            OrganizationId(place): granted(Role[role] if role else None, name, permissions)
            for _, place, role, name, permissions, *_ in rows
            if place
        },
        slugs={slug: OrganizationId(place) for _, place, *_, slug, _ in rows if place},
    )
