"""Accounts: how they are opened."""

from dataclasses import dataclass
from typing import Annotated

from db import accounts
from db.models import User, new_id, now
from domain import accounts as rules
from domain.errors import refuse
from domain.events import EventKind
from domain.ids import UserId
from domain.passwords import check_password
from domain.permissions import PlatformRole
from resolvers.addresses import address
from resolvers.context import Context
from resolvers.sessions import SignedIn, go_on_as, start


@dataclass(frozen=True, slots=True)
class Register:
    """A new account."""

    email: Annotated[str, "The address to sign in with; a mail is sent to it."]
    password: Annotated[
        str,
        "At least 10 characters; none that many people use, nor with the name from the address in"
        " it. Spaces are fine.",
    ]
    first_name: Annotated[str, "Given name, up to 200 characters."]
    last_name: Annotated[str, "Family name, up to 200 characters."]


@dataclass(frozen=True, slots=True)
class Applicant:
    """Whose account is opened once nothing stands against it."""

    email: str
    password_hash: str
    first_name: str
    last_name: str


def viewer(ctx: Context) -> UserId | None:
    """The person who is signed in; null for nobody."""
    return ctx.actor.user_id


async def checked(ctx: Context, input: Register) -> Applicant:
    """What the form says, in its normal form, and the hash of the password; raises `Invalid`."""
    email, problems = address(input.email)
    problems += rules.check_name(input.first_name, input.last_name)
    problems += check_password(input.password, email)
    refuse(problems)
    hashed = await ctx.resources.passwords.hash(input.password)
    return Applicant(email, hashed, input.first_name.strip(), input.last_name.strip())


def account(applicant: Applicant) -> User:
    """An account whose address is known to be its owner's, or needs no proof."""
    return User(
        id=new_id(),
        email=applicant.email,
        email_verified=True,
        password_hash=applicant.password_hash,
        first_name=applicant.first_name,
        last_name=applicant.last_name,
    )


async def admit(ctx: Context, input: Register) -> SignedIn:
    """Open an account without a mail, and sign in to it. For the demonstration; clients cannot
    ask for it.
    """
    user = account(await checked(ctx, input))
    user.last_login_at = now()
    async with ctx.transaction() as work:
        work.session.add(user)
        await work.session.flush()
        work.record(EventKind.USER_REGISTERED, user, actor=user.id)
        signed_in = start(ctx, work, user)
    await go_on_as(ctx, signed_in)
    return signed_in


async def make_admin(ctx: Context, input: Register) -> User:
    """Make somebody an administrator of the platform: a new account, or the one that the address
    has, which then keeps its name and password. For the command line; clients cannot ask for it.
    """
    applicant = await checked(ctx, input)
    async with ctx.transaction() as work:
        user = await accounts.by_email(work.session, applicant.email)
        if user is None:
            user = account(applicant)
            work.session.add(user)
            work.record(EventKind.USER_REGISTERED, user)
        if user.platform_role is not PlatformRole.ADMIN:
            user.platform_role = PlatformRole.ADMIN
            after = {"platformRole": PlatformRole.ADMIN.value}
            work.record(EventKind.PLATFORM_ROLE_CHANGED, user, after=after)
    return user
