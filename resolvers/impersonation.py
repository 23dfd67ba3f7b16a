"""Acting in somebody's place: for a time, with a reason, and never unseen."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from auth.tokens import digest, new_secret
from db import loaders
from db.models import Session, User, new_id, now
from domain import administration as rules
from domain.errors import refuse
from domain.events import EventKind
from domain.ids import UserId
from resolvers.administration import Reason, account, lock_account
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Impersonate:
    """In whose place to act, and for how long."""

    user: Annotated[UserId, "Who; nobody who administers the platform."]
    reason: Reason
    minutes: Annotated[int, "When it ends by itself: 1 to 60 minutes from now."] = 30


@dataclass(frozen=True, slots=True)
class Impersonation:
    """A session in somebody's place; its token is shown once, and there is no other."""

    user: User
    access_token: str
    access_token_expires_at: datetime


def impersonated_by(ctx: Context, user: User) -> Awaitable[User | None] | None:
    """The administrator of the platform who acts in their place in this session; null where it is
    they themselves.
    """
    by = ctx.actor.impersonator_id
    return None if by is None else ctx.loaders.load(loaders.impersonators.load, by)


async def impersonate(ctx: Context, input: Impersonate) -> Impersonation:
    """Act in somebody's place, to see what they see and do what they may do in their organisations.
    What concerns the account itself stays theirs. The token is good until the time is over and
    cannot be renewed; `logout` with it ends it before, and so does losing the platform role. The
    record names both people.
    """
    refuse([*rules.check_reason(input.reason), *rules.check_minutes(input.minutes)])
    until = now() + timedelta(minutes=input.minutes)
    async with ctx.transaction() as work:
        row = await lock_account(work, input.user, None)
        rules.check_impersonation(account(row), work.by)
        session = _session(ctx, row, until)
        work.session.add(session)
        work.record(
            EventKind.IMPERSONATION_STARTED,
            session,
            subject=row.id,
            after={"reason": input.reason, "until": until.isoformat()},
        )
    # A token is good without being stored: one that was only tried for has to be nobody's.
    named = new_id() if ctx.held.is_trial else session.id
    token, expires_at = ctx.resources.tokens.sign(row.id, named, now(), until=until)
    return Impersonation(row, token, expires_at)


def _session(ctx: Context, user: User, until: datetime) -> Session:
    """Nobody has its refresh token."""
    return Session(
        id=new_id(),
        user_id=user.id,
        impersonator_id=ctx.actor.signed_in,
        current_hash=digest(new_secret()),
        expires_at=until,
        user_agent=ctx.user_agent[:500],
        ip=ctx.ip,
    )
