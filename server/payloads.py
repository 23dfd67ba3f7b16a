"""What webhooks tell of an event: the answer to a GraphQL selection."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import orjson
from graphql import GraphQLError, OperationDefinitionNode, parse

from domain.events import Event
from domain.webhooks import LONGEST_SELECTION
from engine import ids
from engine.execution import Engine, Operation, OperationRequest, Rejected

DOCUMENT = "subscription ($organization: ID!) { events(organization: $organization) %s }"
SHAPE = "Give one selection on `OrganizationEvent` in braces, such as `{ kind occurredAt }`."


class EventPayloads:
    """Answers selections with an engine of its own, built when the first one is."""

    def __init__(self, build: Callable[[], Engine]) -> None:
        self._build = build

    @cached_property
    def _engine(self) -> Engine:
        return self._build()

    def problems(self, selection: str) -> list[str]:
        if len(selection) > LONGEST_SELECTION:
            return [f"A selection has at most {LONGEST_SELECTION} characters."]
        try:
            if not _is_one_selection(selection):
                return [SHAPE]
            self._prepared(selection, "")
        except Rejected as rejected:
            return [error["message"] for error in rejected.errors[:10]]
        return []

    async def data(self, selection: str, event: Event, context: Any) -> bytes:
        operation = self._prepared(
            selection, ids.encode("Organization", event.organization_id or event.entity_id)
        )
        answer = await self._engine.answer_event(operation, context, event)
        told = orjson.loads(answer.body())
        if told["data"] is None:
            raise RuntimeError(f"the event could not be told: {told['errors'][0]['message']}")
        return orjson.dumps(told["data"]["events"])

    def _prepared(self, selection: str, organization: str) -> Operation:
        document = DOCUMENT % selection
        return self._engine.prepare(
            OperationRequest(document, None, {"organization": organization})
        )


def _is_one_selection(text: str) -> bool:
    """Whether nothing but a selection stands there, so that it can stand in a document of ours."""
    try:
        definitions = parse(text, no_location=True, max_tokens=1_000).definitions
    except GraphQLError:
        return False
    [only, *others] = definitions
    return (
        isinstance(only, OperationDefinitionNode) and not others and text.lstrip().startswith("{")
    )
