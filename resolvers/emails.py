"""The addresses that people sign in with: how they are confirmed, and changed."""

from dataclasses import dataclass
from typing import Annotated

from auth.tokens import digest
from db import accounts, confirmations
from db.models import Confirmation, User, new_id
from domain.account_letters import address_changed
from domain.accounts import UserStatus
from domain.confirmations import Purpose
from domain.errors import Invalid
from domain.events import EventKind
from resolvers.addresses import checked_address
from resolvers.confirmations import ask, unusable
from resolvers.context import Context
from resolvers.mailing import post
from resolvers.passwords import prove
from resolvers.registration import complete
from resolvers.work import Work

TELL = "emails.tell"


@dataclass(frozen=True, slots=True)
class VerifyEmail:
    """The proof that an address is yours."""

    token: Annotated[str, "The token that was mailed to the address."]


@dataclass(frozen=True, slots=True)
class ChangeEmail:
    """Another address to sign in with."""

    email: Annotated[str, "The new address; a mail is sent to it."]
    password: Annotated[str, "The password of your account."]


async def verify_email(ctx: Context, input: VerifyEmail) -> str:
    """Confirm that an address is yours. It opens the account that was registered with it, or makes
    it the address of your account. A token is good once; used, too old and unknown ones get the
    same answer.
    """
    purposes = Purpose.REGISTRATION, Purpose.EMAIL_CHANGE
    async with ctx.transaction() as work:
        asked = await confirmations.by_token(work.session, digest(input.token), *purposes)
        if asked is None:
            raise unusable()
        user = await accounts.lock_user(work.session, asked.user_id) if asked.user_id else None
        if not await confirmations.spend(work.session, asked.id):
            raise unusable()
        await (complete(work, asked) if user is None else _change(work, user, asked))
    return asked.email


async def change_email(ctx: Context, input: ChangeEmail) -> bool:
    """Ask for another address to sign in with. A mail is sent to it, with a token for
    `verifyEmail`, which is good for a day; until it is used, nothing changes. What you asked for
    before is void. The answer is the same whether or not the address has an account.
    """
    email = checked_address(input.email)
    user = await prove(ctx, input.password, at="password")
    if email == user.email:
        raise Invalid.at("email", message="This is your address already.")
    async with ctx.transaction() as work:
        await accounts.lock_user(work.session, user.id)
        await confirmations.void_changes(work.session, user.id)
        ask(ctx, work, Purpose.EMAIL_CHANGE, email, user=user.id)
        work.record(EventKind.EMAIL_CHANGE_REQUESTED, user, after={"email": email})
    return True


async def tell(ctx: Context, to: str, address: str, key: str) -> None:
    """Write to the address that an account had which one it has now."""
    await post(ctx, key, to, address_changed(address))


async def _change(work: Work, user: User, asked: Confirmation) -> None:
    """Give the account its address; raises `NotFound` where somebody else has it by now."""
    if user.status is not UserStatus.ACTIVE:
        raise unusable()
    user.email_verified = True
    before, user.email = user.email, asked.email
    if before == asked.email:
        work.record(EventKind.EMAIL_VERIFIED, user, actor=user.id)
        return
    was, now_is = {"email": before}, {"email": user.email}
    async with work.unique("uq_users_email", unusable()):
        work.record(EventKind.EMAIL_CHANGED, user, before=was, after=now_is, actor=user.id)
    await confirmations.forget_all(work.session, before, Purpose.PASSWORD_RESET)
    work.later(TELL, {"to": before, "address": user.email, "key": f"address-changed.{new_id()}"})
