"""A schema whose resolvers and reads begin, and end only when they are stopped."""

import asyncio
import builtins
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import strawberry

from engine.connections import Connection, connected
from engine.fields import Open, attribute, related
from engine.operations import answered
from engine.types import record
from tests.engine.both import Info, Trouble, Visit, both
from tests.engine.museum_fields import inputs


@dataclass
class Waiting:
    """What is under way: who began, and who was stopped."""

    begun: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def at(self, name: str) -> AsyncIterator[None]:
        self.begun.append(name)
        self.changed.set()
        try:
            yield
        finally:
            self.stopped.append(name)

    async def for_ever(self, name: str) -> Any:
        async with self.at(name):
            await asyncio.Event().wait()

    async def until_begun(self, what: set[str]) -> None:
        while not what <= set(self.begun):
            self.changed.clear()
            await self.changed.wait()


@dataclass(frozen=True, eq=False)
class Endless:
    """A source that begins to answer."""

    name: str

    async def load(self, reader: Visit, keys: list[Any], wanted: Any = None) -> Any:
        return await reader.scene.for_ever(self.name)

    async def pages(self, reader: Visit, keys: list[Any], *_: Any) -> Any:
        return await reader.scene.for_ever(f"{self.name} pages")

    async def counts(self, reader: Visit, keys: list[Any], *_: Any) -> Any:
        return await reader.scene.for_ever(f"{self.name} counts")

    async def preceded(self, reader: Visit, keys: list[Any], *_: Any) -> Any:
        return await reader.scene.for_ever(f"{self.name} preceded")

    def position(self, row: Any, window: Any) -> tuple[Any, ...]:
        return ()


async def asked(visit: Visit, source: Any) -> Any:
    """Begins to answer."""
    return await visit.scene.for_ever("answered")


async def _streamed(visit: Visit) -> AsyncIterator[int]:
    async with visit.scene.at("streamed"):
        yield 1
        await asyncio.Event().wait()


@record("Something to wait for.", access=Open())
class Thing:
    name: str = attribute("")
    one: "Thing | None" = related(Endless("one"), key="id", description="")
    other: "Thing | None" = related(Endless("other"), key="id", description="")
    list: Connection["Thing"] = connected(Endless("list"), inputs=inputs, on="id", description="")
    answered: str | None = answered(asked, type=str | None, inputs=inputs)

    @strawberry.field
    async def resolved(self, info: Info) -> str | None:
        return await info.context.scene.for_ever("resolved")  # type: ignore[no-any-return]  # never

    @strawberry.field
    def streamed(self, info: Info) -> "builtins.list[int] | None":
        return _streamed(info.context)  # type: ignore[return-value]  # a list that comes piece by piece


@strawberry.type
class Query:
    @strawberry.field
    def things(self) -> list[Thing]:
        return [SimpleNamespace(id=n, name=f"thing {n}") for n in range(3)]  # type: ignore[misc]  # sources

    @strawberry.field
    async def resolved(self, info: Info) -> str | None:
        return await info.context.scene.for_ever("resolved")  # type: ignore[no-any-return]  # never

    @strawberry.field
    async def must_fail(self, info: Info) -> str:
        await info.context.scene.until_begun({"resolved"})
        raise Trouble("It must.")


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def first(self, info: Info) -> Thing:
        await info.context.scene.for_ever("first")
        raise AssertionError

    @strawberry.mutation
    async def then(self, info: Info) -> str:
        async with info.context.scene.at("then"):
            return "then"


schema = strawberry.Schema(Query, Mutation)
waiting = both(schema)
hasty = both(schema, operation_timeout=0.05)
