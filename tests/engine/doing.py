"""Fields that answer or fail, now or later; and mutations of a number."""

from dataclasses import dataclass

import strawberry
from graphql import GraphQLError

from tests.engine.both import Info, Trouble, both
from tests.engine.listing import later


@strawberry.type
class Deep:
    @strawberry.field
    def a(self) -> str:
        return "Already Been Done"

    @strawberry.field
    async def b(self) -> str:
        return "Boring"

    @strawberry.field
    def c(self) -> list[str | None]:
        return ["Contrived", None, "Confusing"]

    @strawberry.field
    def deeper(self) -> list["Data | None"]:
        return [Data(), None, Data()]


@strawberry.type
class Data:
    a: str = "Apple"

    @strawberry.field
    async def b(self) -> str:
        return "Banana"

    @strawberry.field
    def c(self) -> str:
        return "Cookie"

    @strawberry.field
    def pic(self, size: int = 50) -> str:
        return f"Pic of size: {size}"

    @strawberry.field
    async def promise(self) -> "Data":
        return Data()

    @strawberry.field
    def deep(self) -> Deep:
        return Deep()


@strawberry.type
class A:
    @strawberry.field
    def nullable_a(self) -> "A | None":
        return A()

    @strawberry.field
    def non_null_a(self) -> "A":
        return A()

    @strawberry.field
    def throws(self) -> "A":
        raise RuntimeError("Catch me if you can")


@strawberry.type
class Query:
    @strawberry.field
    def data(self) -> Data:
        return Data()

    @strawberry.field
    def nullable_a(self) -> A | None:
        return A()

    @strawberry.field
    def sync_ok(self) -> str | None:
        return "sync ok"

    @strawberry.field
    def sync_error(self) -> str | None:
        raise GraphQLError("Error getting syncError", extensions={"code": "OURS"})

    @strawberry.field
    def sync_raw_error(self) -> str | None:
        raise RuntimeError("Error getting syncRawError")

    @strawberry.field
    def sync_return_error(self) -> str | None:
        return RuntimeError("Error getting syncReturnError")  # type: ignore[return-value]  # what is tested

    @strawberry.field
    def sync_return_error_list(self) -> list[str | None] | None:
        return ["sync0", RuntimeError("list1"), "sync2", RuntimeError("list3")]  # type: ignore[list-item]  # as above

    @strawberry.field
    async def async_ok(self) -> str | None:
        return "async ok"

    @strawberry.field
    async def async_error(self) -> str | None:
        raise GraphQLError("Error getting asyncError")

    @strawberry.field
    async def async_raw_error(self) -> str | None:
        raise Trouble("Error getting asyncRawError")

    @strawberry.field
    async def async_return_error(self) -> str | None:
        return GraphQLError("Error getting asyncReturnError", extensions={"foo": "bar"})  # type: ignore[return-value]  # as above

    @strawberry.field
    def sync_null_error(self) -> str:
        return None  # type: ignore[return-value]  # as above

    @strawberry.field
    async def async_null_error(self) -> str:
        return await later(None)  # type: ignore[no-any-return]  # as above


@dataclass
class Number:
    value: int


@strawberry.type
class Holder:
    @strawberry.field
    def the_number(self, info: Info) -> int:
        return int(info.context.scene.value)

    @strawberry.field
    async def promised_number(self, info: Info) -> int:
        return int(await later(info.context.scene.value))


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self, info: Info, to: int) -> Holder | None:
        info.context.scene.value = to
        return Holder()

    @strawberry.mutation
    async def promise(self, info: Info, to: int) -> Holder | None:
        await later(None)
        info.context.scene.value = to
        return Holder()

    @strawberry.mutation
    def fail(self, to: int) -> Holder | None:
        raise Trouble(f"Cannot change the number to {to}")

    @strawberry.mutation
    async def promise_and_fail(self, to: int) -> Holder | None:
        raise Trouble(f"Cannot change the number to {to}")

    @strawberry.mutation
    def must_fail(self, to: int) -> Holder:
        raise Trouble(f"Cannot change the number to {to}")


executor = both(strawberry.Schema(Query, Mutation))
