"""Access tokens: who they act for, and what becomes of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, LargeBinary, Uuid, any_, bindparam, delete, select, update
from sqlalchemy import func as sql
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import AccessToken, Membership, Organization, User, granted, now
from db.reads import Reads
from db.statements import Written, compiled
from domain.accounts import UserStatus
from domain.actor import Actor
from domain.ids import AccessTokenId, OrganizationId, UserId
from domain.permissions import Permission, Role

_IS_LIVING = AccessToken.revoked_at.is_(None) & (
    AccessToken.expires_at.is_(None)
    | (AccessToken.expires_at > bindparam("now", type_=DateTime(timezone=True)))
)


async def named(reads: Reads, token_hash: bytes) -> AccessTokenId | None:
    """The token of that hash, whether or not it is still good; one statement."""
    rows = await reads.rows(compiled(None, _named), {"token_hash": token_hash})
    return AccessTokenId(UUID(int=rows[0][0].int)) if rows else None


def _named() -> Written:
    given = bindparam("token_hash", type_=LargeBinary())
    return select(AccessToken.id).where(AccessToken.token_hash == given)


async def actors(reads: Reads, ids: Sequence[AccessTokenId]) -> dict[AccessTokenId, Actor]:
    """For whom the tokens act, without those that are good no more; one statement.

    What they may do is what their owners may do now, as far as the tokens' scopes go.
    """
    rows: dict[AccessTokenId, list[Any]] = {}
    values = {"tokens": list(ids), "now": now()}
    for id, *row in await reads.rows(compiled(None, _memberships), values):
        rows.setdefault(AccessTokenId(id), []).append(row)
    return {id: _actor(found, id) for id, found in rows.items()}


def _memberships() -> Written:
    limited = AccessToken.organization_id.is_(None) | (
        AccessToken.organization_id == Membership.organization_id
    )
    return (
        select(
            AccessToken.id,
            AccessToken.user_id,
            AccessToken.scopes,
            AccessToken.expires_at,
            Membership.organization_id,
            Membership.role,
            Membership.custom_name,
            Membership.custom_permissions,
            Organization.slug,
        )
        .select_from(AccessToken)
        .join(User, User.id == AccessToken.user_id)
        .outerjoin(
            Membership, (Membership.user_id == User.id) & Membership.left_at.is_(None) & limited
        )
        .outerjoin(Organization, Organization.id == Membership.organization_id)
        .where(
            AccessToken.id == any_(bindparam("tokens", type_=ARRAY(Uuid()))),
            User.status == UserStatus.ACTIVE,
            _IS_LIVING,
        )
    )


def _actor(rows: Sequence[Any], id: AccessTokenId) -> Actor:
    user, scopes, expires_at, *_ = rows[0]
    within = permissions(scopes)
    return Actor(
        user_id=UserId(user),
        token_id=id,
        grants={
            OrganizationId(place): granted(Role[role] if role else None, name, own).within(within)
            for _, _, _, place, role, name, own, _ in rows
            if place
        },
        slugs={slug: OrganizationId(place) for *_, place, _, _, _, slug in rows if place},
        expires_at=expires_at,
    )


def permissions(scopes: Sequence[str]) -> frozenset[Permission]:
    """The permissions of those names; what only a newer release knows is left out."""
    return frozenset(Permission[each] for each in scopes if each in Permission.__members__)


async def count_living(session: AsyncSession, user: UUID) -> int:
    """How many tokens of theirs are good."""
    statement = select(sql.count()).where(AccessToken.user_id == user, _IS_LIVING)
    return await session.scalar(statement, {"now": now()}) or 0


async def note_use(session: AsyncSession, id: UUID, at: datetime, unless_within: timedelta) -> None:
    """Write when a token was used, unless another process has just done so."""
    last = AccessToken.last_used_at
    statement = update(AccessToken).where(
        AccessToken.id == id, last.is_(None) | (last <= at - unless_within)
    )
    # It is no change of the token: its version stays.
    await session.execute(
        statement.values(last_used_at=at, updated_at=AccessToken.updated_at),
        execution_options={"synchronize_session": False},
    )


async def forget(session: AsyncSession, before: datetime) -> None:
    """Delete the tokens that were good no more before then."""
    is_over = (AccessToken.revoked_at < before) | (AccessToken.expires_at < before)
    await session.execute(delete(AccessToken).where(is_over))
