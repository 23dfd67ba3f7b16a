"""Arguments of every kind, and fields that say what they were given."""

import builtins
from enum import Enum
from typing import Any, NewType

import strawberry
from graphql import GraphQLError
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig

from tests.engine.both import both

Complex = NewType("Complex", str)
Faulty = NewType("Faulty", str)


def _complex(value: Any) -> str:
    assert value == "ExternalValue"
    return "InternalValue"


def _faulty(value: Any) -> str:
    raise GraphQLError("FaultyScalarErrorMessage", extensions={"code": "FaultyScalarCode"})


@strawberry.enum
class Kind(Enum):
    NULL = None
    FALSE = False
    CUSTOM = "custom value"


@strawberry.input
class Thing:
    c: str
    a: str | None = strawberry.UNSET
    b: list[str | None] | None = strawberry.UNSET
    d: Complex | None = strawberry.UNSET
    e: Faulty | None = strawberry.UNSET


@strawberry.input
class Nested:
    na: Thing
    nb: str


@strawberry.input(one_of=True)
class Either:
    a: strawberry.Maybe[str]
    b: strawberry.Maybe[str]


def said(value: Any) -> str | None:
    if value is strawberry.UNSET:
        return None
    if isinstance(value, Enum) or not hasattr(value, "__strawberry_definition__"):
        return repr(value)
    return repr({k: v for k, v in vars(value).items() if v is not strawberry.UNSET})


@strawberry.type
class Inner:
    @strawberry.field
    def echo(self, input: str | None = strawberry.UNSET) -> str | None:
        return said(input)


@strawberry.type
class Query:
    @strawberry.field
    def kind(self, input: Kind | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def object(self, input: Thing | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def nested(self, input: Nested | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def either(self, input: Either | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def text(self, input: str | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    async def needed_text(self, input: str) -> str | None:
        return said(input)

    @strawberry.field
    def default_text(self, input: str | None = "Hello World") -> str | None:
        return said(input)

    @strawberry.field
    def needed_default(self, input: str = "Hello World") -> str | None:
        return said(input)

    @strawberry.field
    def json(self, input: JSON | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def inner(self) -> list[Inner]:
        return [Inner(), Inner()]

    @strawberry.field
    def list(self, input: list[str | None] | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def needed_list(self, input: builtins.list[str | None]) -> str | None:
        return said(input)

    @strawberry.field
    def filled_list(self, input: builtins.list[str] | None = strawberry.UNSET) -> str | None:
        return said(input)

    @strawberry.field
    def strict_list(self, input: builtins.list[str]) -> str | None:
        return said(input)


inputs = both(
    strawberry.Schema(
        Query,
        config=StrawberryConfig(
            scalar_map={
                Complex: strawberry.scalar(name="Complex", parse_value=_complex),
                Faulty: strawberry.scalar(name="Faulty", parse_value=_faulty),
            }
        ),
    )
)
