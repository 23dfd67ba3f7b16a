"""Coerces an operation's variables once, before anything runs."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from graphql import get_variable_values

from engine.errors import BAD_USER_INPUT, refusal, reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLSchema, OperationDefinitionNode, VariableDefinitionNode
    from graphql.execution.values import VariableValues

ERRORS: Final = 10
NESTING: Final = 100
VALUES: Final = 20_000
INTEGER_BITS: Final = 1_024


def coerced(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    given: dict[str, Any],
    *,
    suggestions: bool,
) -> VariableValues:
    """The operation's variables as its resolvers get them; raises Rejected."""
    definitions = operation.variable_definitions or ()
    for definition in definitions:
        _check(definition, given.get(definition.variable.name.value))
    values = get_variable_values(
        schema, definitions, given, max_errors=ERRORS, hide_suggestions=not suggestions
    )
    if isinstance(values, list):
        raise reject(values)
    return values


def _check(definition: VariableDefinitionNode, value: Any) -> None:
    """Refuse what could exhaust the interpreter before types are looked at."""
    left = VALUES
    for depth, level in enumerate(_levels(value)):
        left -= len(level)
        if left < 0:
            raise reject([_bad(definition, f"holds more than {VALUES} values")])
        if depth > NESTING:
            raise reject([_bad(definition, f"is nested more than {NESTING} levels deep")])
        if not all(map(_is_sane, level)):
            raise reject([_bad(definition, "holds a number that is too large or not a number")])


def _levels(value: Any) -> Iterator[list[Any]]:
    """The value, then the values inside it, and so on inwards."""
    level = [value]
    while level:
        yield level
        level = [inner for outer in level for inner in _inside(outer)]


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _is_sane(value: Any) -> bool:
    if isinstance(value, float):
        return isfinite(value)
    return not isinstance(value, int) or value.bit_length() <= INTEGER_BITS


def _bad(definition: VariableDefinitionNode, problem: str) -> Any:
    message = f"Variable '${definition.variable.name.value}' {problem}."
    return refusal(BAD_USER_INPUT, message, definition)
