"""What an object of an interface or a union is, and what is asked of it then.

The cases are those of graphql-core's tests/execution/test_abstract.py, but for sources that name
their type by an attribute: Strawberry's interfaces and unions do not look at it.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated, Any, Final

import pytest
import strawberry

from tests.engine.both import Both, Info, Visit, both

ODIE: Final = SimpleNamespace(kind="Dog", name="Odie", woofs=True)
GARFIELD: Final = SimpleNamespace(kind="Cat", name="Garfield", meows=False)
SEEN: Final = [{"name": "Odie", "woofs": True}, {"name": "Garfield", "meows": False}]
INTERFACE: Final = "{ pets { name ... on Dog { woofs } ... on Cat { meows } } }"
UNION: Final = "{ pets { ... on Dog { name woofs } ... on Cat { name meows } } }"
USELESS: Final = (
    "Abstract type 'Pet' must resolve to an Object type at runtime for field 'Query.pets'. Either"
    " the 'Pet' type should provide a 'resolve_type' function or each possible type should"
    " provide an 'is_type_of' function."
)
Answering = Callable[..., Any]


def now(answer: Callable[[Any], Any]) -> Answering:
    return lambda _cls, value, *_: answer(value)


def soon(answer: Callable[[Any], Any]) -> Answering:
    return lambda _cls, value, *_: _soon(answer, value)


async def _soon(answer: Callable[[Any], Any], value: Any) -> Any:
    return answer(value)


def throws(value: Any) -> Any:
    raise RuntimeError("We are testing this error")


def kind(value: Any) -> str:
    return str(value.kind)


def of_kind(name: str) -> Callable[[Any], bool]:
    return lambda value: bool(value.kind == name)


def pets(*, union: bool = False, resolve: Any = None, dog: Any = None, cat: Any = None) -> Both:
    """A schema of pets, an interface or a union, that are told apart in these ways."""
    body: dict[str, Any] = {"__annotations__": {"name": str | None}}
    if resolve is not None:
        body["resolve_type"] = classmethod(resolve)
    base = object if union else strawberry.interface(type("Pet", (), body))

    def made(name: str, is_type_of: Any, **fields: Any) -> Any:
        body: dict[str, Any] = {"__annotations__": {"name": str | None, **fields}}
        if is_type_of is not None:
            body["is_type_of"] = classmethod(is_type_of)
        return strawberry.type(type(name, (base,), body))

    dogs, cats = made("Dog", dog, woofs=bool | None), made("Cat", cat, meows=bool | None)
    of: Any = Annotated[dogs | cats, strawberry.union("Pet")] if union else base

    def resolver(info: Info) -> Any:
        return info.context.scene

    resolver.__annotations__["return"] = list[of | None] | None
    query = type("Query", (), {"pets": strawberry.field(resolver)})
    return both(strawberry.Schema(strawberry.type(query), types=[dogs, cats]))


WAYS: Final[dict[str, Callable[[], Both]]] = {
    "is_type_of": lambda: pets(dog=now(of_kind("Dog")), cat=now(of_kind("Cat"))),
    "is_type_of, later": lambda: pets(dog=soon(of_kind("Dog")), cat=soon(of_kind("Cat"))),
    "is_type_of, now or later": lambda: pets(dog=now(of_kind("Dog")), cat=soon(of_kind("Cat"))),
    "resolve_type": lambda: pets(
        resolve=now(kind), dog=now(of_kind("Dog")), cat=now(of_kind("Cat"))
    ),
    "resolve_type, later": lambda: pets(
        resolve=soon(kind), dog=now(of_kind("Dog")), cat=now(of_kind("Cat"))
    ),
    "is_type_of in a union": lambda: pets(
        union=True, dog=now(of_kind("Dog")), cat=now(of_kind("Cat"))
    ),
}


async def seen(by: Both, query: str = INTERFACE, values: Any = (ODIE, GARFIELD)) -> Any:
    return await by.ask(query, visit=lambda: Visit(list(values)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("query", [UNION, INTERFACE])
async def test_an_object_is_what_it_is_said_to_be(way: str, query: str) -> None:
    if query == INTERFACE and "union" in way:
        query = "{ pets { ...D ... on Cat { name meows } } } fragment D on Dog { name woofs }"
    assert await seen(WAYS[way](), query) == {"data": {"pets": SEEN}}


@pytest.mark.parametrize("way", WAYS)
async def test_nulls_and_strangers_among_them(way: str) -> None:
    stranger = SimpleNamespace(kind="Human", name="Jon")
    query = "{ pets { __typename ... on Dog { woofs } } }"
    answer = await seen(WAYS[way](), query, [None, ODIE, stranger, GARFIELD, None])
    dog, cat = {"__typename": "Dog", "woofs": True}, {"__typename": "Cat"}
    assert answer["data"] == {"pets": [None, dog, None, cat, None]}
    assert [error["path"] for error in answer["errors"]] == [["pets", 2]]


@pytest.mark.parametrize("way", [now, soon])
async def test_is_type_of_can_throw(way: Any) -> None:
    answer = await seen(pets(dog=way(throws), cat=now(of_kind("Cat"))), values=[ODIE, ODIE])
    assert answer["data"] == {"pets": [None, None]}
    assert {error["message"] for error in answer["errors"]} == {"We are testing this error"}


@pytest.mark.parametrize("way", [now, soon])
async def test_resolve_type_can_throw(way: Any) -> None:
    answer = await seen(pets(resolve=way(throws)))
    assert answer["data"] == {"pets": [None, None]}
    assert [error["path"] for error in answer["errors"]] == [["pets", 0], ["pets", 1]]


@pytest.mark.parametrize("way", [now, soon])
@pytest.mark.parametrize("name", [None, "Human", "String", "__Schema", "Query", "", 3, []])
async def test_a_type_that_is_none_of_them_is_an_error(way: Any, name: Any) -> None:
    answer = await seen(pets(resolve=way(lambda _: name)))
    assert answer["data"] == {"pets": [None, None]}
    assert len(answer["errors"]) == 2


@pytest.mark.parametrize("way", [now, soon])
async def test_no_suitable_type_is_an_error(way: Any) -> None:
    never = way(lambda _: False)
    answer = await seen(pets(dog=never, cat=never), values=[ODIE])
    assert answer["data"] == {"pets": [None]}


@pytest.mark.parametrize("way", [now, soon])
async def test_an_object_that_is_not_of_its_type_after_all_is_an_error(way: Any) -> None:
    cats = pets(resolve=now(lambda _: "Cat"), dog=way(of_kind("Dog")), cat=way(of_kind("Cat")))
    answer = await seen(cats)
    assert answer["data"] == {"pets": [None, {"name": "Garfield", "meows": False}]}
    assert answer["errors"][0]["path"] == ["pets", 0]
