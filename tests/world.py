"""A serving process without its sockets, and people in organisations to test with."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import event, text

from auth.tokens import mailed_token
from db.models import User, new_id, now
from domain.events import EventKind
from domain.permissions import Role
from engine import ids
from engine.execution import Engine, OperationRequest, Rejected
from resolvers.context import Resources
from resolvers.sessions import start
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.engine.both import everything
from tests.engine.comparing import departures, is_same
from tests.spine import until

PASSWORD = "a quiet harbour at dawn"
_numbers = count(1)
_hashes: list[str] = []

REGISTER = """
mutation ($input: RegisterInput!) {
  register(input: $input) { accepted errors { __typename code message path } }
}
"""
VERIFY_EMAIL = """
mutation ($input: VerifyEmailInput!) {
  verifyEmail(input: $input) { email errors { __typename code message path } }
}
"""
CREATE_ORGANIZATION = """
mutation ($input: CreateOrganizationInput!) {
  createOrganization(input: $input) {
    organization { id slug name version } errors { __typename message path }
  }
}
"""
INVITE = """
mutation ($input: InviteMemberInput!) {
  inviteMember(input: $input) {
    invitation { id email version } errors { __typename message path }
  }
}
"""
ACCEPT = """
mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) {
    membership { id role { name } version } errors { __typename message path }
  }
}
"""
CREATE_TEMPLATE = """
mutation ($input: CreateTemplateInput!) {
  createTemplate(input: $input) {
    template { id name status version currentVersion { id number contentHash } }
    errors { __typename message path }
  }
}
"""
SUBMIT = """
mutation ($input: SubmitForApprovalInput!) {
  submitForApproval(input: $input) {
    approval {
      id status version steps { id position status version approver { id } } stages { id }
    }
    errors { __typename code message path }
  }
}
"""


@dataclass(frozen=True)
class Person:
    """Somebody with an account, and the tokens that they are signed in with."""

    id: str
    email: str
    access_token: str
    refresh_token: str


@dataclass
class Statements:
    """The SQL that was sent while somebody listened."""

    sent: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.sent)


@dataclass(frozen=True)
class World:
    """One process's engine on the real database, Valkey and renderer."""

    resources: Resources
    engine: Engine
    core: Engine | None = None
    """Where given, every query is answered by graphql-core too, and the answers are compared."""

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, *, by: Person | None = None
    ) -> dict[str, Any]:
        """The answer's `data` and, where there are any, its `errors`."""
        try:
            operation = self.engine.prepare(OperationRequest(query, None, variables))
        except Rejected as rejected:
            return {"errors": rejected.errors}
        answer = await self.engine.execute(operation, await self.context(by))
        told = dict(orjson.loads(answer.body()))
        if (
            operation.kind == "query"
            and self.core
            and not self.resources.database.primary.observers
        ):
            await self._compare(self.core, operation.request, told, by)
        return told

    async def _compare(
        self, core: Engine, request: OperationRequest, told: dict[str, Any], by: Person | None
    ) -> None:
        reference = await self._answered(core, request, by)
        if not is_same(reference, told):
            # Between the two, an event may have got its position.
            await self.settled()
            told = await self._answered(self.engine, request, by)
            reference = await self._answered(core, request, by)
        if not is_same(reference, told):
            possible = await everything(core, request, await self.context(by))
            assert departures(reference, told, possible) == [], (request, reference, told)

    async def _answered(
        self, engine: Engine, request: OperationRequest, by: Person | None
    ) -> dict[str, Any]:
        answer = await engine.execute(engine.prepare(request), await self.context(by))
        return dict(orjson.loads(answer.body()))

    async def settled(self) -> None:
        """Returns when everything that was recorded has its position."""

        async def is_placed() -> bool:
            async with self.resources.database.read() as session:
                return not await session.scalar(text("SELECT count(*) FROM outbox"))

        await until(is_placed)

    async def do(self, query: str, by: Person | None, **input: Any) -> dict[str, Any]:
        """The payload of a mutation that is known to reach its use case."""
        answer = await self.ask(query, {"input": input}, by=by)
        assert "errors" not in answer, answer
        [payload] = answer["data"].values()
        return dict(payload)

    async def done(self, query: str, by: Person | None, **input: Any) -> dict[str, Any]:
        """The payload of a mutation that is known to succeed."""
        payload = await self.do(query, by, **input)
        assert not payload["errors"], payload
        return payload

    async def context(self, by: Person | None = None) -> Any:
        token = by.access_token if by else None
        return await self.resources.open(token, request_id="test", ip="127.0.0.1", user_agent="")

    async def person(self, name: str = "Ada", *, email: str | None = None) -> Person:
        """Somebody with an account, signed in."""
        address = email or f"{name.lower()}.{next(_numbers)}.{uuid4().hex[:8]}@example.com"
        user = User(
            id=new_id(),
            email=address,
            email_verified=True,
            password_hash=await self._hash(),
            first_name=name,
            last_name="Byron",
            last_login_at=now(),
        )
        ctx = await self.context()
        async with ctx.transaction() as work:
            work.session.add(user)
            await work.session.flush()
            work.record(EventKind.USER_REGISTERED, user, actor=user.id)
            signed_in = start(ctx, work, user)
        id = ids.encode("User", user.id)
        return Person(id, user.email, signed_in.access_token, signed_in.refresh_token)

    async def _hash(self) -> str:
        """One for all who have the same password."""
        if not _hashes:
            _hashes.append(await self.resources.passwords.hash(PASSWORD))
        return _hashes[0]

    async def organization(self, *roles: Role) -> "Place":
        """A new organisation: its founder is ADMIN; one member more for every other role."""
        admin = await self.person("Admin")
        slug = f"press-{next(_numbers)}-{uuid4().hex[:8]}"
        payload = await self.done(CREATE_ORGANIZATION, admin, slug=slug, name="Acme Press")
        place = Place(self, payload["organization"]["id"], slug, {Role.ADMIN: admin})
        for role in roles:
            place.members[role] = await place.join(role)
        return place

    def mailed(self, invitation: dict[str, Any]) -> str:
        """The token in the last mail of an invitation, which nobody is shown."""
        seal, serial = self.resources.mailed, invitation["version"]
        return mailed_token(seal, uuid_of(invitation["id"]), serial)

    @contextmanager
    def statements(self) -> Iterator[Statements]:
        """Collects every statement that the process sends, which knows nobody to begin with."""
        self.resources.actors.forget()
        collected = Statements()

        def collect(_c: Any, _cu: Any, statement: str, *_: Any) -> None:
            collected.sent.append(statement)

        database = self.resources.database
        engines = (database.engine.sync_engine, database.aside.sync_engine)
        pools = {database.primary, database.replica}
        for engine in engines:
            event.listen(engine, "before_cursor_execute", collect)
        for pool in pools:
            pool.observers.append(collected.sent.append)
        try:
            yield collected
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", collect)
            for pool in pools:
                pool.observers.remove(collected.sent.append)


