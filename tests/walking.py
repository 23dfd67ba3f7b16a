"""Queries that select every field of every type, made from the schema itself."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from schema import schema

TYPES = schema._schema.type_map
PAGE = 2
REQUIRED = {"values": '{first_name: "Ada"}', "action": "READ"}
"""Arguments that a field below the roots cannot do without."""

FAR = {"viewer", "organization", "User"}
"""From where one looks around what is around it too; that is looked around from by itself."""

HEAVY = {"Organization"}
"""Types around which no single document may ask for everything that far."""

Covered = set[tuple[str, str]]


def nodes() -> list[str]:
    """The types of everything that has an id."""
    return sorted(
        name
        for name, type in TYPES.items()
        if isinstance(type, GraphQLObjectType) and _is_node(type)
    )


class Document:
    """One document, in which everything that is selected of a type is a fragment."""

    def __init__(self, covered: Covered) -> None:
        self._covered, self._fragments = covered, dict[str, str]()

    def selection(self, type: GraphQLNamedType, depth: int) -> str:
        """Every field of a type, and of the types below it down to so many nodes; of the furthest,
        what is a value.
        """
        if isinstance(type, GraphQLInterfaceType):
            return self._of_interface(type, depth)
        assert isinstance(type, GraphQLObjectType)
        name = f"{type.name}{depth}"
        if name not in self._fragments:
            given = (self._field(type, each, field, depth) for each, field in type.fields.items())
            fields = " ".join(each for each in given if each)
            self._fragments[name] = f"fragment {name} on {type.name} {{ __typename {fields} }}"
        return f"{{ ...{name} }}"

    def part(self, type: GraphQLNamedType, depth: int, only: Sequence[str]) -> str:
        """Some fields of a type."""
        assert isinstance(type, GraphQLObjectType)
        given = (self._field(type, each, type.fields[each], depth) for each in only)
        return "{ __typename " + " ".join(each for each in given if each) + " }"

    def text(self, operation: str) -> str:
        return " ".join([operation, *self._fragments.values()])

    def _field(
        self, owner: GraphQLObjectType, name: str, field: GraphQLField, depth: int
    ) -> str | None:
        inner = get_named_type(field.type)
        arguments = _arguments(field)
        if depth == 0 and not is_leaf_type(inner):
            return None
        self._covered.add((owner.name, name))
        if is_leaf_type(inner):
            return name + arguments
        if name == "node":
            # An edge's row is selected in full beside it, under `nodes`.
            return "node { id }" if _is_node(inner) else "node { __typename }"
        below = max(depth - _is_node(inner), 0)
        return f"{name}{arguments} {self.selection(inner, below)}"

    def _of_interface(self, type: GraphQLInterfaceType, depth: int) -> str:
        """The parts that all have, where what they add would not merge under one name."""
        if type.name == "Node":
            return "{ __typename id }"
        parts = (
            f"... on {each.name} {self.selection(each, depth)}"
            for each in schema._schema.get_possible_types(type)
        )
        return "{ __typename " + " ".join(parts) + " }"


@cache
def queries() -> list[str]:
    """Documents for every root and every type that it can answer."""
    return _queries(set())


def covered_by_queries() -> Covered:
    """The fields that they select."""
    covered: Covered = set()
    _queries(covered)
    return covered


def _queries(covered: Covered) -> list[str]:
    query = _object("Query")
    found = []
    for name, field in query.fields.items():
        covered.add((query.name, name))
        declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
        given = ", ".join(f"{each}: ${each}" for each in field.args)
        opening = f"query ({declared}) {{ {name}({given})" if given else f"{{ {name}"
        if name == "nodes":
            found.append(f"{opening} {{ __typename id }} }}")
            continue
        inner = get_named_type(field.type)
        for type_name in nodes() if inner.name == "Node" else [inner.name]:
            depth = 2 if name in FAR or type_name in FAR else 1
            for only in _portions(_object(type_name), depth):
                document = Document(covered)
                wanted = document.part(TYPES[type_name], depth, only)
                found.append(document.text(f"{opening} {{ ... on {type_name} {wanted} }} }}"))
    return found


def _portions(type: GraphQLObjectType, depth: int) -> list[list[str]]:
    """The fields that are asked for together."""
    if depth == 1 or type.name not in HEAVY:
        return [list(type.fields)]
    plain = [name for name, each in type.fields.items() if is_leaf_type(get_named_type(each.type))]
    return [plain, *([name] for name in type.fields if name not in plain)]


def mutation(name: str, covered: Covered) -> str:
    """A mutation that asks for everything it answers."""
    return _with_arguments("Mutation", name, covered)


def subscription(name: str, covered: Covered) -> str:
    """A subscription that asks for everything it delivers."""
    return _with_arguments("Subscription", name, covered)


def _with_arguments(root: str, name: str, covered: Covered) -> str:
    field = _object(root).fields[name]
    covered.add((root, name))
    (argument, given), *_ = field.args.items()
    document = Document(covered)
    wanted = document.selection(get_named_type(field.type), 1)
    declared = f"${argument}: {given.type}"
    return document.text(
        f"{root.lower()} ({declared}) {{ {name}({argument}: ${argument}) {wanted} }}"
    )


def all_fields() -> Covered:
    """Every field of every type that answers can have."""
    return {
        (type.name, name)
        for type in TYPES.values()
        if isinstance(type, GraphQLObjectType) and not type.name.startswith("__")
        for name in type.fields
    }


def values_of(answer: Any, key: str) -> Iterator[Any]:
    """All values that an answer has under a name, however deep."""
    return (value for name, value in _named(answer) if name == key)


def cursors(answer: Any) -> dict[str, str]:
    """A cursor of every list of an answer that has any, by the list's name."""
    pages = ((name, value["pageInfo"]) for name, value in _named(answer) if _is_page(value))
    return {name: page["endCursor"] for name, page in pages if page["endCursor"]}


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("pageInfo"), dict)


def _named(answer: Any) -> Iterator[tuple[str, Any]]:
    """Everything that has a name in an answer, however deep."""
    if isinstance(answer, dict):
        yield from answer.items()
        answer = list(answer.values())
    if isinstance(answer, list):
        for value in answer:
            yield from _named(value)


def connections() -> list[tuple[str, str]]:
    """Every list that grows: the type it hangs off, and its name."""
    return [
        (owner, name)
        for owner in nodes()
        for name, field in _object(owner).fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    ]


def _arguments(field: GraphQLField) -> str:
    given = {
        name: REQUIRED[name] for name, each in field.args.items() if is_required_argument(each)
    }
    if "first" in field.args:
        given["first"] = str(PAGE)
    listed = ", ".join(f"{name}: {value}" for name, value in given.items())
    return f"({listed})" if listed else ""


def _object(name: str) -> GraphQLObjectType:
    type = TYPES[name]
    assert isinstance(type, GraphQLObjectType)
    return type


def _is_node(type: GraphQLNamedType) -> bool:
    return isinstance(type, GraphQLObjectType | GraphQLInterfaceType) and (
        type.name == "Node" or any(each.name == "Node" for each in type.interfaces)
    )
