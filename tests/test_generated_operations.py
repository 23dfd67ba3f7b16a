"""Whatever is asked, by whomever: an answer of the schema's types, and errors that say what."""

import os
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.errors import DomainError
from engine.execution import OperationRequest, Rejected
from schema import schema
from tests.conformance import departures
from tests.generated import Generated, operations
from tests.scenes import Scenes
from tests.world import Person, World

GRAPH = schema._schema
ASKED: Final = os.environ.get("GENERATED_OPERATIONS")
"""How many operations to try, other ones in every run; a hundred, always the same, unless set."""
CALLERS: Final = ("editor", "admin", "approver", "viewer", "stranger", "nobody")
CODES: Final = {
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "BAD_USER_INPUT",
    "QUERY_TOO_COMPLEX",
    "CONFLICT",
}


@pytest.fixture(scope="module")
def scenes(world: World) -> Scenes:
    return Scenes(world)


@settings(
    max_examples=int(ASKED or 30),
    derandomize=ASKED is None,
    deadline=None,
    database=None,
    print_blob=True,
    phases=[Phase.generate],  # what fails is not shrunk: that would take minutes
    suppress_health_check=list(HealthCheck),
)
@given(asked=operations(GRAPH), caller=st.sampled_from(CALLERS))
async def test_no_operation_meets_a_fault_and_every_answer_is_of_the_schemas_types(
    world: World, scenes: Scenes, asked: Generated, caller: str
) -> None:
    scene = await scenes.next()
    given = asked.on(scene.things)
    answer = await _answer(world, given, scene.callers[caller])
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    assert codes <= CODES, answer["errors"]
    if answer.get("data") is not None:
        assert departures(GRAPH, given.query, answer["data"]) == []


async def _answer(world: World, given: Generated, by: Person | None) -> dict[str, Any]:
    """What a client gets, as it comes off the wire."""
    try:
        operation = world.engine.prepare(OperationRequest(given.query, None, given.variables))
        answer = await world.engine.execute(operation, await world.context(by))
    except Rejected as rejected:
        return {"errors": orjson.loads(orjson.dumps(rejected.errors))}
    except DomainError as error:
        return {"errors": [{"message": str(error), "extensions": {"code": error.code}}]}
    return dict(orjson.loads(answer.body()))