@dataclass(frozen=True)
class Place:
    """An organisation and one member a role."""

    world: World
    id: str
    slug: str
    members: dict[Role, Person]

    def __getitem__(self, role: Role) -> Person:
        return self.members[role]

    async def join(self, role: Role, name: str | None = None) -> Person:
        """A new person who accepts an invitation to the role."""
        admin = self.members[Role.ADMIN]
        person = await self.world.person(name or role.value.capitalize())
        token = await self.invited(admin, person.email, role=role.value)
        await self.world.done(ACCEPT, person, token=token)
        return person

    async def invited(self, by: Person, email: str, **input: Any) -> str:
        """The token that is mailed to an address which somebody invites."""
        given = {"organization": self.id, "email": email, **input}
        return self.world.mailed((await self.world.done(INVITE, by, **given))["invitation"])

    async def template(self, by: Person | None = None, **input: Any) -> dict[str, Any]:
        """A new template with a short HTML body; `input` adds to or replaces what is sent."""
        given = {"name": "Welcome", "content": content(), **input}
        payload = await self.world.done(
            CREATE_TEMPLATE, by or self[Role.ADMIN], organization=self.id, **given
        )
        return dict(payload["template"])

    async def submitted(self, template: dict[str, Any], by: Person, *approvers: Person) -> Any:
        """An approval of the template in progress, with one required step a person."""
        steps = [{"approver": approver.id} for approver in approvers]
        payload = await self.world.done(SUBMIT, by, template=template["id"], steps=steps)
        return payload["approval"]


def content(body: str = "<p>Dear {{ first_name }}, welcome aboard.</p>") -> dict[str, Any]:
    """The content of a short mail with one variable."""
    return {
        "kind": "HTML",
        "subject": "Welcome, {{ first_name }}",
        "body": body,
        "variables": [{"name": "first_name", "type": "STRING", "required": True}],
    }


def uuid_of(id: str) -> UUID:
    """The row's id in a global id."""
    return ids.decode(id)[1]


@pytest.fixture(scope="session")
def settings(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Real engines; passwords hashed as cheaply as argon2 allows."""
    return Settings(
        database_url=database_url,
        redis_url=redis_url,
        data_dir=tmp_path_factory.mktemp("data"),
        argon2_time_cost=1,
        argon2_memory_cost=1024,
        argon2_parallelism=1,
        # All tests sign in from one address.
        sign_in_attempts_per_address=1_000_000,
    )


@pytest.fixture(scope="session")
async def world(settings: Settings) -> AsyncIterator[World]:
    async with open_resources(settings) as resources:
        core = build_engine(settings.model_copy(update={"graphql_engine": "core"}))
        yield World(resources, build_engine(settings), core)
