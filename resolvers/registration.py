"""Registration: an account is opened once its address is known to be its owner's."""

from dataclasses import dataclass
from typing import Annotated

from db.models import Confirmation
from domain.confirmations import Purpose
from domain.events import EventKind
from resolvers.accounts import Applicant, Register, account, checked
from resolvers.addresses import checked_address
from resolvers.confirmations import RESEND, ask, unusable
from resolvers.context import Context
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class ResendVerification:
    """Whom to write to again."""

    email: Annotated[str, "The address that is to be confirmed."]


async def register(ctx: Context, input: Register) -> bool:
    """Ask for an account. A mail is sent to the address, with a token for `verifyEmail`, which is
    good for a day and opens the account; then you can sign in. If the address has an account, the
    mail says so instead: the answer is the same.
    """
    applicant = await checked(ctx, input)
    facts = {
        "passwordHash": applicant.password_hash,
        "firstName": applicant.first_name,
        "lastName": applicant.last_name,
    }
    async with ctx.transaction() as work:
        ask(ctx, work, Purpose.REGISTRATION, applicant.email, facts=facts)
    return True


async def resend_verification(ctx: Context, input: ResendVerification) -> bool:
    """Have the mail sent again with which an address is confirmed, with a new token; at most five
    an hour. The answer is the same whether or not anything waits to be confirmed.
    """
    email = checked_address(input.email)
    async with ctx.transaction() as work:
        work.later(RESEND, {"email": email})
    return True


async def complete(work: Work, asked: Confirmation) -> None:
    """Open the account that was asked for; raises `NotFound` where the address has one by now."""
    facts = asked.facts
    user = account(
        Applicant(asked.email, facts["passwordHash"], facts["firstName"], facts["lastName"])
    )
    async with work.unique("uq_users_email", unusable()):
        work.session.add(user)
    work.record(EventKind.USER_REGISTERED, user, actor=user.id)
