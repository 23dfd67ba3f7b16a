"""Sessions: coming in, staying in, going out."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from auth.tokens import digest, next_refresh_token, refresh_token, session_of
from db import accounts, sessions
from db.models import Session, User, new_id, now
from domain import sessions as rules
from domain.accounts import UserStatus
from domain.errors import Invalid, Unauthenticated
from domain.events import EventKind
from domain.ids import SessionId, UserId
from resolvers import challenges, guessing
from resolvers.addresses import address
from resolvers.context import Context
from resolvers.cookies import (
    HandedOver,
    InCookies,
    brought_token,
    check_cookies,
    forget,
    forgotten_where_ended,
    in_answer,
    in_jar,
)
from resolvers.work import Work

ENDED = "This session has ended: sign in again."
SUSPENDED = "This account is suspended."
NOT_BROUGHT = "Give the refresh token: no cookie brings it."


@dataclass(frozen=True, slots=True)
class Login:
    """Address and password."""

    email: Annotated[str, "The address of the account."]
    password: Annotated[str, "Its password."]
    cookies: InCookies = False


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """What keeps a session going."""

    refresh_token: Annotated[
        str | None, "The refresh token that was handed out last; that of the cookies unless given."
    ] = None
    cookies: InCookies = False


@dataclass(frozen=True, slots=True)
class Logout:
    """Which session to end."""

    refresh_token: Annotated[
        str | None,
        "The session's refresh token; the session of this request, whose cookies are cleared,"
        " unless given.",
    ] = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session's tokens, shown once."""

    user: User
    session: Session
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


async def login(ctx: Context, input: Login) -> HandedOver:
    """Sign in with address and password. What is wrong with them is not told: the answer is the
    same whether or not there is such an account. Who has a second factor is asked for it by a
    `TwoFactorRequired` error; whoever fails too often has to wait, as a `LimitError` says.
    """
    check_cookies(ctx, wanted=input.cookies)
    email, _ = address(input.email)
    async with ctx.reading() as session:
        found = await accounts.by_email(session, email)
    passwords = ctx.resources.passwords
    check = partial(passwords.verify, found.password_hash if found else None, input.password)
    tried, user_id = guessing.password_of(email), found.id if found else None
    is_right = await guessing.passes(ctx, tried, check, user=user_id, path=("password",))
    if not is_right or found is None:
        raise Invalid.at("password", message="This address and password do not belong together.")
    _check_active(found)
    before = found.password_hash
    upgraded = await passwords.upgraded(before, input.password)
    await challenges.require(ctx, found, upgraded)
    async with ctx.transaction() as work:
        user = await accounts.lock_user(work.session, found.id)
        _check_active(user)
        is_same = user.password_hash == before
        if is_same:
            user.last_login_at = now()
            user.password_hash = upgraded
            signed_in = start(ctx, work, user)
    if not is_same:  # it was changed meanwhile, or hashed anew for somebody who signed in first
        return await login(ctx, input)
    return await handed_over(ctx, signed_in, in_cookies=input.cookies)


async def refresh_session(ctx: Context, input: RefreshSession) -> HandedOver:
    """Exchange a refresh token for new tokens. Each is good once: a second use, more than ten
    seconds later, ends the session, for then somebody else may hold a copy. Within them, a second
    use gives the same refresh token as the first. Without a token it is that of the cookies, which
    then keep the new ones.
    """
    check_cookies(ctx, wanted=input.cookies)
    if input.refresh_token is not None:
        signed_in = await _refreshed(ctx, input.refresh_token)
        return await handed_over(ctx, signed_in, in_cookies=input.cookies)
    token = brought_token(ctx)
    if token is None:
        raise Invalid.at("refreshToken", message=NOT_BROUGHT)
    with forgotten_where_ended(ctx):
        signed_in = await _refreshed(ctx, token)
    return await handed_over(ctx, signed_in, in_cookies=True)


async def logout(ctx: Context, input: Logout) -> bool:
    """End a session: its tokens stop working within a second, on every server. Ending it twice
    does no harm.
    """
    if input.refresh_token:
        return await _end(ctx, input.refresh_token)
    with forgotten_where_ended(ctx):
        await _end(ctx, None if ctx.actor.session_id else brought_token(ctx))
    forget(ctx)
    return True


