"""Lists of every nullability, whose items come in every way that Python has."""

from collections.abc import AsyncIterator, Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final

import strawberry

from engine.fields import Open, computed
from tests.engine.both import Info, both

NULLABILITIES: Final[dict[str, Any]] = {
    "open": list[int | None] | None,
    "needed": list[int | None],
    "filled": list[int] | None,
    "strict": list[int],
}
"""By a field's name its type: [Int], [Int]!, [Int!] and [Int!]!."""

WAYS: Final = ("Attribute", "Computed", "Sync", "Async")
BAD: Final = RuntimeError("bad")


async def later(value: Any) -> Any:
    if isinstance(value, Exception):
        raise value
    return value


def raised(error: Exception) -> Any:
    raise error


class Forwards:
    """Something to iterate that is neither a list nor a generator."""

    def __init__(self, *items: Any) -> None:
        self.items = items

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)


class Asynchronously(Forwards):
    async def __aiter__(self) -> AsyncIterator[Any]:
        for item in self.items:
            yield item


def generated(*items: Any, end: Exception | None = None) -> Iterator[Any]:
    yield from items
    if end:
        raise end


async def streamed(*items: Any, end: Exception | None = None) -> AsyncIterator[Any]:
    for item in items:
        yield item
    if end:
        raise end


VALUES: Final[dict[str, Callable[[], Any]]] = {
    "values": lambda: [1, 2],
    "nothing": list,
    "one": lambda: [1],
    "a null": lambda: [1, None, 2],
    "only nulls": lambda: [None, None],
    "no list": lambda: None,
    "an error": lambda: [1, BAD, 2],
    "several errors": lambda: [BAD, 1, LookupError("worse"), None],
    "an error instead of a list": lambda: BAD,
    "a value of another type": lambda: [1, "one", 2],
    "a value that can be coerced": lambda: [True, 2.0, "3"],
    "a value out of range": lambda: [2**31, 1.5],
    "a list of lists": lambda: [[1]],
    "a tuple": lambda: (1, 2),
    "a set": lambda: {7},
    "a dictionary's keys": {1: "one"}.keys,
    "a dictionary": lambda: {1: "one", 2: "two"},
    "a text": lambda: "Singular",
    "bytes": lambda: b"12",
    "a number": lambda: 3,
    "an object": object,
    "a range": lambda: range(3),
    "an iterable": lambda: Forwards(1, 2),
    "a generator": lambda: generated(1, 2),
    "a generator with a null": lambda: generated(1, None, 2),
    "a generator that fails": lambda: generated(1, end=BAD),
    "promises": lambda: [later(1), later(2)],
    "a promise among values": lambda: [1, later(2), 3],
    "a promise of null": lambda: [1, later(None), 2],
    "a promise that is broken": lambda: [1, later(BAD), 2],
    "broken promises": lambda: [later(BAD), later(LookupError("worse"))],
    "a promise of another type": lambda: [later("one")],
    "a promise before an error": lambda: [later(1), BAD, later(2)],
    "a broken promise before a null": lambda: [later(BAD), None, later(BAD)],
    "a generator of promises that fails": lambda: generated(later(1), end=BAD),
    "a promise of a list": lambda: later([1, 2]),
    "a promise of a list with a null": lambda: later([1, None, 2]),
    "a promise of promises": lambda: later([later(1), later(2)]),
    "a promise of no list": lambda: later(None),
    "a promise instead of a list, broken": lambda: later(BAD),
    "an async generator": lambda: streamed(2, 4),
    "an async generator of nothing": streamed,
    "an async generator with a null": lambda: streamed(1, None, 2),
    "an async generator that fails": lambda: streamed(2, 4, end=BAD),
    "an async generator that fails at once": lambda: streamed(end=BAD),
    "an async generator with a value of another type": lambda: streamed(2, {}, 4),
    "an async generator with an error": lambda: streamed(2, BAD, 4),
    "an async generator of promises": lambda: streamed(later(1), 2, later(3)),
    "an async generator of broken promises": lambda: streamed(later(BAD), 2, later(None)),
    "an async iterable": lambda: Asynchronously(1, 2),
}


def _resolver(name: str, type: Any) -> Callable[..., Any]:
    def resolve(self: Any) -> Any:
        return getattr(self, name)

    resolve.__annotations__["return"] = type
    return resolve


def _async_resolver(name: str, type: Any) -> Callable[..., Any]:
    async def resolve(self: Any) -> Any:
        value = getattr(self, name)
        return await value if hasattr(value, "__await__") else value

    resolve.__annotations__["return"] = type
    return resolve


def _computed(name: str) -> Any:
    return computed(lambda row: getattr(row, name), description="", needs=(name,), access=Open())


def _body() -> dict[str, Any]:
    """A field for every nullability and every way to get at its value."""
    body: dict[str, Any] = {"__annotations__": {}}
    for name, type in NULLABILITIES.items():
        body["__annotations__"][f"{name}_attribute"] = type
        body["__annotations__"][f"{name}_computed"] = type
        body[f"{name}_computed"] = _computed(f"{name}_computed")
        body[f"{name}_sync"] = strawberry.field(_resolver(f"{name}_sync", type))
        body[f"{name}_async"] = strawberry.field(_async_resolver(f"{name}_async", type))
    return body


Holder: Any = strawberry.type(type("Holder", (), _body()))


def holder(make: Callable[[], Any]) -> Any:
    """A source whose every attribute is the value, each made for itself when first asked for."""
    return _Making(make)


class _Making(SimpleNamespace):
    def __init__(self, make: Callable[[], Any]) -> None:
        super().__init__(_make=make)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self.__dict__[name] = self._make()
        return self.__dict__[name]


@strawberry.type
class Query:
    @strawberry.field
    def holder(self, info: Info) -> Holder | None:
        return holder(info.context.scene)

    @strawberry.field
    def holders(self, info: Info) -> list[Holder | None]:
        """One among others that hold nothing wrong."""
        return [holder(lambda: [7]), holder(info.context.scene), None, holder(list)]


lists = both(strawberry.Schema(Query))
