"""Both executors over one schema: whatever is asked, they must answer the same."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import strawberry
from graphql import DirectiveNode, NameNode

from engine.cursors import Cursors
from engine.execution import Engine, Operation, OperationRequest, Rejected
from engine.limits import Limits
from engine.loading import Loaders
from tests.engine.comparing import Json, departures, is_same

VISIBLE = (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError)


class Trouble(Exception):
    """A refusal that clients may read, with a code of its own."""

    code = "TROUBLE"

    def __init__(self, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details = details


@dataclass
class Visit:
    """The context of one operation; `scene` is what a test's resolvers answer from."""

    scene: Any = None
    roles: frozenset[str] = frozenset()
    request_id: str = "request-1"
    reads: list[tuple[Any, list[Any]]] = field(default_factory=list)
    """The sources that were asked, and for which keys."""

    cursors: Cursors = field(default_factory=lambda: Cursors("a secret"))
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.loaders = Loaders(self)

    def needing(self, permission: Any) -> "Visit":
        return self

    def fresh(self) -> "Visit":
        return self

    async def settle(self) -> None:
        """Nothing is held beyond an answer here."""


Info = strawberry.Info[Visit, None]
Visits = Callable[[], Visit]


@dataclass(frozen=True)
class Both:
    """A schema's two engines, which show the messages of all errors but graphql-core's own."""

    core: Engine
    planned: Engine

    async def ask(
        self, query: str, variables: dict[str, Any] | None = None, visit: Visits = Visit
    ) -> Json:
        """The core's answer, once the planned one is known to be the same."""
        request = OperationRequest(query, None, variables)
        core = await answered(self.core, request, visit())
        planned = await answered(self.planned, request, visit())
        if not is_same(core, planned):
            found = await everything(self.core, request, visit())
            assert departures(core, planned, found) == [], (query, variables, core, planned)
        return core


def both(schema: strawberry.Schema, **limits: Any) -> Both:
    """The engines of a schema, one that plans and one that does not."""
    return Both(_engine(schema, False, limits), _engine(schema, True, limits))


def _engine(schema: strawberry.Schema, planned: bool, limits: dict[str, Any]) -> Engine:
    return Engine(
        schema,
        limits=Limits(**limits),
        introspection=True,
        suggestions=True,
        public_errors=(*VISIBLE, TypeError, ValueError, Trouble),
        planned=planned,
    )


async def answered(engine: Engine, request: OperationRequest, context: Any) -> Json:
    """What a client reads: `data` and `errors`, or only `errors` where it was refused."""
    try:
        operation = engine.prepare(request)
    except Rejected as rejected:
        return {"errors": orjson.loads(orjson.dumps(rejected.errors))}
    answer = await engine.execute(operation, context)
    return dict(orjson.loads(answer.body()))


async def everything(core: Engine, request: OperationRequest, context: Any) -> list[Json]:
    """Every error that the operation meets, when none of them keeps another from happening."""
    operation = _unpropagated(core.prepare(request))
    answer = await core.execute(operation, context)
    return list(orjson.loads(answer.body()).get("errors", []))


def _unpropagated(operation: Operation) -> Operation:
    name = NameNode(value="experimental_disableErrorPropagation")
    directives = (*(operation.definition.directives or ()), DirectiveNode(name=name))
    return replace(operation, definition=replace(operation.definition, directives=directives))
