"""Second factors: turning them on and off, and signing in with them."""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from auth import two_factor as secrets
from auth.challenges import Challenge
from db import accounts
from db import two_factor as factors
from db.models import TwoFactor, User, new_id, now
from domain import two_factor as rules
from domain.accounts import UserStatus
from domain.errors import Unauthenticated
from domain.events import EventKind
from domain.letters import notice
from resolvers import challenges, codes
from resolvers.context import Context
from resolvers.cookies import HandedOver, InCookies, check_cookies
from resolvers.mailing import post
from resolvers.passwords import prove
from resolvers.sessions import SUSPENDED, handed_over, start
from resolvers.work import Work

TELL = "two_factor.tell"
"""The job that mails to somebody what happened to their second factor."""

IS_ON = "You have a second factor already: disable it first."
IS_OFF = "You have no second factor: enable one first."
NOT_BEGUN = "There is nothing to confirm: call `enableTwoFactor` first."


@dataclass(frozen=True, slots=True)
class EnableTwoFactor:
    """To begin with a second factor."""

    password: Annotated[str, "Your password."]


@dataclass(frozen=True, slots=True)
class ConfirmTwoFactor:
    """Shows that your authenticator has the secret."""

    code: Annotated[str, "The six digits that your authenticator shows now."]


@dataclass(frozen=True, slots=True)
class DisableTwoFactor:
    """To do without a second factor."""

    password: Annotated[str, "Your password."]
    code: Annotated[str, "What your authenticator shows now, or a recovery code."]


@dataclass(frozen=True, slots=True)
class ReplaceRecoveryCodes:
    """To have new recovery codes."""

    password: Annotated[str, "Your password."]
    code: Annotated[str, "What your authenticator shows now, or a recovery code."]


@dataclass(frozen=True, slots=True)
class VerifyTwoFactor:
    """The second half of signing in."""

    challenge: Annotated[str, "What `login` answered in `TwoFactorRequired`."]
    code: Annotated[str, "What your authenticator shows now, or a recovery code."]
    cookies: InCookies = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A secret that is to be confirmed, shown once."""

    user: User
    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Recovery codes, shown once."""

    user: User
    recovery_codes: list[str] = field(repr=False)


async def enable(ctx: Context, input: EnableTwoFactor) -> Enrolment:
    """Begin with a second factor: put the secret into an authenticator, then call
    `confirmTwoFactor`. Until then nothing changes; doing this again replaces the secret.
    """
    await prove(ctx, input.password, at="password")
    secret = secrets.new_secret()
    sealed = ctx.resources.vault.seal(secret.encode())
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, work.by)
        row = await factors.lock(work.session, user.id)
        if row is None:
            row = TwoFactor(id=new_id(), user_id=user.id)
            work.session.add(row)
        elif row.confirmed_at is not None:
            raise codes.conflict(user.id, IS_ON)
        row.secret = sealed
    return Enrolment(user, secret, secrets.uri(secret, user.email))


async def confirm(ctx: Context, input: ConfirmTwoFactor) -> Recovery:
    """Have the second factor asked for from now on. Answers the recovery codes, which are shown
    this once: each lets you in one time without the authenticator.
    """
    me = ctx.actor.signed_in
    otherwise = codes.conflict(me, NOT_BEGUN)
    made, hashes = codes.new_recovery_codes()
    await codes.check(ctx, me, input.code, otherwise, confirmed=False)
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, me)
        row = await codes.use(ctx, work, user, input.code, otherwise, confirmed=False)
        row.confirmed_at, row.recovery_hashes = now(), hashes
        _happened(work, EventKind.TWO_FACTOR_ENABLED, user)
    return Recovery(user, made)


async def disable(ctx: Context, input: DisableTwoFactor) -> User:
    """Do without a second factor from now on."""
    me = ctx.actor.signed_in
    otherwise = codes.conflict(me, IS_OFF)
    await prove(ctx, input.password, at="password")
    await codes.check(ctx, me, input.code, otherwise)
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, me)
        await work.session.delete(await codes.use(ctx, work, user, input.code, otherwise))
        _happened(work, EventKind.TWO_FACTOR_DISABLED, user)
    return user


async def replace_recovery_codes(ctx: Context, input: ReplaceRecoveryCodes) -> Recovery:
    """Have ten new recovery codes, shown this once; those from before are good no more."""
    me = ctx.actor.signed_in
    otherwise = codes.conflict(me, IS_OFF)
    await prove(ctx, input.password, at="password")
    made, hashes = codes.new_recovery_codes()
    await codes.check(ctx, me, input.code, otherwise)
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, me)
        row = await codes.use(ctx, work, user, input.code, otherwise)
        row.recovery_hashes = hashes
        _happened(work, EventKind.RECOVERY_CODES_REPLACED, user)
    return Recovery(user, made)


async def verify(ctx: Context, input: VerifyTwoFactor) -> HandedOver:
    """Sign in with the code that `login` asked for, within five minutes. A code is good once."""
    check_cookies(ctx, wanted=input.cookies)
    challenge, otherwise = challenges.opened(ctx, input.challenge), challenges.over()
    async with ctx.reading() as session:
        _check_challenge(challenge, await factors.owner(session, challenge.user_id))
    await codes.check(ctx, challenge.user_id, input.code, otherwise)
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, challenge.user_id)
        _check_challenge(challenge, user)
        row = await codes.use(ctx, work, user, input.code, otherwise)
        if not rules.is_timed(rules.plain(input.code)):
            left = {"left": len(row.recovery_hashes)}
            _happened(work, EventKind.RECOVERY_CODE_USED, user, after=left)
        user.last_login_at = now()
        signed_in = start(ctx, work, user)
    return await handed_over(ctx, signed_in, in_cookies=input.cookies)


async def tell(ctx: Context, user: UUID, kind: EventKind, key: str) -> None:
    """Mail to somebody what happened to their second factor."""
    async with ctx.database.read() as session:
        row = await factors.owner(session, user)
    if row is not None and row.status is UserStatus.ACTIVE:
        told = rules.NOTICES[kind]
        await post(ctx, key, row.email, notice(told.subject, told.text, told.advice))


def _happened(work: Work, kind: EventKind, user: User, after: dict[str, int] | None = None) -> None:
    work.record(kind, user, actor=user.id, after=after)
    named = f"{TELL}.{new_id()}"
    work.later(TELL, {"user": str(user.id), "kind": kind.value, "key": named})


def _check_challenge(challenge: Challenge, user: User | None) -> None:
    """Raises unless the account can be used, and has the password that was given before."""
    if user is None or not challenge.is_of(user.password_hash):
        raise challenges.over()
    if user.status is not UserStatus.ACTIVE:
        raise Unauthenticated(SUSPENDED)
