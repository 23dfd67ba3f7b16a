"""What the estimate has to know about each field of a schema, read once."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    get_nullable_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLArgument, GraphQLField, GraphQLNamedType, GraphQLSchema

PAGE_ARGUMENTS: Final = ("first", "last")
IDS_ARGUMENT: Final = "ids"
LIST_SIZE: Final = "list_size"
"""The key in a Strawberry field's metadata that says how long its list gets at most."""

DEFAULT_PAGE: Final = 20
DEFAULT_LIST: Final = 10


class Shape(NamedTuple):
    """How many objects one field can give."""

    named_type: GraphQLNamedType
    is_list: bool
    pages: tuple[str, ...]
    """The arguments that say how large a page is to be; empty where there are no pages."""

    default_page: int
    list_size: int
    """How long the list gets where no page size and no ids say so."""

    takes_ids: bool
    weight: int
    """0 for what only wraps nodes: connections, page information, the way from edge to node."""


Shapes = dict[tuple[str, str], Shape]


def shapes(schema: GraphQLSchema) -> Shapes:
    """The shape of every field by the names of its parent type and itself."""
    sizes = _introspection_sizes(schema)
    found: Shapes = {}
    for parent, name, field in _fields(schema):
        found[parent.name, name] = _shape(parent, name, field, sizes)
    return found


def _fields(
    schema: GraphQLSchema,
) -> Iterator[tuple[GraphQLObjectType | GraphQLInterfaceType, str, GraphQLField]]:
    for parent in schema.type_map.values():
        if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in parent.fields.items():
                yield parent, name, field
    if schema.query_type:
        for name in ("__schema", "__type"):
            field = schema.get_field(schema.query_type, name)
            if field:
                yield schema.query_type, name, field


def _shape(
    parent: GraphQLNamedType, name: str, field: GraphQLField, sizes: dict[str, int]
) -> Shape:
    named = get_named_type(field.type)
    pages = tuple(key for key in PAGE_ARGUMENTS if _is_integer(field, key))
    is_list = isinstance(get_nullable_type(field.type), GraphQLList)
    wraps = named.name == "PageInfo" or (parent.name.endswith("Edge") and name == "node")
    return Shape(
        named,
        is_list,
        pages,
        max((_page_default(field.args[key]) for key in pages), default=DEFAULT_PAGE),
        sizes.get(name, DEFAULT_LIST) if parent.name.startswith("__") else _list_size(field),
        IDS_ARGUMENT in field.args,
        weight=0 if wraps or (pages and not is_list) else 1,
    )


def _is_integer(field: GraphQLField, argument: str) -> bool:
    return argument in field.args and get_named_type(field.args[argument].type) is GraphQLInt


def _page_default(argument: GraphQLArgument) -> int:
    declared = argument.default.value if argument.default else argument.default_value
    return declared if isinstance(declared, int) else DEFAULT_PAGE


def _list_size(field: GraphQLField) -> int:
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    metadata = getattr(declared, "metadata", None) or {}
    return int(metadata.get(LIST_SIZE, DEFAULT_LIST))


def _introspection_sizes(schema: GraphQLSchema) -> dict[str, int]:
    """How long introspection's lists are in this schema, on average."""
    types = schema.type_map.values()
    fields = [field for _, _, field in _fields(schema)]
    inputs = [type_ for type_ in types if isinstance(type_, GraphQLInputObjectType)]
    enums = [type_ for type_ in types if isinstance(type_, GraphQLEnumType)]
    objects = [t for t in types if isinstance(t, GraphQLObjectType | GraphQLInterfaceType)]
    abstract = [t for t in types if isinstance(t, GraphQLInterfaceType | GraphQLUnionType)]
    totals = {
        "fields": len(fields),
        "inputFields": sum(len(each.fields) for each in inputs),
        "enumValues": sum(len(each.values) for each in enums),
        "interfaces": sum(len(each.interfaces) for each in objects),
        "possibleTypes": sum(len(schema.get_possible_types(each)) for each in abstract),
    }
    arguments = sum(len(field.args) for field in fields)
    return {
        "types": len(types),
        "directives": len(schema.directives),
        "args": ceil(arguments / len(fields)),
        **{name: ceil(total / len(types)) for name, total in totals.items()},
    }
