"""Types as data: which rows they describe, and who may see their fields."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from enum import Enum
from typing import Any, TypeVar

import strawberry
from strawberry.types.base import StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.field import StrawberryField

from engine import ids
from engine.fields import Access, Field, Related, computed

T = TypeVar("T", bound=type)
E = TypeVar("E", bound=type[Enum])
F = TypeVar("F", bound=Callable[..., Any])

_ENTITIES: dict[type, str] = {}


def _row_type(row: Any) -> type:
    """What a row is of: rows that are only read name the class that they stand for."""
    return getattr(type(row), "model", type(row))


def by_class(function: F) -> F:
    """Mark a function of a row and of what surrounds it that looks at the row's class alone."""
    function.is_by_class = True  # type: ignore[attr-defined] # read by the executor
    return function


def entity_of(row: Any) -> str:
    """The name of the entity that a row is one of."""
    return _ENTITIES[_row_type(row)]


def record(
    description: str,
    *,
    access: Access,
    when: Callable[[Any, Any], bool] | None = None,
    interface: bool = False,
) -> Callable[[T], T]:
    """A type whose fields are visible to whom `access` lets pass, unless they say otherwise.

    `when` knows the rows that it describes, needed where it implements an interface; GraphQL also
    tells it where in the answer the row stands.
    """

    def decorate(cls: T) -> T:
        for declared in vars(cls).values():
            if isinstance(declared, Field) and declared.access is None:
                declared.access = access
        if when is not None:
            cls.is_type_of = staticmethod(when)  # type: ignore[attr-defined] # read by Strawberry
        make = strawberry.interface if interface else strawberry.type
        return make(cls, description=description)

    return decorate


def node(description: str, *, access: Access) -> Callable[[T], T]:
    """The interface of a schema's entities: the class's fields, and an id before them."""

    def decorate(cls: T) -> T:
        own = vars(cls).get("__annotations__", {})
        cls.__annotations__ = {"id": strawberry.ID, **own}
        cls.id = computed(  # type: ignore[attr-defined] # read by Strawberry
            lambda row: ids.encode(entity_of(row), row.id),
            description="Opaque, and unique among all things of this server.",
            needs=("id",),
            for_rows=_id_of,
        )
        cls.resolve_type = staticmethod(by_class(lambda row, *_: entity_of(row)))  # type: ignore[attr-defined] # read by Strawberry
        return record(description, access=access, interface=True)(cls)

    return decorate


def _id_of(rows: type) -> Callable[[Any], str] | None:
    """What makes the ids of rows of a class, where it is known what they are."""
    entity = _ENTITIES.get(getattr(rows, "model", rows))
    if entity is None or "id" not in getattr(rows, "plain", ()):
        return None
    return ids.encoder(entity)


def entity(description: str, *, row: type, access: Access) -> Callable[[T], T]:
    """A node of the graph: the public face of a row."""

    def decorate(cls: T) -> T:
        _ENTITIES[row] = cls.__name__
        describes = by_class(lambda each, _: _row_type(each) is row)
        return record(description, access=access, when=describes)(cls)

    return decorate


def described(enum: E, description: str, **values: str) -> E:
    """Make an enumeration part of the schema; every value gets a description."""
    if missing := [member.name for member in enum if member.name not in values]:
        raise TypeError(f"{enum.__name__} has values without a description: {missing}")
    decorated = strawberry.enum(enum, description=description)
    definition: StrawberryEnumDefinition = decorated.__strawberry_definition__  # type: ignore[attr-defined] # set by Strawberry
    for value in definition.values:
        value.description = values[value.name]
    return decorated


def finished(schema: strawberry.Schema) -> strawberry.Schema:
    """The schema, ready to serve: relations know whether they may be absent.

    Raises TypeError unless each of its fields says who may ask for it.
    """
    definitions = [each.definition for each in schema.schema_converter.type_map.values()]
    if silent := fields_without_access(definitions):
        raise TypeError(f"These fields do not say who may ask for them: {silent}")
    for declared in _output_fields(definitions):
        if isinstance(declared, Field) and isinstance(declared.resolution, Related):
            required = not isinstance(declared.type, StrawberryOptional)
            declared.resolution = replace(declared.resolution, required=required)
    return schema


def fields_without_access(definitions: Iterable[object]) -> list[str]:
    """The fields of object types and interfaces that do not say who may ask for them."""
    return [
        f"{declared.origin}.{declared.python_name}"
        for declared in _output_fields(definitions)
        if not (isinstance(declared, Field) and declared.access is not None)
    ]


def _output_fields(definitions: Iterable[object]) -> Iterator[StrawberryField]:
    for definition in definitions:
        if isinstance(definition, StrawberryObjectDefinition) and not definition.is_input:
            yield from definition.fields
