"""What never ends, fails or is given up harms nobody else, and leaves nothing running."""

import asyncio
from itertools import pairwise
from typing import Final

import pytest

from engine.execution import Answer, Engine, OperationRequest
from engine.recent import Recent
from tests.engine.both import Visit, both
from tests.engine.museum import museum, schema
from tests.engine.waiting import Waiting, hasty, waiting

NEVER: Final = {
    "a relation": ("{ things { one { name } } }", {"one"}),
    "two relations": ("{ things { one { name } other { name } } }", {"one", "other"}),
    "a list, its count and what precedes it": (
        "{ things { list { totalCount nodes { name } } } }",
        {"list pages", "list counts"},
    ),
    "a resolver": ("{ resolved }", {"resolved"}),
    "resolvers of a list": ("{ things { resolved answered } }", {"resolved", "answered"}),
    "resolvers and relations": (
        "{ things { resolved one { name } answered } }",
        {"resolved", "one", "answered"},
    ),
    "a list that comes piece by piece": ("{ things { streamed } }", {"streamed"}),
    "a mutation": ("mutation { first { name } then }", {"first"}),
}


async def begun(engine: Engine, query: str, scene: Waiting, what: set[str]) -> asyncio.Task[Answer]:
    """The execution, when all of that has begun."""
    running = asyncio.create_task(execute(engine, query, scene))
    await scene.until_begun(what)
    return running


async def execute(engine: Engine, query: str, scene: Waiting) -> Answer:
    return await engine.execute(engine.prepare(OperationRequest(query)), Visit(scene))


def others() -> set[asyncio.Task[object]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


@pytest.mark.parametrize("name", NEVER)
async def test_a_caller_that_goes_away_stops(name: str) -> None:
    query, what = NEVER[name]
    before, scene = others(), Waiting()
    running = await begun(waiting.planned, query, scene, what)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(scene.begun) == sorted(scene.stopped)
    assert others() <= before


@pytest.mark.parametrize("name", NEVER)
async def test_time_that_is_up_stops(name: str) -> None:
    query, what = NEVER[name]
    before, scene = others(), Waiting()
    answer = await (await begun(hasty.planned, query, scene, what))
    assert [error["extensions"] for error in answer.errors] == [{"code": "UNAVAILABLE"}]
    assert answer.data is None
    assert sorted(scene.begun) == sorted(scene.stopped)
    assert others() <= before


@pytest.mark.parametrize("name", NEVER)
async def test_others_are_answered_beside(name: str) -> None:
    query, what = NEVER[name]
    running = await begun(waiting.planned, query, scene := Waiting(), what)
    answer = await execute(waiting.planned, "{ things { name } }", Waiting())
    assert answer.data == {"things": [{"name": f"thing {n}"} for n in range(3)]}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert scene.stopped


async def test_a_failure_that_takes_everything_with_it_leaves_nothing_running() -> None:
    before = others()
    query = "{ mustFail resolved things { one { name } } }"
    answer = await execute(hasty.planned, query, Waiting())
    assert answer.data is None
    assert [error["message"] for error in answer.errors] == ["It must."]
    assert others() <= before


async def test_operations_that_fail_at_the_same_time_keep_their_errors_apart() -> None:
    queries = [
        "{ paintingsOrNulls { fails } }",
        "{ paintingsOrNulls { mustNotFail room { name } } }",
        "{ sound { archived { name } } }",
        "{ sound { id artist { name } } }",
    ]

    async def answer(engine: Engine, query: str) -> bytes:
        operation = engine.prepare(OperationRequest(query))
        return (await engine.execute(operation, Visit())).body()

    alone = [await answer(museum.planned, query) for query in queries]
    together = await asyncio.gather(*(answer(museum.planned, query) for query in queries * 5))
    assert together == alone * 5


@pytest.mark.parametrize(("most", "bytes"), [(10, 1_000), (1_000, 100)])
def test_what_never_comes_again_is_forgotten(most: int, bytes: int) -> None:
    recent: Recent[int, str] = Recent(most=most, bytes=bytes)
    for n in range(100):
        recent.keep(n, "plan", 10)
        recent.get(0)
    assert (len(recent), recent.weight) == (10, 100)
    assert [recent.get(n) for n in (0, 1, 90, 99)] == ["plan", None, None, "plan"]


async def test_a_plan_weighs_more_the_more_it_selects() -> None:
    fresh, weights = both(schema).planned, [0]
    for fields in ("number", "sound { id }", "sound { id artist { id name mentor { name } } }"):
        await fresh.execute(fresh.prepare(OperationRequest(f"{{ {fields} }}")), Visit())
        weights.append(fresh._plans.weight)
    grown = [after - before for before, after in pairwise(weights)]
    assert 0 < grown[0] < grown[1] < grown[2]


async def test_variables_that_do_not_steer_make_no_plans() -> None:
    query = "query ($n: Int!) { number(value: $n) works { similar(limit: $n) { title } } }"
    fresh = both(schema)
    for n in range(1, 20):
        await fresh.ask(query, {"n": n})
    assert fresh.planned._plans.count == 1


async def test_steering_variables_make_a_plan_each() -> None:
    query = "query ($yes: Boolean!) { number b: number @include(if: $yes) }"
    fresh = both(schema)
    for yes in (True, False, True, False):
        await fresh.ask(query, {"yes": yes})
    assert fresh.planned._plans.count == 2


async def test_what_can_only_be_null_is_not_waited_for() -> None:
    """graphql-core's tests/execution/test_parallel.py, cancel_selection_sets."""
    for engine in (hasty.core, hasty.planned):
        answer = await execute(engine, "{ mustFail resolved }", scene := Waiting())
        assert answer.data is None
        assert [error["message"] for error in answer.errors] == ["It must."]
        assert scene.stopped == ["resolved"]
