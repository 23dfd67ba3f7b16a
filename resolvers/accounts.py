"""Accounts: how they are opened."""

from dataclasses import dataclass
from typing import Annotated

from db import accounts
from db.models import User, new_id, now
from domain import accounts as rules
from domain.errors import Invalid, refuse
from domain.events import EventKind
from domain.ids import UserId
from domain.permissions import PlatformRole
from resolvers.addresses import address
from resolvers.context import Context
from resolvers.sessions import SignedIn, go_on_as, start


@dataclass(frozen=True, slots=True)
class Register:
    """A new account."""

    email: Annotated[str, "The address to sign in with; it can be used once."]
    password: Annotated[
        str, "At least 10 characters; without the name from the address. Spaces are fine."
    ]
    first_name: Annotated[str, "Given name, up to 200 characters."]
    last_name: Annotated[str, "Family name, up to 200 characters."]


def viewer(ctx: Context) -> UserId | None:
    """The person who is signed in; null for nobody."""
    return ctx.actor.user_id


async def register(ctx: Context, input: Register) -> SignedIn:
    """Open an account and sign in to it."""
    email, hashed = await _checked(ctx, input)
    user = _account(input, email, hashed)
    user.last_login_at = now()
    taken = Invalid.at("email", message="This address has an account already: sign in instead.")
    async with ctx.transaction() as work:
        async with work.unique("uq_users_email", taken):
            work.session.add(user)
        work.record(EventKind.USER_REGISTERED, user, actor=user.id)
        signed_in = start(ctx, work, user)
    await go_on_as(ctx, signed_in)
    return signed_in


async def make_admin(ctx: Context, input: Register) -> User:
    """Make somebody an administrator of the platform: a new account, or the one that the address
    has, which then keeps its name and password. For the command line; clients cannot ask for it.
    """
    email, hashed = await _checked(ctx, input)
    async with ctx.transaction() as work:
        user = await accounts.by_email(work.session, email)
        if user is None:
            user = _account(input, email, hashed)
            work.session.add(user)
            work.record(EventKind.USER_REGISTERED, user)
        if user.platform_role is not PlatformRole.ADMIN:
            user.platform_role = PlatformRole.ADMIN
            after = {"platformRole": PlatformRole.ADMIN.value}
            work.record(EventKind.PLATFORM_ROLE_CHANGED, user, after=after)
    return user


async def _checked(ctx: Context, input: Register) -> tuple[str, str]:
    """The address in its normal form, and the hash of the password; raises `Invalid`."""
    email, problems = address(input.email)
    problems += rules.check_name(input.first_name, input.last_name)
    problems += rules.check_password(input.password, email)
    refuse(problems)
    return email, await ctx.resources.passwords.hash(input.password)


def _account(input: Register, email: str, hashed: str) -> User:
    return User(
        id=new_id(),
        email=email,
        password_hash=hashed,
        first_name=input.first_name.strip(),
        last_name=input.last_name.strip(),
    )
