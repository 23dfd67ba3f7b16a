"""Nulls and errors climb to the nearest field that may be null.

The cases are those of graphql-core's tests/execution/test_nonnull.py.
"""

from typing import Any, NamedTuple

import pytest
import strawberry

from tests.engine.both import Info, Visit, both

DEEP = "syncNonNullNest { promiseNonNullNest { syncNonNullNest { promiseNonNullNest { %s } } } }"
WAY = "syncNonNullNest.promiseNonNullNest.syncNonNullNest.promiseNonNullNest"
TREE = "sync promise syncNest { sync promise } promiseNest { sync promise }"
BARE = {"sync": None, "promise": None}
TREE_OF_NULLS = {**BARE, "syncNest": BARE, "promiseNest": BARE}
BRANCHES = ("syncNest", "promiseNest", "anotherNest", "anotherPromiseNest")
LEAVES = ("syncNonNull", "syncNonNull", "promiseNonNull", "promiseNonNull")


def throwing(name: str) -> Any:
    raise RuntimeError(name)


def returning(name: str) -> Any:
    return RuntimeError(name)


def nulling(name: str) -> Any:
    return None


@strawberry.type
class DataType:
    @strawberry.field
    def sync(self, info: Info) -> str | None:
        return info.context.scene("sync")  # type: ignore[no-any-return]  # the test decides

    @strawberry.field
    def sync_non_null(self, info: Info) -> str:
        return info.context.scene("syncNonNull")  # type: ignore[no-any-return]  # as above

    @strawberry.field
    async def promise(self, info: Info) -> str | None:
        return info.context.scene("promise")  # type: ignore[no-any-return]  # as above

    @strawberry.field
    async def promise_non_null(self, info: Info) -> str:
        return info.context.scene("promiseNonNull")  # type: ignore[no-any-return]  # as above

    @strawberry.field
    def sync_nest(self) -> "DataType | None":
        return DataType()

    @strawberry.field
    def sync_non_null_nest(self) -> "DataType":
        return DataType()

    @strawberry.field
    async def promise_nest(self) -> "DataType | None":
        return DataType()

    @strawberry.field
    async def promise_non_null_nest(self) -> "DataType":
        return DataType()

    @strawberry.field
    def with_non_null_arg(self, cannot_be_null: str) -> str | None:
        return f"Passed: {cannot_be_null}"


nesting = both(strawberry.Schema(DataType))


class Case(NamedTuple):
    """What is asked, and the paths at which it fails where everything fails."""

    query: str
    data: Any
    failing: tuple[str, ...]
    nulling: bool = True
    """Whether it fails alike where resolvers answer null."""


CASES = {
    "a nullable field": Case("{ sync }", {"sync": None}, ("sync",), nulling=False),
    "an object that contains a non-null field": Case(
        "{ syncNest { syncNonNull } }", {"syncNest": None}, ("syncNest.syncNonNull",)
    ),
    "a promised object that contains a non-null field": Case(
        "{ promiseNest { syncNonNull } }", {"promiseNest": None}, ("promiseNest.syncNonNull",)
    ),
    "a complex tree of nullable fields, each": Case(
        f"{{ syncNest {{ {TREE} }} promiseNest {{ {TREE} }} }}",
        {"syncNest": TREE_OF_NULLS, "promiseNest": TREE_OF_NULLS},
        tuple(
            f"{root}.{inner}{leaf}"
            for root in ("syncNest", "promiseNest")
            for inner in ("", "syncNest.", "promiseNest.")
            for leaf in BARE
        ),
        nulling=False,
    ),
    "the first nullable field after a long chain of non-null ones": Case(
        f"""{{ syncNest {{ {DEEP % "syncNonNull"} }} promiseNest {{ {DEEP % "syncNonNull"} }}
        anotherNest: syncNest {{ {DEEP % "promiseNonNull"} }}
        anotherPromiseNest: promiseNest {{ {DEEP % "promiseNonNull"} }} }}""",
        dict.fromkeys(BRANCHES),
        tuple(f"{root}.{WAY}.{leaf}" for root, leaf in zip(BRANCHES, LEAVES, strict=True)),
    ),
    "the top level": Case("{ syncNonNull }", None, ("syncNonNull",)),
    "the top level, from afar": Case(f"{{ {DEEP % 'sync'} syncNonNull }}", None, ("syncNonNull",)),
}
ONE_NULL = {
    "root fields throw nested errors": "{ promiseNonNullNest { syncNonNull } %s }",
    "nested fields throw nested errors": "{ syncNest { promiseNonNullNest { syncNonNull } %s } }",
    "after many errors": "{ syncNest { sync promise %s promiseNonNullNest { syncNonNull } } }",
    "a sibling that is nulled too": "{ syncNest { promiseNonNull syncNonNull %s } }",
    "lower siblings": f"{{ promiseNest {{ syncNonNull {DEEP % 'sync promise'} }} %s }}",
}
SIBLINGS = (
    "promiseNest { syncNonNull }",
    "promiseNest { promiseNonNull }",
    "promiseNest { promiseNest { promiseNest { promiseNonNull } } }",
    "syncNest { syncNonNull promise }",
    "sync promise",
)


