"""Refuses operations whose answers could hold too many objects, before they are executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from graphql import (
    FragmentDefinitionNode,
    OperationDefinitionNode,
    get_introspection_query,
    parse,
)

from engine.errors import QUERY_TOO_COMPLEX, refusal, reject
from engine.estimate import Estimate, Scope
from engine.limits import INTROSPECTION_ROOTS
from engine.shapes import shapes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphql import GraphQLObjectType, GraphQLSchema

    from engine.documents import Document
    from engine.estimate import Selected
    from engine.limits import Limits


class Estimator:
    """Refuses operations whose answers could get too large."""

    def __init__(self, schema: GraphQLSchema, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._shapes = shapes(schema)
        self._introspection_limit = 2 * self._whole_introspection()

    def check(
        self, document: Document, operation: OperationDefinitionNode, variables: Mapping[str, Any]
    ) -> None:
        """Refuse pages beyond the page size and answers beyond the node limit.

        Introspection gives no nodes: it may cost twice what asking for all of it does.
        """
        passed = document.passed[operation.name.value if operation.name else None]
        if any(_agree(reading, variables) for reading in passed):
            return
        estimate = self._estimate(document.fragments, variables)
        roots = estimate.groups([self._root(operation)])
        introspection = {name: group for name, group in roots.items() if _introspects(group)}
        nodes = {name: group for name, group in roots.items() if name not in introspection}
        _at_most(self._limits.nodes, estimate, nodes)
        _at_most(self._introspection_limit, estimate, introspection)
        if not any(isinstance(value, list) for value in estimate.read.values()):
            passed.append(estimate.read)

    def _estimate(
        self, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
    ) -> Estimate:
        return Estimate(self._schema, self._shapes, fragments, variables, self._limits.page_size)

    def _root(self, operation: OperationDefinitionNode) -> Scope:
        """Where a valid operation starts: validation has seen that the schema has its type."""
        parent = cast("GraphQLObjectType", self._schema.get_root_type(operation.operation))
        return Scope(parent, operation.selection_set)

    def _whole_introspection(self) -> int:
        query = parse(get_introspection_query(input_value_deprecation=True)).definitions
        operation = next(d for d in query if isinstance(d, OperationDefinitionNode))
        fragments = {d.name.value: d for d in query if isinstance(d, FragmentDefinitionNode)}
        return self._estimate(fragments, {}).total([self._root(operation)])


def _agree(reading: Mapping[str, Any], variables: Mapping[str, Any]) -> bool:
    return all(variables.get(name) == value for name, value in reading.items())


def _introspects(group: Sequence[Selected]) -> bool:
    return group[0].node.name.value in INTROSPECTION_ROOTS


def _at_most(limit: int, estimate: Estimate, groups: Mapping[str, Sequence[Selected]]) -> None:
    found = sum(map(estimate.cost, groups.values()))
    if found <= limit:
        return
    way = list(estimate.heaviest(groups))
    path = ".".join(name for name, _ in way)
    message = (
        f"The answer could hold {found} objects, most at '{path}'; at most {limit} are allowed."
    )
    raise reject([refusal(QUERY_TOO_COMPLEX, message, way[-1][1])])
