"""Queries that select every field of every type, made from the schema itself."""

from collections.abc import Iterator
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
REQUIRED = {"values": '{first_name: "Ada"}'}
"""Arguments that a field below the roots cannot do without."""

Covered = set[tuple[str, str]]


def nodes() -> list[str]:
    """The types of everything that has an id."""
    return sorted(
        name
        for name, type in TYPES.items()
        if isinstance(type, GraphQLObjectType) and _is_node(type)
    )


def selection(type: GraphQLNamedType, depth: int, covered: Covered) -> str:
    """Every field of a type, and of the types below it down to so many nodes."""
    if isinstance(type, GraphQLInterfaceType):
        return _of_interface(type, depth, covered)
    assert isinstance(type, GraphQLObjectType)
    fields = (_field(type, name, field, depth, covered) for name, field in type.fields.items())
    return "{ __typename " + " ".join(each for each in fields if each) + " }"


def queries(covered: Covered) -> list[str]:
    """One document for every root and every type that it can answer."""
    query = _object("Query")
    found = []
    for name, field in query.fields.items():
        covered.add((query.name, name))
        declared = ", ".join(f"${each}: {argument.type}" for each, argument in field.args.items())
        given = ", ".join(f"{each}: ${each}" for each in field.args)
        opening = f"query ({declared}) {{ {name}({given})" if given else f"{{ {name}"
        inner = get_named_type(field.type)
        names = nodes() if inner.name == "Node" else [inner.name]
        for type_name in names:
            wanted = selection(TYPES[type_name], 2, covered)
            found.append(f"{opening} {{ ... on {type_name} {wanted} }} }}")
    return found


def mutation(name: str, covered: Covered) -> str:
    """A mutation that asks for everything it answers."""
    return _with_arguments("Mutation", name, covered)


def subscription(name: str, covered: Covered) -> str:
    """A subscription that asks for everything it delivers."""
    return _with_arguments("Subscription", name, covered)


def _with_arguments(root: str, name: str, covered: Covered) -> str:
    field = _object(root).fields[name]
    covered.add((root, name))
    [(argument, given)] = field.args.items()
    wanted = selection(get_named_type(field.type), 1, covered)
    return (
        f"{root.lower()} (${argument}: {given.type}) {{ {name}({argument}: ${argument}) {wanted} }}"
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
    if isinstance(answer, dict):
        for name, value in answer.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(answer, list):
        for value in answer:
            yield from values_of(value, key)


def connections() -> list[tuple[str, str]]:
    """Every list that grows: the type it hangs off, and its name."""
    return [
        (owner, name)
        for owner in nodes()
        for name, field in _object(owner).fields.items()
        if get_named_type(field.type).name.endswith("Connection")
    ]


def _field(
    owner: GraphQLObjectType, name: str, field: GraphQLField, depth: int, covered: Covered
) -> str | None:
    inner = get_named_type(field.type)
    arguments = _arguments(field)
    if is_leaf_type(inner):
        covered.add((owner.name, name))
        return name + arguments
    if _is_node(inner) and name == "node":
        covered.add((owner.name, name))
        return "node { id }"  # an edge's row is selected in full beside it, under `nodes`
    if _is_node(inner) and depth == 0:
        return None
    covered.add((owner.name, name))
    return f"{name}{arguments} {selection(inner, depth - _is_node(inner), covered)}"


def _of_interface(type: GraphQLInterfaceType, depth: int, covered: Covered) -> str:
    """The parts that all have, where what they add would not merge under one name."""
    if type.name == "Node":
        return "{ __typename id }"
    parts = (
        f"... on {each.name} {selection(each, depth, covered)}"
        for each in schema._schema.get_possible_types(type)
    )
    return "{ __typename " + " ".join(parts) + " }"


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
