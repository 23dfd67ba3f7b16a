"""What a client asks for: as it was sent, and as it was found to be valid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

if TYPE_CHECKING:
    from collections.abc import Hashable

    from graphql import OperationDefinitionNode
    from graphql.execution.values import VariableValues

    from engine.documents import Document

Kind = Literal["query", "mutation", "subscription"]


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """What a client sent, whichever transport it came by."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is valid, within its limits, and has its variables coerced."""

    document: Document
    definition: OperationDefinitionNode
    variables: VariableValues
    request: OperationRequest

    @property
    def kind(self) -> Kind:
        return self.definition.operation.value

    @property
    def name(self) -> str | None:
        return self.definition.name.value if self.definition.name else None

    def identity(self, view: Hashable) -> Hashable:
        """The same for all that ask the same of an event and see the same; None where that cannot
        be told.
        """
        variables, asked = self.request.variables or {}, self.document.traits.answering
        given = {name: value for name, value in variables.items() if name in asked}
        try:
            # As text, since the bytes that orjson makes keep the room they were made in.
            told = orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()
        except TypeError:
            return None
        return None if view is None else (self.document, self.name, told, view)
