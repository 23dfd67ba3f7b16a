"""Accounts end: what is personal is erased, and what others need stays without a name."""

from dataclasses import dataclass
from typing import Annotated

from db import erasure, loaders
from db.models import Membership, User, now
from domain import erasure as rules
from domain.accounts import Theme, UserStatus
from domain.events import EventKind
from domain.ids import UserId
from domain.permissions import PlatformRole
from resolvers import approvers, avatars
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
        await erase(work, await work.lock(loaders.users, work.by, at="viewer"))
    ctx.signed_out()
    return True


async def delete_user(ctx: Context, input: DeleteUser) -> User:
    """End somebody's account for good, as `deleteAccount` does."""
    async with ctx.transaction() as work:
        user = await work.lock(loaders.users, input.user, at="user", if_version=input.if_version)
        rules.check_other(UserId(user.id), work.by)
        await erase(work, user)
    return user


async def erase(work: Work, user: User) -> None:
    """Leave nothing of an account, which is held, but its id and its times.

    Raises `Conflict` where it is gone already, or where others are in need of it: it is the last
    ADMIN of an organisation, or the last administrator of the platform.
    """
    rules.check_there(UserId(user.id), user.status)
    if user.platform_role is PlatformRole.ADMIN:
        rules.check_administrators(
            UserId(user.id), await erasure.other_administrators(work.session, user.id)
        )
    for standing in await erasure.standings(work.session, user.id):
        place, row = standing.organization, standing.membership
        rules.check_leaves(
            rules.Leaving(place.id, place.name, row.role, standing.other_members),
            standing.other_admins,
        )
        await _leave(work, row)
    address = rules.address(UserId(user.id))
    await erasure.delete_belongings(work.session, user.id, user.email)
    called = f"{rules.FIRST_NAME} {rules.LAST_NAME}"
    await erasure.forget_name(work.session, user.id, user.email, called, address)
    avatars.forget(work, user)
    _blank(user, address)
    work.record(EventKind.USER_DELETED, user)


async def _leave(work: Work, row: Membership) -> None:
    row.left_at = now()
    before = {"role": row.grant.name, "user": str(row.user_id)}
    work.record(EventKind.MEMBER_REMOVED, row, subject=row.organization_id, before=before)
    await work.session.flush()
    await approvers.release_approver(work, row.organization_id, row.user_id)


def _blank(user: User, address: str) -> None:
    user.email, user.email_verified = address, False
    user.first_name, user.last_name = rules.FIRST_NAME, rules.LAST_NAME
    user.bio, user.locale, user.timezone = "", "en", "UTC"
    user.theme, user.notification_preferences = Theme.SYSTEM, {}
    user.password_hash = user.last_login_at = None
    user.platform_role = PlatformRole.USER
    user.status = UserStatus.DELETED
