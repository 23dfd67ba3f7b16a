"""Guessing: attempts at an account are counted before they are checked, so none slips through."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from db import attempts
from db.models import User, now
from domain import guessing as rules
from domain.errors import LimitReached, Path
from domain.events import EventKind
from resolvers.context import Context
from resolvers.work import Work

NOBODY = UUID(int=0)
"""Stands for the account in the record, where somebody guesses at one that there is not."""

Check = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class _Keys:
    """Under which an attempt is counted: hashes, from which nobody learns what was tried."""

    account: bytes
    address: bytes
    both: bytes

    @property
    def all(self) -> frozenset[bytes]:
        return frozenset({self.account, self.address, self.both})


def password_of(email: str) -> str:
    """What is tried by giving a password for an address, whether or not it has an account."""
    return f"password of {email.casefold()}"


def code_of(user: UUID) -> str:
    """What is tried by giving a code for somebody's second factor."""
    return f"code of {user}"


async def passes(
    ctx: Context, tried: str, check: Check, *, user: UUID | None, path: Path = ()
) -> bool:
    """Whether the check is passed; raises `LimitReached` where it is not even made.

    What is counted stays counted, whatever becomes of the request: who only tries a mutation
    guesses too.
    """
    keys = _keys(ctx, tried, user)
    counted = await _count(ctx, keys, path)
    if await check():
        async with ctx.apart() as work:
            await _clear(ctx, work, keys)
        return True
    await _failed(ctx, keys, counted, user)
    return False


async def clear(ctx: Context, work: Work, email: str) -> None:
    """Forget the failures at an account, also those that it has added to this address."""
    await _clear(ctx, work, _keys(ctx, password_of(email), None))


async def forget(ctx: Context) -> None:
    """Delete what was counted so long ago that it no longer matters."""
    async with ctx.transaction() as work:
        await attempts.forget(work.session, now() - rules.REMEMBERED)


async def _count(ctx: Context, keys: _Keys, path: Path) -> rules.Attempts:
    """The account's count with this attempt, which has not been checked yet."""
    at = now()
    async with ctx.apart() as work:
        before = await attempts.lock(work.session, keys.all, at)
        _refuse([before[keys.account], before[keys.address]], at, path)
        account = rules.counted(before[keys.account], ctx.resources.allowed.account, at)
        await attempts.keep(work.session, {keys.account: account})
    return account


async def _failed(ctx: Context, keys: _Keys, account: rules.Attempts, user: UUID | None) -> None:
    """Count it for the address only now: many who share one may well sign in at the same time.

    Whoever makes the next one wait is recorded.
    """
    allowed, at = ctx.resources.allowed, now()
    async with ctx.apart() as work:
        before = await attempts.lock(work.session, keys.all, at)
        address = rules.counted(before[keys.address], allowed.address, at)
        both = rules.counted_within(before[keys.both], address, at)
        await attempts.keep(work.session, {keys.address: address, keys.both: both})
        if account.failures == allowed.account or address.failures == allowed.address:
            work.record(EventKind.SIGN_IN_SLOWED, User(id=user or NOBODY))


def _refuse(counts: list[rules.Attempts], at: datetime, path: Path) -> None:
    seconds = rules.seconds_to_wait(counts, at)
    if seconds:
        text = f"Too many attempts failed: wait {seconds} seconds before the next one."
        raise LimitReached(text, path, retry_after=seconds)


async def _clear(ctx: Context, work: Work, keys: _Keys) -> None:
    at = now()
    before = await attempts.lock(work.session, keys.all, at)
    allowed = ctx.resources.allowed.address
    left = rules.taken_back(before[keys.address], before[keys.both], allowed)
    none = rules.none_at(at)
    cleared = {keys.account: none, keys.address: left, keys.both: none}
    await attempts.keep(work.session, cleared)


def _keys(ctx: Context, tried: str, user: UUID | None) -> _Keys:
    """Who is signed in to the account need not wait for others at the same address."""
    fingerprint = ctx.resources.guesses.fingerprint
    is_own = user is not None and user == ctx.actor.user_id
    origin = f"account {user}" if is_own else f"address {rules.network_of(ctx.ip)}"
    return _Keys(
        account=fingerprint(tried),
        address=fingerprint(origin),
        both=fingerprint(f"from {origin}: {tried}"),
    )
