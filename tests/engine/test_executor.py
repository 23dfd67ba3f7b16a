"""Order, errors and paths: the cases of graphql-core's test_executor.py and test_mutations.py.

Left out are those of its own functions, of roots that are handed in, and of queries that are not
valid; and the directives of incremental delivery, which our schemas do not have.
"""

from typing import Any, Final

import pytest

from tests.engine.both import Visit
from tests.engine.doing import Number, executor

NULL: Final = "Cannot return null for non-nullable field Query."
DATA: Final = {"a": "Apple", "b": "Banana", "x": "Cookie", "pic": "Pic of size: 100"}
ARBITRARY: Final = """
query ($size: Int!) { data { a, b, x: c ...c promise { a } deep { a b c deeper { a b } } } }
fragment c on Data { pic(size: $size) promise { b } }
"""


async def test_arbitrary_queries_are_executed() -> None:
    answer = await executor.ask(ARBITRARY, {"size": 100})
    inner = {"a": "Apple", "b": "Banana"}
    deep: Any = {"a": "Already Been Done", "b": "Boring", "c": ["Contrived", None, "Confusing"]}
    deep["deeper"] = [inner, None, inner]
    assert answer == {"data": {"data": {**DATA, "promise": inner, "deep": deep}}}
    assert list(answer["data"]["data"]) == ["a", "b", "x", "pic", "promise", "deep"]


async def test_parallel_fragments_merge() -> None:
    answer = await executor.ask("""
        { data { a, ...One, ...Two } }
        fragment One on Data { b, promise { b, more: promise { b } } }
        fragment Two on Data { c, promise { c, more: promise { c } } }
    """)
    both_ = {"b": "Banana", "c": "Cookie"}
    promised = {"b": "Banana", "more": both_, "c": "Cookie"}
    assert answer["data"]["data"] == {
        "a": "Apple",
        "b": "Banana",
        "promise": promised,
        "c": "Cookie",
    }


async def test_subtrees_with_errors_are_null() -> None:
    names = ["Ok", "Error", "RawError", "ReturnError"]
    fields = " ".join(f"{way}{name}" for way in ("sync", "async") for name in names)
    answer = await executor.ask(f"{{ {fields} syncReturnErrorList }}")
    failing = {f"{way}{name}": None for way in ("sync", "async") for name in names[1:]}
    fine = {"syncOk": "sync ok", "asyncOk": "async ok"}
    assert answer["data"] == {
        **failing,
        **fine,
        "syncReturnErrorList": ["sync0", None, "sync2", None],
    }
    assert {tuple(error["path"]) for error in answer["errors"]} == {
        *((name,) for name in failing),
        ("syncReturnErrorList", 1),
        ("syncReturnErrorList", 3),
    }


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("{ asyncNullError syncNullError }", "syncNullError"),
        ("{ syncNullError asyncNullError }", "syncNullError"),
        ("{ asyncRawError asyncNullError }", "asyncNullError"),
    ],
)
async def test_errors_that_climb_are_combined_with_others(query: str, path: str) -> None:
    answer = await executor.ask(query)
    assert answer["data"] is None
    assert [NULL + path + "."] == [e["message"] for e in answer["errors"] if e["path"] == [path]]


async def test_the_whole_path_is_told() -> None:
    chain = "nonNullA { anotherA: nonNullA { throws { __typename } } }"
    query = f"{{ nullableA {{ aliasedA: nullableA {{ {chain} }} }} }}"
    answer = await executor.ask(query)
    assert answer["data"] == {"nullableA": {"aliasedA": None}}
    [error] = answer["errors"]
    assert error["path"] == ["nullableA", "aliasedA", "nonNullA", "anotherA", "throws"]
    assert error["locations"] == [{"line": 1, "column": 69}]


async def test_mutations_are_evaluated_one_after_the_other() -> None:
    ways = {"first": "change", "second": "promise", "third": "change", "fourth": "promise"}
    numbered = list(enumerate(ways.items(), 1))
    fields = " ".join(
        f"{name}: {way}(to: {n}) {{ theNumber promisedNumber }}" for n, (name, way) in numbered
    )
    answer = await executor.ask(f"mutation {{ {fields} }}", visit=lambda: Visit(Number(6)))
    assert answer == {
        "data": {name: {"theNumber": n, "promisedNumber": n} for n, (name, _) in numbered}
    }


async def test_a_mutation_that_fails_keeps_none_from_being_evaluated() -> None:
    query = """mutation {
        first: change(to: 1) { theNumber } second: promise(to: 2) { theNumber }
        third: fail(to: 3) { theNumber } ...More sixth: promiseAndFail(to: 6) { theNumber }
    } fragment More on Mutation { fourth: promise(to: 4) { theNumber } }"""
    answer = await executor.ask(query, visit=lambda: Visit(Number(6)))
    done = {name: {"theNumber": n} for name, n in (("first", 1), ("second", 2), ("fourth", 4))}
    assert answer["data"] == {**done, "third": None, "sixth": None}
    assert list(answer["data"]) == ["first", "second", "third", "fourth", "sixth"]
    assert [error["path"] for error in answer["errors"]] == [["third"], ["sixth"]]


async def test_a_mutation_whose_null_takes_everything_with_it_is_the_last() -> None:
    numbers: list[Any] = []

    def visit() -> Visit:
        numbers.append(Number(6))
        return Visit(numbers[-1])

    query = """mutation {
        a: change(to: 1) { theNumber } mustFail(to: 2) { theNumber } b: change(to: 3) { theNumber }
    }"""
    answer = await executor.ask(query, visit=visit)
    assert answer["data"] is None
    assert numbers == [Number(1), Number(1)]
