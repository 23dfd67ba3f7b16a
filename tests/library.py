"""A small schema to try the engine on: a library with shelves, books and loud visitors."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, NewType

import strawberry
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from engine.execution import Answer, Engine, OperationRequest, Rejected
from engine.limits import Limits


class Closed(Exception):
    """A refusal that visitors may read."""

    code = "FORBIDDEN"

    def __init__(self, details: dict[str, Any] | None = None) -> None:
        super().__init__("The reading room is closed.")
        self.details = details


@dataclass
class Visit:
    """The context of one operation."""

    request_id: str = "request-1"
    events: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)
    log: list[str] = field(default_factory=list)
    started: asyncio.Event = field(default_factory=asyncio.Event)

    def fresh(self) -> "Visit":
        return self

    async def settle(self) -> None:
        """Nothing was only tried."""


def parse_isbn(text: Any) -> str:
    if text == "odd":
        raise KeyError("a secret of ours")
    if not str(text).isdigit():
        raise ValueError("an ISBN has digits only")
    return str(text)


Isbn = NewType("Isbn", str)
Info = strawberry.Info[Visit, None]


@strawberry.type
class PageInfo:
    has_next_page: bool = False


@strawberry.type
class Author:
    name: str = "Ada"

    @strawberry.field
    def books(self, first: int | None = None, last: int | None = None) -> "BookConnection":
        return BookConnection()


@strawberry.type
class Book:
    title: str = "Notes"
    covers: list["Book"] = strawberry.field(default_factory=list, metadata={"list_size": 2})

    @strawberry.field
    def author(self) -> Author:
        return Author()

    @strawberry.field
    def chapters(self) -> list["Book"]:
        return []


@strawberry.type
class BookEdge:
    node: Book


@strawberry.type
class BookConnection:
    page_info: PageInfo = strawberry.field(default_factory=PageInfo)
    total_count: int = 1

    @strawberry.field
    def edges(self) -> list[BookEdge]:
        return [BookEdge(node=Book())]

    @strawberry.field
    def nodes(self) -> list[Book]:
        return [Book()]


@strawberry.type
class Film:
    title: str = "Metropolis"


@strawberry.input
class Wish:
    title: str = ""
    next: "Wish | None" = None
    titles: list[str] | None = None


@strawberry.input(one_of=True)
class Search:
    title: strawberry.Maybe[str]
    author: strawberry.Maybe[str]


@strawberry.type
class Query:
    @strawberry.field
    def books(self, first: int | None = None, last: int | None = None) -> BookConnection:
        return BookConnection()

    @strawberry.field
    def latest(self, first: int = 5) -> list[Book]:
        return [Book()] * first

    @strawberry.field
    def by_ids(self, ids: list[strawberry.ID]) -> list[Book]:
        return [Book() for _ in ids]

    @strawberry.field
    def book(self) -> Book | None:
        return Book()

    @strawberry.field
    def number(self, value: int = 1) -> int:
        return value

    @strawberry.field
    def ratio(self, value: float) -> float:
        return value

    @strawberry.field
    def wish(self, wish: Wish) -> str:
        return wish.title

    @strawberry.field
    def found(self, by: Search) -> str:
        return str(by.title or by.author)

    @strawberry.field
    def isbn(self, isbn: Isbn) -> str:
        return isbn

    @strawberry.field
    def echo(self, value: JSON) -> JSON:
        return value

    @strawberry.field
    def closed(self) -> int | None:
        raise Closed

    @strawberry.field
    def explained(self) -> int | None:
        raise Closed({"opens": 9})

    @strawberry.field
    def broken(self) -> int | None:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def broken_required(self) -> int:
        raise RuntimeError("password=hunter2")

    @strawberry.field
    def too_large(self) -> int | None:
        return 2**40

    @strawberry.field
    def wrong_list(self) -> list[Book] | None:
        return 3  # type: ignore[return-value]  # what is tested is the wrong type

    @strawberry.field
    def wrong_type(self) -> Book | Film | None:
        return Author()  # type: ignore[return-value]  # what is tested is the wrong type

    @strawberry.field
    def missing(self) -> int:
        return None  # type: ignore[return-value]  # what is tested is the missing value

    @strawberry.field
    async def slow(self, info: Info) -> int | None:
        try:
            info.context.log.append("started")
            info.context.started.set()
            await asyncio.Event().wait()
        finally:
            info.context.log.append("stopped")
        return 1


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def note(self, info: Info, text: str) -> str:
        info.context.log.append(f"{text} begins")
        await asyncio.sleep(0)
        info.context.log.append(f"{text} ends")
        return text


@strawberry.type
class Visitor:
    @strawberry.field
    def request_id(self, info: Info) -> str:
        return info.context.request_id

    @strawberry.field
    async def late(self) -> int:
        await asyncio.Event().wait()
        return 1


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def calls(self, info: Info) -> AsyncIterator[str]:
        try:
            while (event := await info.context.events.get()) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            info.context.log.append("closed")

    @strawberry.subscription
    async def visitors(self, info: Info) -> AsyncIterator[Visitor]:
        while True:
            await info.context.events.get()
            yield Visitor()

    @strawberry.subscription
    def locked(self) -> AsyncIterator[str]:
        raise Closed


schema = strawberry.Schema(
    Query,
    Mutation,
    Subscription,
    config=StrawberryConfig(
        scalar_map={Isbn: strawberry.scalar(name="Isbn", parse_value=parse_isbn, serialize=str)}
    ),
)


def engine(*, introspection: bool = True, suggestions: bool = True, **limits: Any) -> Engine:
    """An engine over the library."""
    return Engine(
        schema,
        limits=Limits(**limits),
        introspection=introspection,
        suggestions=suggestions,
        public_errors=(Closed,),
    )


library = engine()


def refused(query: str, at: Engine = library, **variables: Any) -> list[dict[str, Any]]:
    """The errors of a request that must be refused before it is executed."""
    try:
        at.prepare(OperationRequest(query, variables=variables))
    except Rejected as rejected:
        return rejected.errors
    raise AssertionError("nothing was refused")


def refusal(query: str, at: Engine = library, **variables: Any) -> tuple[str, str]:
    """Code and message of a request's only error."""
    (error,) = refused(query, at, **variables)
    return error["extensions"]["code"], error["message"]


async def answered(query: str, at: Engine = library, **variables: Any) -> Answer:
    """What a request is answered with."""
    return await at.execute(at.prepare(OperationRequest(query, variables=variables)), Visit())
