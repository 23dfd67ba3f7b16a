"""Whether an answer is what its operation and the schema's types promise."""

from collections.abc import Iterator
from typing import Any, Final

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    is_composite_type,
    parse,
)

TYPENAME: Final = "__typename"
KINDS: Final[dict[str, type]] = {
    "Boolean": bool,
    "DateTime": str,
    "ID": str,
    "Int": int,
    "JSON": object,
    "String": str,
}
Fields = dict[str, list[FieldNode]]


def departures(schema: GraphQLSchema, query: str, data: dict[str, Any]) -> list[str]:
    """The places of `data` that are not of the types they should be.

    All fragments of the query must be inline, and `__typename` be selected of everything.
    """
    [operation] = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    root = schema.get_root_type(operation.operation)
    assert root
    return list(_Walk(schema).object("data", root, [operation.selection_set], data))


class _Walk:
    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def value(
        self, at: str, type: GraphQLOutputType, below: list[SelectionSetNode], value: Any
    ) -> Iterator[str]:
        if isinstance(type, GraphQLNonNull):
            if value is None:
                yield f"{at} is null"
            type = type.of_type
        if value is None:
            return
        if isinstance(type, GraphQLList):
            yield from self._list(at, type.of_type, below, value)
        elif is_composite_type(type):
            yield from self.object(at, type, below, value)
        elif not _is_leaf(type, value):
            yield f"{at} is no {type}: {value!r}"

    def _list(self, at: str, item: Any, below: list[SelectionSetNode], value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at} is no list: {value!r}"
            return
        for index, each in enumerate(value):
            yield from self.value(f"{at}.{index}", item, below, each)

    def object(
        self, at: str, type: Any, below: list[SelectionSetNode], value: Any
    ) -> Iterator[str]:
        named = value.get(TYPENAME, "") if isinstance(value, dict) else ""
        actual = self._schema.type_map.get(named)
        if not isinstance(actual, GraphQLObjectType) or not self._is_a(actual, type):
            yield f"{at} is no {type}: {value!r}"
            return
        fields: Fields = {}
        for selections in below:
            self._collect(actual, selections, fields)
        if value.keys() != fields.keys():
            yield f"{at} has {sorted(value)} and not {sorted(fields)}"
            return
        for name in fields.keys() - {TYPENAME}:
            inner = [node.selection_set for node in fields[name] if node.selection_set]
            declared = actual.fields[fields[name][0].name.value]
            yield from self.value(f"{at}.{name}", declared.type, inner, value[name])

    def _collect(self, actual: GraphQLObjectType, from_: SelectionSetNode, found: Fields) -> None:
        for selection in from_.selections:
            if isinstance(selection, FieldNode):
                name = (selection.alias or selection.name).value
                found.setdefault(name, []).append(selection)
            elif isinstance(selection, InlineFragmentNode) and selection.type_condition:
                condition = self._schema.type_map[selection.type_condition.name.value]
                if self._is_a(actual, condition):
                    self._collect(actual, selection.selection_set, found)

    def _is_a(self, actual: GraphQLObjectType, type: Any) -> bool:
        return actual is type or (
            not isinstance(type, GraphQLObjectType) and self._schema.is_sub_type(type, actual)
        )


def _is_leaf(type: Any, value: Any) -> bool:
    if isinstance(type, GraphQLEnumType):
        return value in type.values
    if type.name == "Int" and isinstance(value, bool):
        return False
    return isinstance(value, KINDS[type.name])
