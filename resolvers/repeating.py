"""Doing something once, however often it is asked for under one key."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from auth.sealing import Unreadable
from db import idempotency, snapshots
from db.idempotency import Claim
from domain.errors import Invalid, refuse
from domain.idempotency import GONE, PLACE, USED, check_key
from domain.ids import SessionId, UserId
from engine.operations import Parts, Run
from resolvers.context import Context

NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Answered:
    """The first answer to a key, and as whom the request went on after it."""

    parts: Parts
    user: UserId | None
    session: SessionId | None
    jar: Any = False
    """What was left for a browser to keep."""


async def once(ctx: Context, run: Run, key: str, command: object) -> Parts:
    """What `run` answered the first time that the key was used for this command.

    Raises `Invalid` where it was used for another one. An error is no answer: whoever got one
    may try again.
    """
    refuse(list(check_key(key)))
    claimed = _claim(ctx, key, repr(command))
    try:
        async with ctx.held.transaction(ctx.database) as session:
            kept = await idempotency.claim(session, claimed)
            if kept is None:
                done = await _first(ctx, run, session, claimed)
            else:
                is_same = kept.input_hash == claimed.input_hash
                done = await _again(ctx, session, is_same, kept.answer)
    finally:
        # Only now it is committed, or may have been; the use case itself was too early.
        ctx.heard(ctx.held.events)
    if isinstance(done, Exception):
        raise done
    if kept is not None:
        await _go_on_as(ctx, done)
        if ctx.jar:
            ctx.jar.leave(done.jar)
    return done.parts


def _claim(ctx: Context, key: str, identity: str) -> Claim:
    """Keys of those who are not signed in are apart from each other by what they are used for,
    and by whose browser brings something that says who they are; a token has keys of its own, for
    its owner may do more.
    """
    fingerprint = ctx.resources.answers.fingerprint
    user = ctx.actor.token_id or ctx.actor.user_id
    named = key if user else f"{key} {identity} {ctx.jar and ctx.jar.brought}"
    return Claim(user or NOBODY, fingerprint(named), fingerprint(identity))


async def _first(
    ctx: Context, run: Run, session: AsyncSession, claimed: Claim
) -> Answered | Exception:
    try:
        parts = await run(ctx)
    except Exception as error:
        if not ctx.held.is_done:
            raise
        # What was done is to stay, although the answer is an error.
        await idempotency.release(session, claimed)
        return error
    left = ctx.jar.left() if ctx.jar else False
    done = Answered(parts, ctx.actor.user_id, ctx.actor.session_id, left)
    await idempotency.keep(session, claimed, ctx.resources.answers.seal(_kept(done)))
    return done


async def _again(
    ctx: Context, session: AsyncSession, is_same: bool, answer: bytes | None
) -> Answered:
    if not is_same or answer is None:
        raise Invalid.at(*PLACE, message=USED)
    try:
        kept = orjson.loads(ctx.resources.answers.open(answer))
    except Unreadable:
        raise Invalid.at(*PLACE, message=GONE) from None
    parts = {name: await snapshots.restored(session, each) for name, each in kept["parts"].items()}
    user, of = await snapshots.restored(session, kept["as"])
    return Answered(parts, user, of, await snapshots.restored(session, kept.get("jar", False)))


def _kept(done: Answered) -> bytes:
    parts = {name: snapshots.taken(each) for name, each in done.parts.items()}
    signed_in = snapshots.taken([done.user, done.session])
    told = {"parts": parts, "as": signed_in, "jar": snapshots.taken(done.jar)}
    return orjson.dumps(told, default=str)


async def _go_on_as(ctx: Context, done: Answered) -> None:
    """Whoever signed in, or out, the first time has done so again."""
    if done.session == ctx.actor.session_id:
        return
    if done.user is None or done.session is None:
        ctx.signed_out()
    else:
        await ctx.become(done.user, done.session)
