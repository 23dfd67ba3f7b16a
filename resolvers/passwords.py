"""Passwords: how they are changed, and replaced when they are forgotten."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from auth.tokens import digest
from db import accounts, confirmations, sessions
from db.models import Confirmation, User, new_id
from domain.account_letters import password_changed
from domain.accounts import UserStatus
from domain.confirmations import Purpose
from domain.errors import Invalid, refuse
from domain.events import EventKind
from domain.ids import SessionId
from domain.passwords import check_password, check_replacement
from resolvers import guessing
from resolvers.addresses import checked_address
from resolvers.confirmations import ask, unusable
from resolvers.context import Context
from resolvers.mailing import post
from resolvers.work import Work

TELL = "passwords.tell"


@dataclass(frozen=True, slots=True)
class RequestPasswordReset:
    """Who has forgotten their password."""

    email: Annotated[str, "The address of the account."]


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """A new password for who has forgotten theirs."""

    token: Annotated[str, "The token that was mailed to the address of the account."]
    password: Annotated[str, "The new password, after the rules of `register`."]


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Another password."""

    current_password: Annotated[str, "The password of your account."]
    password: Annotated[str, "The new one, after the rules of `register`."]


async def request_password_reset(ctx: Context, input: RequestPasswordReset) -> bool:
    """Ask for a new password. A mail is sent to the address of an account that can be used, with a
    token for `resetPassword`, which is good for an hour; at most five mails an hour. The answer is
    the same whether or not there is such an account.
    """
    email = checked_address(input.email)
    async with ctx.transaction() as work:
        ask(ctx, work, Purpose.PASSWORD_RESET, email)
    return True


async def reset_password(ctx: Context, input: ResetPassword) -> bool:
    """Choose a new password with the token of a mail. All sessions of the account end; sign in with
    the new password. A token is good once; used, too old and unknown ones get the same answer.
    """
    asked = await _asked(ctx, input.token)
    refuse(list(check_password(input.password, asked.email)))
    hashed = await ctx.resources.passwords.hash(input.password)
    async with ctx.transaction() as work:
        user = await _forgetful(work, asked)
        if not user.email_verified:
            user.email_verified = True
            work.record(EventKind.EMAIL_VERIFIED, user, actor=user.id)
        await _replace(work, user, hashed)
        await guessing.clear(ctx, work, user.email)
    return True


async def change_password(ctx: Context, input: ChangePassword) -> bool:
    """Choose another password. Your other sessions end; this one goes on."""
    known = await prove(ctx, input.current_password, at="currentPassword")
    problems = list(check_password(input.password, known.email))
    refuse(problems + list(check_replacement(input.password, input.current_password)))
    before, hashed = known.password_hash, await ctx.resources.passwords.hash(input.password)
    async with ctx.transaction() as work:
        user = await _lock(work, known.id)
        if user.password_hash != before:
            raise _wrong("currentPassword")
        await _replace(work, user, hashed, ctx.actor.session_id)
    return True


async def prove(ctx: Context, password: str, *, at: str) -> User:
    """The caller's account, as they know its password; raises `Invalid` where they do not, and
    `LimitReached` for guesses.
    """
    async with ctx.reading() as session:
        user = await session.get_one(User, ctx.actor.in_person)
    check = partial(ctx.resources.passwords.verify, user.password_hash, password)
    tried = guessing.password_of(user.email)
    if not await guessing.passes(ctx, tried, check, user=user.id, path=(at,)):
        raise _wrong(at)
    return user


async def tell(ctx: Context, to: str, key: str) -> None:
    """Write to somebody that their password was changed."""
    await post(ctx, key, to, password_changed())


async def _asked(ctx: Context, token: str) -> Confirmation:
    async with ctx.reading() as session:
        asked = await confirmations.by_token(session, digest(token), Purpose.PASSWORD_RESET)
    if asked is None:
        raise unusable()
    return asked


async def _forgetful(work: Work, asked: Confirmation) -> User:
    """Who asked for it, which is spent; raises `NotFound` where it opens nothing."""
    found = await accounts.by_email(work.session, asked.email)
    user = await _lock(work, found.id) if found else None
    is_good = await confirmations.spend(work.session, asked.id)
    if user is None or user.status is not UserStatus.ACTIVE or not is_good:
        raise unusable()
    return user


async def _lock(work: Work, user: UUID) -> User:
    await sessions.lock_all(work.session, user)
    return await accounts.lock_user(work.session, user)


def _wrong(at: str) -> Invalid:
    return Invalid.at(at, message="This is not your password.")


async def _replace(work: Work, user: User, hashed: str, spared: SessionId | None = None) -> None:
    """No session but the spared one, and no token that was mailed, outlives the old password."""
    user.password_hash = hashed
    await sessions.end_all(work.session, user.id, but=spared)
    await confirmations.forget_of(work.session, user)
    work.record(EventKind.PASSWORD_CHANGED, user, actor=user.id)
    work.later(TELL, {"to": user.email, "key": f"password-changed.{new_id()}"})
