"""Second factors, sessions and access tokens that are there without having been asked for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete

from auth import access_tokens
from auth.challenges import made
from auth.tokens import digest
from auth.two_factor import new_secret
from db.models import AccessToken, Session, TwoFactor, User, new_id, now
from domain.permissions import Permission
from tests.world import Person, World, uuid_of


async def add(world: World, row: Any) -> Any:
    async with world.resources.database.transaction() as session:
        session.add(row)
    world.resources.actors.forget()
    return row


async def without_factor(world: World, person: Person) -> None:
    async with world.resources.database.transaction() as session:
        await session.execute(delete(TwoFactor).where(TwoFactor.user_id == uuid_of(person.id)))


async def a_factor(
    world: World, person: Person, *, confirmed: bool = True, codes: list[str] | None = None
) -> str:
    """The secret of a second factor that is now theirs."""
    await without_factor(world, person)
    secret = new_secret()
    row = TwoFactor(
        id=new_id(),
        user_id=uuid_of(person.id),
        secret=world.resources.vault.seal(secret.encode()),
        confirmed_at=now() if confirmed else None,
        recovery_hashes=[digest(code.replace("-", "")) for code in codes or ()],
    )
    await add(world, row)
    return secret


def code_of(secret: str, at: datetime | None = None) -> str:
    """What an authenticator shows."""
    return pyotp.TOTP(secret).at(at or now())


async def a_challenge(world: World, person: Person) -> str:
    """What `login` would answer to their password."""
    async with world.resources.database.read() as session:
        user = await session.get_one(User, uuid_of(person.id))
    ends = now() + timedelta(minutes=5)
    return made(world.resources.challenges, user.id, user.password_hash, ends)


async def a_session(world: World, person: Person, **facts: Any) -> UUID:
    """Another device that they are signed in on."""
    row = Session(
        id=new_id(),
        user_id=uuid_of(person.id),
        current_hash=b"",
        expires_at=facts.pop("expires_at", now() + timedelta(days=7)),
        **facts,
    )
    await add(world, row)
    return row.id


async def a_token(
    world: World, person: Person, *scopes: Permission, **facts: Any
) -> tuple[UUID, Person]:
    """An access token of theirs, and its holder, who asks with it."""
    token = access_tokens.new_token()
    row = AccessToken(
        id=new_id(),
        user_id=uuid_of(person.id),
        name=facts.pop("name", "Nightly export"),
        scopes=[each.name for each in scopes or tuple(Permission)],
        token_hash=digest(token),
        hint=access_tokens.hint(token),
        **facts,
    )
    await add(world, row)
    return row.id, Person(person.id, person.email, token, "")
