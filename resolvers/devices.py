"""Devices: where somebody is signed in, and how they sign them out."""

from dataclasses import dataclass
from typing import Annotated, Any

from db import loaders, sessions
from db.models import Session, now
from domain.events import EventKind
from domain.ids import SessionId, UserId
from resolvers.context import Context
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class RevokeSession:
    """Which session to end."""

    session: Annotated[SessionId, "The session; it may be the one that you are asking in."]


@dataclass(frozen=True, slots=True)
class RevokeOtherSessions:
    """Nothing needs to be said: all your sessions end but the one that you are asking in."""


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Whose sessions to end."""

    user: Annotated[UserId, "The person."]


async def revoke(ctx: Context, input: RevokeSession) -> Session:
    """End one of your sessions: its tokens stop working within a second, on every server. Ending
    it twice does no harm.
    """
    async with ctx.transaction() as work:
        row = await work.lock(loaders.own_sessions, input.session, at="session")
        if row.revoked_at is None:
            _end(work, row)
    if row.id == ctx.actor.session_id:
        ctx.signed_out()
    return row


async def revoke_others(ctx: Context, input: RevokeOtherSessions) -> int:
    """End all your sessions but this one, such as when you have lost a device."""
    async with ctx.transaction() as work:
        rows = await sessions.lock_others(work.session, work.by, ctx.actor.session_id)
        for row in rows:
            _end(work, row)
    return len(rows)


async def end_for(ctx: Context, input: EndSessions) -> int:
    """Sign somebody out everywhere, such as when a device of theirs was stolen. Their account stays
    as it is: they can sign in again.
    """
    async with ctx.transaction() as work:
        user = await work.find(loaders.users, input.user, at="user")
        rows = await sessions.lock_others(work.session, user.id, None)
        for row in rows:
            _end(work, row)
    return len(rows)


async def device(ctx: Context, session: Any) -> str:
    """What it is, as far as it says so, such as `Firefox on Linux`."""
    return await ctx.resources.devices.name(session.user_agent)


def place(ctx: Context, session: Any) -> str | None:
    """Where its address is, such as `Berlin, Germany`; null where that is not known."""
    return ctx.resources.places.name(session.ip)


def current(ctx: Context, session: Any) -> bool:
    """Whether it is the session that you are asking in."""
    return bool(session.id == ctx.actor.session_id)


def _end(work: Work, row: Session) -> None:
    row.revoked_at = now()
    work.record(EventKind.SESSION_ENDED, row, subject=row.user_id)
