"""Challenges: a password alone does not sign in who has a second factor."""

from auth import challenges
from auth.challenges import Challenge
from auth.sealing import Unreadable
from db import accounts, two_factor
from db.models import User, now
from domain.errors import Invalid, TwoFactorRequired
from domain.two_factor import CHALLENGE_LIFETIME
from resolvers.context import Context

OVER = "This challenge is no longer good: sign in with address and password again."


async def require(ctx: Context, user: User, password_hash: str) -> None:
    """Raises `TwoFactorRequired` where the account has a second factor.

    `password_hash` is what is to be kept of the password that was given.
    """
    async with ctx.reading() as session:
        factor = await two_factor.of_user(session, user.id)
    if factor is None or factor.confirmed_at is None:
        return
    if password_hash != user.password_hash:
        async with ctx.transaction() as work:
            (await accounts.lock_user(work.session, user.id)).password_hash = password_hash
    expires_at = now().replace(microsecond=0) + CHALLENGE_LIFETIME
    made = challenges.made(ctx.resources.challenges, user.id, password_hash, expires_at)
    raise TwoFactorRequired(made, expires_at)


def opened(ctx: Context, challenge: str) -> Challenge:
    """What the challenge says; raises `Invalid` where it is over or none of ours."""
    try:
        said = challenges.opened(ctx.resources.challenges, challenge)
    except Unreadable:
        raise over() from None
    if said.expires_at <= now():
        raise over()
    return said


def over() -> Invalid:
    return Invalid.at("challenge", message=OVER)
