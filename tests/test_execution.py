"""Queries, mutations and subscriptions run, stop in time, and answer in plain JSON."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import orjson
import pytest

from engine.execution import Answer, OperationRequest, Rejected
from tests.library import Closed, Visit, answered, engine, library

CALLS = OperationRequest("subscription { calls }")


async def subscribed(visit: Visit, query: str = CALLS.query) -> AsyncGenerator[Answer, None]:
    async def renew() -> Visit:
        return visit

    return await library.subscribe(library.prepare(OperationRequest(query)), visit, renew)


async def test_a_query_is_answered_with_data_alone() -> None:
    answer = await answered("query Q($n: Int!) { number(value: $n) book { title } }", n=3)
    assert answer.body() == b'{"data":{"number":3,"book":{"title":"Notes"}}}'


async def test_errors_follow_the_data_they_belong_to() -> None:
    answer = await answered("{ closed number }")
    body = orjson.loads(answer.body())
    assert list(body) == ["data", "errors"]
    assert body["data"] == {"closed": None, "number": 1}


async def test_data_lost_to_an_error_is_null_and_present() -> None:
    answer = Answer(None, [{"message": "x"}])
    assert answer.body() == b'{"data":null,"errors":[{"message":"x"}]}'


@pytest.mark.parametrize("value", [2**70, "ü\u2028", [1, {"a": None}], "\ud800"])
async def test_any_json_value_can_be_answered(value: Any) -> None:
    answer = await answered("query ($v: JSON!) { echo(value: $v) }", v=value)
    assert answer.errors == []
    assert answer.body()


@pytest.mark.parametrize("kind", ["query", "mutation", "subscription"])
def test_the_kind_and_name_of_an_operation_are_known_before_it_runs(kind: str) -> None:
    document = (
        "query query { number } mutation mutation { __typename }"
        " subscription subscription { calls }"
    )
    operation = library.prepare(OperationRequest(document, operation_name=kind))
    assert (operation.kind, operation.name) == (kind, kind)


async def test_the_fields_of_a_mutation_run_one_after_the_other() -> None:
    visit = Visit()
    query = 'mutation { a: note(text: "a") b: note(text: "b") }'
    answer = await library.execute(library.prepare(OperationRequest(query)), visit)
    assert answer.data == {"a": "a", "b": "b"}
    assert visit.log == ["a begins", "a ends", "b begins", "b ends"]


async def test_an_operation_that_takes_too_long_is_stopped_and_says_so() -> None:
    hasty = engine(operation_timeout=0.1)
    visit = Visit()
    query = "{ a: slow b: slow book { title } }"
    answer = await hasty.execute(hasty.prepare(OperationRequest(query)), visit)
    assert answer.data is None
    assert answer.errors == [
        {
            "message": "The operation took longer than 0.1 seconds.",
            "extensions": {"code": "UNAVAILABLE"},
        }
    ]
    assert sorted(visit.log) == ["started", "started", "stopped", "stopped"]


async def test_a_caller_that_goes_away_stops_the_resolvers() -> None:
    visit = Visit()
    operation = library.prepare(OperationRequest("{ a: slow b: slow }"))
    running = asyncio.create_task(library.execute(operation, visit))
    await visit.started.wait()
    assert visit.log == ["started", "started"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert visit.log[2:] == ["stopped", "stopped"]


async def test_every_event_is_answered_in_order_until_the_source_ends() -> None:
    visit = Visit()
    for event in ("one", "two", None):
        visit.events.put_nowait(event)
    answers = [answer async for answer in await subscribed(visit)]
    assert answers == [Answer({"calls": "one"}, []), Answer({"calls": "two"}, [])]
    assert visit.log == ["closed"]


async def test_every_event_is_resolved_in_a_fresh_context() -> None:
    visit = Visit()
    renewals = iter(range(1, 10))

    async def renew() -> Visit:
        return Visit(request_id=f"event-{next(renewals)}")

    operation = library.prepare(OperationRequest("subscription { visitors { requestId } }"))
    answers = await library.subscribe(operation, visit, renew)
    seen = []
    for _ in range(2):
        visit.events.put_nowait("x")
        seen.append((await anext(answers)).data)
    await answers.aclose()
    assert seen == [{"visitors": {"requestId": f"event-{n}"}} for n in (1, 2)]


async def test_closing_a_subscription_closes_its_source() -> None:
    visit = Visit()
    visit.events.put_nowait("one")
    answers = await subscribed(visit)
    await anext(answers)
    await answers.aclose()
    assert visit.log == ["closed"]


async def test_a_waiting_subscriber_that_goes_away_closes_the_source() -> None:
    visit = Visit()
    answers = await subscribed(visit)

    async def first() -> Answer:
        return await anext(answers)

    waiting = asyncio.create_task(first())
    await asyncio.sleep(0)
    waiting.cancel()
    with suppress(asyncio.CancelledError):
        await waiting
    assert visit.log == ["closed"]


async def test_a_subscription_nobody_listens_to_can_be_closed() -> None:
    answers = await subscribed(Visit())
    await answers.aclose()
    assert [answer async for answer in answers] == []


async def test_a_source_that_fails_ends_the_stream_with_the_error() -> None:
    visit = Visit()
    visit.events.put_nowait("one")
    visit.events.put_nowait(Closed())
    answers = [answer async for answer in await subscribed(visit)]
    assert answers[0] == Answer({"calls": "one"}, [])
    assert answers[1].data is None
    assert answers[1].errors == [
        {"message": "The reading room is closed.", "extensions": {"code": "FORBIDDEN"}}
    ]
    assert len(answers) == 2


async def test_a_fault_in_a_source_is_masked() -> None:
    visit = Visit()
    visit.events.put_nowait(RuntimeError("password=hunter2"))
    (answer,) = [answer async for answer in await subscribed(visit)]
    assert answer.errors[0]["extensions"] == {"code": "INTERNAL", "requestId": "request-1"}
    assert b"hunter2" not in answer.body()


async def test_a_renewal_that_is_refused_ends_the_stream_and_closes_the_source() -> None:
    visit = Visit()

    async def renew() -> Visit:
        raise Closed

    answers = await library.subscribe(library.prepare(CALLS), visit, renew)
    visit.events.put_nowait("one")
    (answer,) = [answer async for answer in answers]
    assert answer.errors[0]["extensions"] == {"code": "FORBIDDEN"}
    assert visit.log == ["closed"]


async def test_a_source_that_cannot_be_opened_is_rejected_before_the_first_event() -> None:
    with pytest.raises(Rejected) as caught:
        await subscribed(Visit(), "subscription { locked }")
    (error,) = caught.value.errors
    assert error["message"] == "The reading room is closed."
    assert error["path"] == ["locked"]
    assert error["extensions"] == {"code": "FORBIDDEN"}


async def test_an_event_that_takes_too_long_is_answered_as_such_and_the_next_one_awaited() -> None:
    hasty = engine(operation_timeout=0.01)
    visit = Visit()

    async def renew() -> Visit:
        return visit

    operation = hasty.prepare(OperationRequest("subscription { visitors { late } }"))
    answers = await hasty.subscribe(operation, visit, renew)
    for _ in range(2):
        visit.events.put_nowait("x")
        answer = await anext(answers)
        assert answer.errors[0]["extensions"] == {"code": "UNAVAILABLE"}
    await answers.aclose()
