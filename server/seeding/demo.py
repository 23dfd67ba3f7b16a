"""The demonstration: one organisation with one person a role, in the middle of its work."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import asyncpg
from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, async_sessionmaker

from auth.passwords import Passwords
from auth.tokens import mailed_token
from db.database import Database
from db.models import User
from db.reads import Reads
from db.statements import Statement
from domain.ids import OrganizationId
from domain.permissions import Role
from resolvers import accounts, invitations, organizations
from resolvers.accounts import Register
from resolvers.actors import Actors
from resolvers.context import Context, Resources
from resolvers.invitations import AcceptInvitation, InviteMember
from resolvers.organizations import CreateOrganization
from server.seeding.acme import tell
from server.seeding.press import Press
from server.settings import Settings
from server.wiring import open_resources

PASSWORD = "let-it-be-printed"  # noqa: S105 - the published password of invented people
_LOCK = 724_303


@dataclass(frozen=True, slots=True)
class Login:
    """Whom to sign in as."""

    role: str
    email: str
    password: str


PEOPLE = {
    Role.ADMIN: Register("ada.admin@example.com", PASSWORD, "Ada", "Lindqvist"),
    Role.MANAGER: Register("marco.manager@example.com", PASSWORD, "Marco", "Bellini"),
    Role.EDITOR: Register("edith.editor@example.com", PASSWORD, "Edith", "Okonkwo"),
    Role.APPROVER: Register("anselm.approver@example.com", PASSWORD, "Anselm", "Roth"),
    Role.VIEWER: Register("vera.viewer@example.com", PASSWORD, "Vera", "Nguyễn"),
}
LOGINS = [Login(role.value, person.email, person.password) for role, person in PEOPLE.items()]


async def seed_demo(settings: Settings) -> list[Login]:
    """Fill an empty, migrated database, whole or not at all; whom one can sign in as there.

    A database that has users already is left as it is.
    """
    if await _is_empty(settings):
        async with open_resources(settings) as resources:
            await _fill(resources)
    is_here = await _ask(settings, _people_there()) == len(PEOPLE)
    return LOGINS if is_here else []


async def _is_empty(settings: Settings) -> bool:
    return not await _ask(settings, select(exists(select(User.id))))


def _people_there() -> Select[int]:
    emails = [person.email for person in PEOPLE.values()]
    return select(func.count()).where(func.lower(User.email).in_(emails))


async def _ask(settings: Settings, question: Select[int] | Select[bool]) -> int:
    database = Database(settings.database_url or "", pool_size=1)
    try:
        async with database.read() as session:
            return await session.scalar(question) or 0
    finally:
        await database.close()


class _SameConnection(Reads):
    """Reads what a transaction has written so far."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.observers = []
        self._connection = connection

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        arguments = statement.arguments(values)
        return await self._connection.fetch(
            statement.sql, *arguments, record_class=statement.record
        )


class _OneTransaction(Database):
    """Everything that use cases do becomes part of the connection's transaction."""

    def __init__(self, connection: AsyncConnection, reads: Reads) -> None:
        self.engine = connection.engine
        self.primary = self.replica = reads
        self._read = self._write = async_sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )


class _OneHash(Passwords):
    """People who share a published password may share its hash, which takes long to make."""

    def __init__(self, hashed: str) -> None:
        self._hashed = hashed

    async def hash(self, password: str) -> str:
        return self._hashed


async def _fill(resources: Resources) -> None:
    async with resources.database.engine.begin() as connection:
        # Two servers that start together come one after the other.
        await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        if not await connection.scalar(select(exists(select(User.id)))):
            shared = _OneHash(await resources.passwords.hash(PASSWORD))
            raw = (await connection.get_raw_connection()).driver_connection
            reads = _SameConnection(cast("asyncpg.Connection", raw))
            whole = _OneTransaction(connection, reads)
            actors = Actors(reads)
            await _found(replace(resources, database=whole, actors=actors, passwords=shared))


async def _found(resources: Resources) -> None:
    people = {role: await _registered(resources, person) for role, person in PEOPLE.items()}
    admin = people[Role.ADMIN]
    place = await organizations.create(admin, CreateOrganization("acme", "Acme Press"))
    id = OrganizationId(place.id)
    for role in list(PEOPLE)[1:]:
        invited = await invitations.invite(admin, InviteMember(id, PEOPLE[role].email, role))
        token = mailed_token(resources.mailed, invited.id, serial=invited.version)
        await invitations.accept(people[role], AcceptInvitation(token))
    await tell(Press(id, people))


async def _registered(resources: Resources, person: Register) -> Context:
    """A new account, and the context of what its owner does."""
    surroundings = {"request_id": "seed", "ip": "127.0.0.1", "user_agent": "imprimatur seed"}
    nobody = await resources.open(None, **surroundings)
    signed_in = await accounts.admit(nobody, person)
    return await resources.open(signed_in.access_token, **surroundings)
