"""Finds the plan of an operation; what was planned lately is remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from graphql.execution.values import VariableValues

from engine.plan import Plan
from engine.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Hashable

    from graphql import GraphQLSchema, OperationDefinitionNode

    from engine.documents import Document

KEPT: Final = 2_000
KEPT_BYTES: Final = 64 * 2**20
BYTES_A_FIELD: Final = 3_000
"""Measured: a planned field, with its part of the compiled selection, takes 2,000 to 3,000."""


class Plans:
    """The plans of one schema, the least recently used forgotten first."""

    def __init__(self, schema: GraphQLSchema, *, hide_suggestions: bool) -> None:
        self._schema, self._hide_suggestions = schema, hide_suggestions
        self._recent: Recent[Hashable, Plan] = Recent(most=KEPT, bytes=KEPT_BYTES)

    @property
    def count(self) -> int:
        return len(self._recent)

    @property
    def weight(self) -> int:
        """Roughly the bytes that the remembered plans take."""
        return self._recent.weight

    def get(
        self, document: Document, operation: OperationDefinitionNode, variables: VariableValues
    ) -> Plan:
        """The plan of the operation under those variables; say `used` when it has been."""
        names = document.traits.steering
        steering = tuple(variables.coerced.get(name) for name in names)
        identity = (document, operation.name and operation.name.value, steering)
        plan = self._recent.get(identity)
        if plan is None:
            plan = Plan(
                self._schema,
                document,
                operation,
                _only(names, variables),
                identity,
                hide_suggestions=self._hide_suggestions,
            )
        return plan

    def used(self, plan: Plan) -> None:
        """Remember the plan, which has become as large as answers reach into it."""
        if plan.size != plan.remembered_size:
            plan.remembered_size = plan.size
            weight = plan.size * BYTES_A_FIELD + plan.document.weight
            self._recent.keep(plan.identity, plan, weight)


def _only(names: tuple[str, ...], variables: VariableValues) -> VariableValues:
    """Those variables alone: a plan must not hold on to whatever else was sent."""
    return VariableValues(
        {name: variables.sources[name] for name in names if name in variables.sources},
        {name: variables.coerced[name] for name in names if name in variables.coerced},
    )