async def _end(ctx: Context, presented: str | None) -> bool:
    """End the session of the token or, without one, of the request."""
    id = session_of(presented) if presented else ctx.actor.session_id
    async with ctx.transaction() as work:
        row = await sessions.lock_session(work.session, id) if id else None
        if row is None or not _holds(ctx, row, presented):
            raise Unauthenticated(ENDED)
        if row.revoked_at is None:
            row.revoked_at = now()
            work.record(EventKind.SESSION_ENDED, row, subject=row.user_id, actor=row.user_id)
    if row.id == ctx.actor.session_id:
        ctx.signed_out()
    return True


def start(ctx: Context, work: Work, user: User) -> SignedIn:
    """A new session of the account, on the device that asks."""
    at = now()
    session = Session(
        id=new_id(),
        user_id=user.id,
        user_agent=ctx.user_agent[:500],
        ip=ctx.ip,
        created_at=at,
        expires_at=ctx.resources.session_lifetime.end(at, at),
    )
    token = refresh_token(session.id)
    session.current_hash = digest(token)
    work.session.add(session)
    work.record(EventKind.SESSION_STARTED, session, subject=user.id, actor=user.id)
    return _signed_in(ctx, user, session, token)


async def _refreshed(ctx: Context, presented: str) -> SignedIn:
    async with ctx.transaction() as work:
        signed_in = await _rotate(ctx, work, presented)
    if signed_in is None:
        raise Unauthenticated(ENDED)
    return signed_in


async def _rotate(ctx: Context, work: Work, presented: str) -> SignedIn | None:
    """New tokens; None when the old one was used again, which revokes the session."""
    id = session_of(presented)
    row = await sessions.lock_session(work.session, id) if id else None
    if row is None:
        raise Unauthenticated(ENDED)
    token = _successor(ctx, row, presented)
    try:
        rotated = rules.rotate(
            sessions.facts(row),
            digest(presented),
            digest(token),
            now(),
            ctx.resources.session_lifetime,
        )
    except rules.Ended:
        raise Unauthenticated(ENDED) from None
    except rules.Reused:
        row.revoked_at = now()
        work.record(EventKind.SESSION_REUSED, row, subject=row.user_id, actor=row.user_id)
        return None
    sessions.apply(row, rotated)
    user = await accounts.lock_user(work.session, row.user_id)
    _check_active(user)
    return _signed_in(ctx, user, row, token)


def _successor(ctx: Context, row: Session, presented: str) -> str:
    """The refresh token that follows; what is only tried for is never good."""
    if ctx.held.is_trial:
        return refresh_token(row.id)
    return next_refresh_token(ctx.resources.refreshing, row.id, presented)


def _signed_in(ctx: Context, user: User, session: Session, refresh: str) -> SignedIn:
    # A token is good without being stored: one that was only tried for has to be nobody's.
    named = new_id() if ctx.held.is_trial else session.id
    access_token, expires_at = ctx.resources.tokens.sign(user.id, named, now())
    return SignedIn(user, session, access_token, expires_at, refresh, session.expires_at)


async def handed_over(ctx: Context, signed_in: SignedIn, *, in_cookies: bool) -> HandedOver:
    """The tokens as the client wants them; from here on the request is that of the person who has
    just signed in.
    """
    await go_on_as(ctx, signed_in)
    return in_jar(ctx, signed_in) if in_cookies else in_answer(signed_in)


async def go_on_as(ctx: Context, signed_in: SignedIn) -> None:
    """From here on the request is that of the person who has just signed in."""
    user, session = UserId(signed_in.user.id), SessionId(signed_in.session.id)
    await ctx.become(user, session, signed_in.access_token_expires_at)


def _check_active(user: User) -> None:
    if user.status is not UserStatus.ACTIVE:
        raise Unauthenticated(SUSPENDED)


def _holds(ctx: Context, session: Session, presented: str | None) -> bool:
    """Whether the caller proved that the session is theirs."""
    if presented is None:
        return session.id == ctx.actor.session_id
    return digest(presented) in {session.current_hash, session.previous_hash}
