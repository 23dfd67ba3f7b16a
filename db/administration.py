"""How the platform's accounts are listed, and its administrators held."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Subquery, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.audit import first_id
from db.filters import Asked, Conditions, Direction, TimeFilter, given, holds, on, words
from db.lists import Many
from db.models import Event, Membership, User, now
from db.notifications import OrganizationFilter
from domain.accounts import UserStatus
from domain.events import EventKind
from domain.ids import UserId
from domain.permissions import PlatformRole


class AccountOrderField(StrEnum):
    NAME = "NAME"
    EMAIL = "EMAIL"
    CREATED_AT = "CREATED_AT"
    LAST_LOGIN_AT = "LAST_LOGIN_AT"


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """One criterion that accounts are sorted by."""

    field: Annotated[AccountOrderField, "What to sort by."]
    direction: Annotated[Direction, "Which way."] = Direction.ASC


@dataclass(frozen=True, slots=True)
class UserStatusFilter:
    """Compares the status of an account."""

    in_: Annotated[tuple[UserStatus, ...] | None, "One of these."] = None


@dataclass(frozen=True, slots=True)
class PlatformRoleFilter:
    """Compares what somebody may do on the platform."""

    in_: Annotated[tuple[PlatformRole, ...] | None, "One of these."] = None


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Narrows the list of accounts; every condition that is given must hold."""

    search: Annotated[
        str | None, "Words, or beginnings of words, that occur in the name or the address."
    ] = None
    status: Annotated[
        UserStatusFilter | None, "By status; without it, deleted accounts are left out."
    ] = None
    platform_role: Annotated[PlatformRoleFilter | None, "By the role on the platform."] = None
    email_verified: Annotated[
        bool | None, "Those whose address is known to be theirs only, or only the others."
    ] = None
    created_at: Annotated[TimeFilter | None, "By when the account was opened."] = None
    last_login_at: Annotated[
        TimeFilter | None, "By when they last signed in; who never did meets no condition."
    ] = None
    organization: Annotated[OrganizationFilter | None, "Members of an organisation."] = None


class _belonging:  # noqa: N801 - reads as a word, as `on` does
    """Whether somebody is a member of an organisation now."""

    def asked(self, filter: OrganizationFilter) -> Iterator[tuple[str, Any]]:
        for name, ids in given(filter):
            yield name, list(ids)

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        there = on(Membership.organization_id).sql(operator, parameter)
        members = select(Membership.id).where(Membership.user_id == User.id, there)
        return members.where(Membership.left_at.is_(None)).exists()


_NEVER = literal(datetime(1970, 1, 1, tzinfo=UTC), DateTime(timezone=True))
ORDERS = {
    AccountOrderField.NAME: func.lower(User.last_name + " " + User.first_name),
    AccountOrderField.EMAIL: func.lower(User.email),
    AccountOrderField.CREATED_AT: User.created_at,
    AccountOrderField.LAST_LOGIN_AT: func.coalesce(User.last_login_at, _NEVER),
}
CONDITIONS: Conditions = {
    "search": words(User.search),
    "status": on(User.status),
    "platform_role": on(User.platform_role),
    "email_verified": holds(User.email_verified),
    "created_at": on(User.created_at),
    "last_login_at": on(User.last_login_at),
    "organization": _belonging(),
}


class Accounts(Many[User]):
    """Those that can be used or were suspended; deleted ones where a status is asked for."""

    def _where(self, form: Asked, keys: Subquery) -> list[ColumnElement[bool]]:
        conditions = super()._where(form, keys)
        if any(name == "status" for name, _ in form):
            return conditions
        return [*conditions, User.status != UserStatus.DELETED]


async def lock_admins(session: AsyncSession) -> set[UserId]:
    """Who administers the platform and can sign in, held so that they change one at a time."""
    statement = (
        select(User.id)
        .where(User.platform_role == PlatformRole.ADMIN, User.status == UserStatus.ACTIVE)
        .order_by(User.id)
        .with_for_update(key_share=True)
    )
    return {UserId(id) for id in await session.scalars(statement)}


async def was_refused(session: AsyncSession, user: UUID, within: timedelta) -> bool:
    """Whether it was recorded lately that somebody tried what only administrators may do."""
    statement = select(Event.id).where(
        Event.subject_id == user,
        Event.kind == EventKind.ACCESS_REFUSED,
        Event.id > first_id(now() - within),
    )
    return await session.scalar(statement.limit(1)) is not None
