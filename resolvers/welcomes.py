"""Whose account was opened for them is mailed how to choose a password."""

from uuid import UUID

from auth.tokens import digest, mailed_token
from db.models import Confirmation, User, new_id, now
from domain import administration as rules
from domain.confirmations import Purpose
from resolvers.context import Context
from resolvers.mailing import link_to, post
from resolvers.work import Work

WELCOME = "administration.welcome"


def welcome(ctx: Context, work: Work, row: User) -> None:
    """Whoever was mailed the token chooses the password, as if they had forgotten it."""
    id = new_id()
    token = mailed_token(ctx.resources.mailed, id)
    work.session.add(
        Confirmation(
            id=id,
            purpose=Purpose.PASSWORD_RESET,
            user_id=row.id,
            email=row.email,
            token_hash=digest(token),
            expires_at=now() + rules.WELCOME,
        )
    )
    work.later(WELCOME, {"confirmation": str(id)})


async def mail_welcome(ctx: Context, id: UUID) -> None:
    """Send somebody whose account was opened for them what they choose their password with."""
    async with ctx.database.read() as session:
        row = await session.get(Confirmation, id)
    if row is None or row.expires_at <= now():
        return
    token = mailed_token(ctx.resources.mailed, id)
    link = link_to(ctx, f"reset-password?token={token}")
    await post(ctx, f"welcome.{id}", row.email, rules.welcome(token, link))