def promised(text: str) -> str:
    """The same, of the fields that are resolved later."""
    for name in ("syncNonNull", "sync"):
        for end in (" ", ",", "}"):
            text = text.replace(f" {name}{end}", f" {name.replace('sync', 'promise')}{end}")
            text = text.replace(f".{name}{end}", f".{name.replace('sync', 'promise')}{end}")
    return text


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("act", [throwing, returning])
async def test_an_error_nulls(name: str, act: Any) -> None:
    case = CASES[name]
    answer = await nesting.ask(case.query, visit=lambda: Visit(act))
    assert answer["data"] == case.data
    told = {(".".join(error["path"]), error["message"]) for error in answer["errors"]}
    expected = {(path, path.rpartition(".")[2]) for path in case.failing}
    assert told == expected if "afar" not in name else expected <= told


@pytest.mark.parametrize("name", CASES)
async def test_a_null_nulls(name: str) -> None:
    case = CASES[name]
    answer = await nesting.ask(case.query, visit=lambda: Visit(nulling))
    assert answer["data"] == case.data
    told = {(".".join(error["path"]), error["message"]) for error in answer.get("errors", ())}
    message = "Cannot return null for non-nullable field DataType."
    failing = case.failing if case.nulling else ()
    assert told == {(path, message + path.rpartition(".")[2] + ".") for path in failing}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("act", [throwing, returning, nulling])
async def test_what_is_resolved_later_nulls_alike(name: str, act: Any) -> None:
    asked = promised(CASES[name].query)
    answer = await nesting.ask(asked, visit=lambda: Visit(act))
    assert "sync " not in asked
    assert (answer["data"] is None) == (CASES[name].data is None)


@pytest.mark.parametrize("name", ONE_NULL)
@pytest.mark.parametrize("sibling", SIBLINGS)
@pytest.mark.parametrize("act", [throwing, returning, nulling])
async def test_several_errors_in_one_null_leave_one_null(name: str, sibling: str, act: Any) -> None:
    answer = await nesting.ask(ONE_NULL[name] % sibling, visit=lambda: Visit(act))
    assert answer["data"] is None or None in answer["data"].values()
    assert answer["errors"]


ARGUMENTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a literal": ('{ withNonNullArg(cannotBeNull: "literal value") }', {}, "literal value"),
    "a variable": (
        "query ($testVar: String!) { withNonNullArg(cannotBeNull: $testVar) }",
        {"testVar": "variable value"},
        "variable value",
    ),
    "a variable's default": (
        'query ($testVar: String = "default value") { withNonNullArg(cannotBeNull: $testVar) }',
        {},
        "default value",
    ),
}


@pytest.mark.parametrize("name", ARGUMENTS)
async def test_an_argument_that_must_not_be_null_takes(name: str) -> None:
    query, variables, value = ARGUMENTS[name]
    answer = await nesting.ask(query, variables)
    assert answer == {"data": {"withNonNullArg": f"Passed: {value}"}}


async def test_an_argument_that_must_not_be_null_and_is_fails_its_field() -> None:
    query = 'query ($testVar: String = "x") { withNonNullArg(cannotBeNull: $testVar) sync }'
    answer = await nesting.ask(query, {"testVar": None}, lambda: Visit(nulling))
    assert answer["data"] == {"withNonNullArg": None, "sync": None}
    [error] = answer["errors"]
    assert error["path"] == ["withNonNullArg"]
    assert "not to be None" in error["message"]


@pytest.mark.parametrize(
    "query",
    [
        "{ withNonNullArg }",
        "{ withNonNullArg(cannotBeNull: null) }",
        "query ($testVar: String) { withNonNullArg(cannotBeNull: $testVar) }",
    ],
)
async def test_an_argument_that_must_be_given_and_is_not_refuses_the_operation(query: str) -> None:
    assert list(await nesting.ask(query)) == ["errors"]
