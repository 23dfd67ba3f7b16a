"""Something to try the mutations of addresses and passwords on."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import select

from auth.tokens import digest, new_secret
from db.models import Confirmation, User, new_id, now
from domain.confirmations import LIFETIMES, Purpose
from tests import rows
from tests.world import PASSWORD, World, uuid_of

if TYPE_CHECKING:
    from tests.targets import Input, Target

NEW_PASSWORD = "three herons on the weir"


async def a_token(world: World, purpose: Purpose, email: str, **columns: Any) -> str:
    """One that was mailed to the address."""
    token = new_secret()
    row = Confirmation(
        id=new_id(),
        purpose=purpose,
        email=email,
        token_hash=digest(token),
        expires_at=now() + LIFETIMES[purpose],
        **columns,
    )
    async with world.resources.database.transaction() as session:
        session.add(row)
    return token


async def registered(world: World, email: str) -> str:
    """The token that opens the account."""
    hashed = await world.resources.passwords.hash(PASSWORD)
    facts = {"passwordHash": hashed, "firstName": "Ada", "lastName": "Byron"}
    return await a_token(world, Purpose.REGISTRATION, email, facts=facts)


def an_address(name: str = "ada") -> str:
    return f"{name}.{uuid4().hex}@example.com"


async def _address(target: "Target") -> dict[str, Any]:
    return {"email": an_address()}


async def _verify(target: "Target") -> dict[str, Any]:
    return {"token": await registered(target.world, an_address())}


async def _reset(target: "Target") -> dict[str, Any]:
    email = (await target.world.person()).email
    token = await a_token(target.world, Purpose.PASSWORD_RESET, email)
    return {"token": token, "password": NEW_PASSWORD}


async def remembered(target: "Target") -> str:
    """The caller's password: the usual one, whatever was tried before."""
    if target.caller is not None:
        theirs = select(User).where(User.id == uuid_of(target.caller.id))
        hashed = await target.world.resources.passwords.hash(PASSWORD)
        await rows.change(target.world, await rows.one(target.world, theirs), password_hash=hashed)
    return PASSWORD


async def _change_password(target: "Target") -> dict[str, Any]:
    return {"currentPassword": await remembered(target), "password": NEW_PASSWORD}


async def _change_email(target: "Target") -> dict[str, Any]:
    return {"email": an_address(), "password": await remembered(target)}


INPUTS: "dict[str, Input]" = {
    "resendVerification": _address,
    "verifyEmail": _verify,
    "requestPasswordReset": _address,
    "resetPassword": _reset,
    "changePassword": _change_password,
    "changeEmail": _change_email,
}
