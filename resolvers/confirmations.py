"""Tokens that are mailed, to see whose an address is.

What depends on whether an address has an account is decided in the job that sends the mail. The
request that asks for it does the same for everybody, so that nobody learns it from the answer or
from the time that it takes.
"""

from typing import Any
from uuid import UUID

from auth.tokens import digest, mailed_token
from db import accounts, confirmations
from db.models import Confirmation, User, new_id, now
from domain import account_letters as letters
from domain.account_letters import Way
from domain.accounts import UserStatus
from domain.confirmations import LIFETIMES, PERIOD, Answer, Holder, Purpose, answer
from domain.errors import NotFound
from domain.events import EventKind
from domain.ids import UserId
from domain.letters import Letter
from resolvers.context import Context
from resolvers.mailing import link_to, post
from resolvers.work import Work

MAIL = "confirmations.mail"
RESEND = "confirmations.resend"


def unusable() -> NotFound:
    """The same for whatever is wrong with a token."""
    return NotFound("This token is not good: it was used already, or it is too old.", ("token",))


def ask(
    ctx: Context,
    work: Work,
    purpose: Purpose,
    email: str,
    *,
    user: UUID | None = None,
    facts: dict[str, Any] | None = None,
) -> None:
    """Have a token mailed to the address, if its owner may get one."""
    row = Confirmation(
        id=new_id(),
        purpose=purpose,
        user_id=user,
        email=email,
        facts=facts or {},
        expires_at=now() + LIFETIMES[purpose],
    )
    row.token_hash = digest(_token(ctx, row))
    work.session.add(row)
    work.later(MAIL, {"confirmation": str(row.id)})


async def mail(ctx: Context, id: UUID) -> None:
    """Write to the address what is to be written to it.

    Who dies between sending and noting it sends it again, under the same Message-ID.
    """
    async with ctx.database.read() as session:
        row = await confirmations.waiting(session, id)
        if row is None:
            return
        account = await accounts.by_email(session, row.email)
        mails = await confirmations.mails_before(session, row)
    decided = answer(row.purpose, _asker(row), _holder(account), mails)
    if decided is not Answer.NOTHING:
        composed = letters.address_taken() if decided is Answer.TAKEN else _letter(ctx, row)
        await post(ctx, f"confirmation.{row.id}", _to(row, account), composed)
    async with ctx.transaction() as work:
        await _note(work, row, account, decided)


async def resend(ctx: Context, email: str) -> None:
    """Write again to who has not confirmed their address yet."""
    async with ctx.transaction() as work:
        account = await accounts.by_email(work.session, email)
        if account is None:
            asked = await confirmations.registration(work.session, email)
            if asked is not None:
                ask(ctx, work, Purpose.REGISTRATION, asked.email, facts=asked.facts)
        elif account.status is UserStatus.ACTIVE and not account.email_verified:
            ask(ctx, work, Purpose.EMAIL_CHANGE, account.email, user=account.id)


async def forget_expired(ctx: Context) -> None:
    """Delete what nobody can confirm any more; its mails have counted long enough."""
    async with ctx.transaction() as work:
        await confirmations.forget_expired(work.session, now() - PERIOD)


async def _note(work: Work, row: Confirmation, account: User | None, decided: Answer) -> None:
    match decided:
        case Answer.NOTHING:
            await confirmations.forget(work.session, row.id)
        case Answer.TAKEN:
            await confirmations.empty(work.session, row.id)
        case Answer.CONFIRM if row.purpose is Purpose.PASSWORD_RESET and account is not None:
            work.record(EventKind.PASSWORD_RESET_REQUESTED, account)


def _letter(ctx: Context, row: Confirmation) -> Letter:
    match row.purpose:
        case Purpose.REGISTRATION:
            return letters.confirm_registration(_way(ctx, row, "verify-email", "verifyEmail"))
        case Purpose.EMAIL_CHANGE:
            return letters.confirm_address(_way(ctx, row, "verify-email", "verifyEmail"))
        case Purpose.PASSWORD_RESET:
            return letters.reset_password(_way(ctx, row, "reset-password", "resetPassword"))


def _way(ctx: Context, row: Confirmation, page: str, mutation: str) -> Way:
    token = _token(ctx, row)
    return Way(token, link_to(ctx, f"{page}?token={token}"), mutation)


def _token(ctx: Context, row: Confirmation) -> str:
    return mailed_token(ctx.resources.mailed, row.id)


def _to(row: Confirmation, account: User | None) -> str:
    """Of an account, the address that it has, not one that only looks like it to a database."""
    return row.email if account is None or account.id == row.user_id else account.email


def _asker(row: Confirmation) -> UserId | None:
    return None if row.user_id is None else UserId(row.user_id)


def _holder(account: User | None) -> Holder | None:
    return None if account is None else Holder(UserId(account.id), account.status)
