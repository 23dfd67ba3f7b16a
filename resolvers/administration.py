"""Accounts, as administrators of the platform look after them."""

from dataclasses import dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from db import administration, confirmations, loaders, sessions
from db.models import User, new_id
from domain import accounts
from domain import administration as rules
from domain.accounts import UserStatus
from domain.confirmations import Purpose
from domain.errors import Invalid, NotAdministrator, refuse
from domain.events import EventKind
from domain.ids import UserId
from domain.locales import canonical
from domain.permissions import PlatformRole
from domain.profiles import check_home
from domain.unset import UNSET, Unset, or_else
from resolvers.addresses import address
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.welcomes import welcome
from resolvers.work import Work

_TAKEN = "There is an account with this address already."

Reason = Annotated[str, "Why, in up to 10,000 characters; it is kept in the record."]


@dataclass(frozen=True, slots=True)
class CreateUser:
    """An account for somebody else."""

    email: Annotated[str, "The address to sign in with; it can be used once."]
    first_name: Annotated[str, "Given name, up to 200 characters."]
    last_name: Annotated[str, "Family name, up to 200 characters."]
    platform_role: Annotated[PlatformRole, "What they may do on the platform."] = PlatformRole.USER


@dataclass(frozen=True, slots=True)
class UpdateUser:
    """What to change of an account; what is left out stays as it is."""

    user: Annotated[UserId, "Whose account."]
    first_name: Annotated[str | Unset, "Given name, up to 200 characters."] = UNSET
    last_name: Annotated[str | Unset, "Family name, up to 200 characters."] = UNSET
    email: Annotated[
        str | Unset, "The address to sign in with; another one is not known to be theirs."
    ] = UNSET
    locale: Annotated[str | Unset, "The language they read, as a BCP 47 tag."] = UNSET
    timezone: Annotated[str | Unset, "The time zone they live in, by its IANA name."] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class SuspendUser:
    """Whom to keep out."""

    user: Annotated[UserId, "Whose account; not your own."]
    reason: Reason
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class ReinstateUser:
    """Whom to let in again."""

    user: Annotated[UserId, "Whose account; it must be suspended."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class SetPlatformRole:
    """Somebody's new role on the platform."""

    user: Annotated[UserId, "Whose role."]
    role: Annotated[PlatformRole, "The role from now on."]
    if_version: IfVersion = None


async def create(ctx: Context, input: CreateUser) -> User:
    """Open an account for somebody. They are mailed how to choose a password, which they can do for
    seven days; after that they ask for a new one as whoever forgot theirs.
    """
    email, problems = address(input.email)
    refuse([*problems, *accounts.check_name(input.first_name, input.last_name)])
    row = User(
        id=new_id(),
        email=email,
        first_name=input.first_name.strip(),
        last_name=input.last_name.strip(),
        platform_role=input.platform_role,
    )
    async with ctx.transaction() as work:
        async with work.unique("uq_users_email", Invalid.at("email", message=_TAKEN)):
            work.session.add(row)
        after = {"email": email, "platformRole": input.platform_role.value}
        work.record(EventKind.USER_CREATED, row, after=after)
        welcome(ctx, work, row)
    return row


async def update(ctx: Context, input: UpdateUser) -> User:
    """Correct an account. Whoever it belongs to stays signed in; with another address, nothing that
    was mailed to the one before is of any use.
    """
    email, problems = ("", []) if isinstance(input.email, Unset) else address(input.email)
    async with ctx.transaction() as work:
        row = await lock_account(work, input.user, input.if_version)
        before = _details(row)
        row.first_name = or_else(input.first_name, row.first_name).strip()
        row.last_name = or_else(input.last_name, row.last_name).strip()
        row.locale = canonical(or_else(input.locale, row.locale))
        row.timezone = or_else(input.timezone, row.timezone)
        problems += accounts.check_name(row.first_name, row.last_name)
        refuse([*problems, *check_home(row.locale, row.timezone)])
        await _readdress(work, row, email or row.email)
        work.record(EventKind.USER_UPDATED, row, before=before, after=_details(row))
    return row


async def suspend(ctx: Context, input: SuspendUser) -> User:
    """Keep somebody out until they are reinstated: all their sessions end at once, on every server.
    Nobody can choose them as an approver meanwhile; what waits for them already goes on waiting,
    unless it is handed to others.
    """
    refuse(list(rules.check_reason(input.reason)))
    async with ctx.transaction() as work:
        await sessions.lock_all(work.session, input.user)
        admins = await hold_admins(work)
        row = await lock_account(work, input.user, input.if_version)
        rules.check_suspension(account(row), work.by, admins)
        row.status = UserStatus.SUSPENDED
        await sessions.end_all(work.session, row.id)
        work.record(
            EventKind.USER_SUSPENDED,
            row,
            before={"status": UserStatus.ACTIVE.value},
            after={"status": row.status.value, "reason": input.reason},
        )
        await end_impersonations(work, row.id)
    return row


async def reinstate(ctx: Context, input: ReinstateUser) -> User:
    """Let somebody who was suspended sign in again."""
    async with ctx.transaction() as work:
        row = await lock_account(work, input.user, input.if_version)
        rules.check_reinstatement(account(row))
        row.status = UserStatus.ACTIVE
        before, after = UserStatus.SUSPENDED.value, row.status.value
        work.record(
            EventKind.USER_REINSTATED, row, before={"status": before}, after={"status": after}
        )
    return row


async def set_platform_role(ctx: Context, input: SetPlatformRole) -> User:
    """Give somebody another role on the platform, which keeps at least one administrator. Who is no
    longer one acts in nobody's place any more.
    """
    async with ctx.transaction() as work:
        admins = await hold_admins(work)
        row = await lock_account(work, input.user, input.if_version)
        rules.check_platform_role(account(row), input.role, admins)
        before, row.platform_role = row.platform_role, input.role
        work.record(
            EventKind.PLATFORM_ROLE_CHANGED,
            row,
            before={"platformRole": before.value},
            after={"platformRole": row.platform_role.value},
        )
        if input.role is not PlatformRole.ADMIN:
            await end_impersonations(work, row.id)
    if row.id == ctx.actor.user_id:
        ctx.caller.become(replace(ctx.actor, platform_role=input.role))
    return row


async def hold_admins(work: Work) -> set[UserId]:
    """The platform's administrators, who change one at a time; raises `NotAdministrator` where the
    caller was one a moment ago.
    """
    admins = await administration.lock_admins(work.session)
    if work.by not in admins:
        raise NotAdministrator
    return admins


async def lock_account(work: Work, id: UserId, if_version: int | None) -> User:
    """The account, held until the end; raises `Conflict` for one that is deleted."""
    row = await work.lock(loaders.users, id, at="user", if_version=if_version)
    rules.check_is_there(account(row))
    return row


async def end_impersonations(work: Work, by: UUID) -> None:
    """Let a person act in nobody's place any more; each is recorded as a session that ended."""
    for session in await sessions.end_impersonations(work.session, by):
        work.record(EventKind.SESSION_ENDED, session, subject=session.user_id)


def account(row: User) -> rules.Account:
    return rules.Account(UserId(row.id), row.status, row.platform_role)


async def _readdress(work: Work, row: User, email: str) -> None:
    """Another address is to be verified anew; another spelling of the same one is not."""
    before, is_another = row.email, email.lower() != row.email.lower()
    row.email_verified = row.email_verified and not is_another
    async with work.unique("uq_users_email", Invalid.at("email", message=_TAKEN)):
        row.email = email
    if is_another:
        await confirmations.forget_of(work.session, row)
        await confirmations.forget_all(work.session, before, Purpose.PASSWORD_RESET)


def _details(row: User) -> dict[str, Any]:
    return {
        "firstName": row.first_name,
        "lastName": row.last_name,
        "email": row.email,
        "emailVerified": row.email_verified,
        "locale": row.locale,
        "timezone": row.timezone,
    }
