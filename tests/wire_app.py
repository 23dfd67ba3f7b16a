"""A small schema behind the real engine and the real transports, for tests of the wire."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette

from auth.sealing import Seal
from domain.actor import ANONYMOUS, Actor
from domain.errors import Forbidden, Refusal, Unauthenticated
from domain.ids import UserId
from engine.execution import Engine
from engine.limits import Limits
from resolvers.jar import Jar
from server.app import create_app
from server.cookies import Cookies
from server.services import Services
from server.settings import Settings

ALICE = UserId(UUID(int=1))


@dataclass
class Happenings:
    """What the schema's fields and the sessions have seen, for tests to wait for."""

    running: int = 0
    cancelled: int = 0
    listening: int = 0
    renewals: int = 0
    signed_out: bool = False
    database_down: bool = False
    opened: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class WireContext:
    actor: Actor
    request_id: str
    happenings: Happenings
    generation: int = 0
    resumes_after: int | None = None
    is_current: bool = False

    def fresh(self) -> "WireContext":
        return self

    def resuming(self, after: int) -> "WireContext":
        return replace(self, resumes_after=after)

    def with_jar(self, jar: Jar) -> "WireContext":
        return self

    async def presenting(self, token: str) -> "WireContext":
        actor = _actor(token)
        if actor.user_id != self.actor.user_id:
            raise Unauthenticated("The access token is somebody else's.")
        return replace(self, actor=actor)

    async def settle(self) -> None:
        """There are no trials here."""

    async def renewed(self) -> "WireContext":
        self.happenings.renewals += 1
        if self.happenings.signed_out:
            raise Unauthenticated("You have signed out.")
        return replace(self, generation=self.generation + 1)


@dataclass(frozen=True)
class WireContexts:
    """Tokens are `alice`, `alice-for-<seconds>`; every other one is forged."""

    happenings: Happenings

    async def open(
        self, token: str | None, *, request_id: str, ip: str, user_agent: str
    ) -> WireContext:
        if self.happenings.database_down:
            raise ConnectionRefusedError("the password is hunter2")
        self.happenings.opened.append({"ip": ip, "user_agent": user_agent})
        return WireContext(_actor(token), request_id, self.happenings)


def _actor(token: str | None) -> Actor:
    if token is None:
        return ANONYMOUS
    name, _, seconds = token.partition("-for-")
    if name != "alice":
        raise Unauthenticated("The access token is not one of ours.")
    expires_at = datetime.now(UTC) + timedelta(seconds=float(seconds)) if seconds else None
    return Actor(user_id=ALICE, expires_at=expires_at)


Info = strawberry.Info[WireContext, None]


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"Hello, {name}!"

    @strawberry.field
    def whoami(self, info: Info) -> str | None:
        user = info.context.actor.user_id
        return str(user) if user else None

    @strawberry.field
    def request_id(self, info: Info) -> str:
        return info.context.request_id

    @strawberry.field
    def generation(self, info: Info) -> int:
        return info.context.generation

    @strawberry.field
    async def forever(self, info: Info) -> str:
        """Never answers by itself."""
        return await _forever(info.context.happenings)

    @strawberry.field
    def fault(self) -> str | None:
        raise ZeroDivisionError("the password is hunter2")

    @strawberry.field
    def forbidden(self) -> str | None:
        raise Forbidden("Not yours.")

    @strawberry.field
    def sum(self, numbers: list[float]) -> float:
        return float(sum(numbers))

    @strawberry.field
    def large(self, bytes: int) -> str:
        return "x" * bytes


@strawberry.type
class Mutation:
    @strawberry.mutation
    def touch(self, info: Info) -> bool:
        return True

    @strawberry.mutation
    async def linger(self, info: Info) -> str:
        return await _forever(info.context.happenings)


@strawberry.type
class Subscription:
    @strawberry.subscription
    def count(self, to: int = 3) -> AsyncGenerator[int, None]:
        return _numbers(to)

    @strawberry.subscription
    async def silence(self, info: Info) -> AsyncGenerator[int, None]:
        """Says one number and then nothing, for ever."""
        async with listening(info.context.happenings):
            yield 1
            await asyncio.Event().wait()

    @strawberry.subscription
    async def flood(self, info: Info, bytes: int = 10_000) -> AsyncGenerator[str, None]:
        """Says more than anybody can read."""
        async with listening(info.context.happenings):
            while True:
                yield "x" * bytes
                await asyncio.sleep(0)

    @strawberry.subscription
    async def generations(self, info: Info, to: int = 3) -> AsyncGenerator[Query, None]:
        for _ in range(to):
            yield Query()

    @strawberry.subscription
    async def breaks(self) -> AsyncGenerator[int, None]:
        yield 1
        raise ZeroDivisionError("the password is hunter2")

    @strawberry.subscription
    async def mine(self, info: Info) -> AsyncGenerator[int, None]:
        if info.context.actor.user_id is None:
            raise Forbidden("Not yours.")
        return _numbers(1)


async def _numbers(to: int) -> AsyncGenerator[int, None]:
    for number in range(1, to + 1):
        yield number


async def _forever(happenings: Happenings) -> str:
    happenings.running += 1
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        happenings.cancelled += 1
        raise
    return "never"


@asynccontextmanager
async def listening(happenings: Happenings) -> AsyncIterator[None]:
    happenings.listening += 1
    try:
        yield
    finally:
        happenings.listening -= 1


def wire_app(settings: Settings, happenings: Happenings | None = None, **checks: Any) -> Starlette:
    """The real application around this module's schema."""
    seen = happenings or Happenings()

    @asynccontextmanager
    async def services(_: Settings) -> AsyncIterator[Services]:
        engine = Engine(
            strawberry.Schema(Query, Mutation, Subscription),
            limits=Limits(operation_timeout=settings.operation_timeout),
            introspection=True,
            suggestions=True,
            public_errors=(Refusal,),
        )
        yield Services(engine, WireContexts(seen), Cookies(Seal("x" * 32, "csrf")), checks)

    return create_app(settings, services)
