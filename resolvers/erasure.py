"""Accounts end: what is personal is erased, and what others need stays without a name."""

from dataclasses import dataclass
from typing import Annotated

from db import erasure, loaders, sessions
from db.administration import lock_admins
from db.models import User
from domain import erasure as rules
from domain.accounts import Theme, UserStatus
from domain.administration import check_is_there, check_keeps_an_admin
from domain.events import EventKind
from domain.ids import UserId
from domain.permissions import PlatformRole
from resolvers import avatars, memberships
from resolvers.administration import account
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.passwords import prove
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """That it is really you."""

    password: Annotated[str, "Your password."]


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Whose account is to end."""

    user: Annotated[UserId, "The person; not yourself."]
    if_version: IfVersion = None


async def delete_account(ctx: Context, input: DeleteAccount) -> bool:
    """End your account for good. Your name, address, picture, settings and all that you sign in
    with are erased, and you leave every organisation; what others need of what you wrote and
    decided stays, under “Deleted user”. Your address can be used for a new account.
    """
    await prove(ctx, input.password, at="password")
    async with ctx.transaction() as work:
        await erase(work, work.by, at="viewer")
    ctx.signed_out()
    return True


async def delete_user(ctx: Context, input: DeleteUser) -> User:
    """End somebody's account for good, as `deleteAccount` does."""
    async with ctx.transaction() as work:
        rules.check_other(input.user, work.by)
        return await erase(work, input.user, at="user", if_version=input.if_version)


async def erase(work: Work, id: UserId, *, at: str, if_version: int | None = None) -> User:
    """Leave nothing of an account but its id and its times.

    Raises `Conflict` where it is gone already, or where others are in need of it: it is the last
    ADMIN of an organisation, or the last administrator of the platform.
    """
    await sessions.lock_all(work.session, id)
    admins = await lock_admins(work.session)
    user = await work.lock(loaders.users, id, at=at, if_version=if_version)
    known = account(user)
    check_is_there(known)
    check_keeps_an_admin(known, admins)
    for standing in await erasure.standings(work.session, user.id):
        place, row = standing.organization, standing.membership
        rules.check_leaves(
            rules.Leaving(place.id, place.name, row.role, standing.other_members),
            standing.other_admins,
        )
        await memberships.end(work, row)
    address = rules.address(UserId(user.id))
    await erasure.delete_belongings(work.session, user.id, user.email)
    called = f"{rules.FIRST_NAME} {rules.LAST_NAME}"
    await erasure.forget_name(work.session, user.id, user.email, called, address)
    avatars.forget(work, user)
    _blank(user, address)
    work.record(EventKind.USER_DELETED, user)
    return user


def _blank(user: User, address: str) -> None:
    user.email, user.email_verified = address, False
    user.first_name, user.last_name = rules.FIRST_NAME, rules.LAST_NAME
    user.bio, user.locale, user.timezone = "", "en", "UTC"
    user.theme, user.notification_preferences = Theme.SYSTEM, {}
    user.password_hash = user.last_login_at = None
    user.platform_role = PlatformRole.USER
    user.status = UserStatus.DELETED
