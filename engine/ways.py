"""The ways in which a field comes to its values, and what of them is known ahead."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, cast

from graphql import (
    GraphQLScalarType,
    ListValueNode,
    ObjectValueNode,
    VariableNode,
    get_nullable_type,
)
from graphql.execution.values import get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.base import StrawberryMaybe
from strawberry.types.field import StrawberryField

from engine.fields import Attribute, Computed, Facet, Field
from engine.operations import Answered
from engine.reading import Batched

if TYPE_CHECKING:
    from graphql import FieldNode, GraphQLField, ValueNode
    from graphql.execution.values import VariableValues

    from engine.fields import Access, Resolution
    from engine.reading import Columns

TYPENAME: Final = "__typename"
EVERYTHING: Final = None
NOTHING: Final = ()


class Kind(Enum):
    TYPENAME = auto()
    ATTRIBUTE = auto()
    COMPUTED = auto()
    SAME = auto()
    """The object itself, as another type sees it."""

    BATCHED = auto()
    """Read for all objects of a level at once."""

    CALLED = auto()
    """Called for each object, as graphql-core does."""


PLAIN: Final = frozenset({Kind.TYPENAME, Kind.ATTRIBUTE, Kind.COMPUTED, Kind.SAME})
"""Made of the object alone, at once."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a field's values are come by; `needs` are the attributes of the object that it takes."""

    kind: Kind
    name: str = ""
    needs: Columns = NOTHING
    access: Access | None = None
    resolution: Any = None
    declared: StrawberryField | None = None

    @property
    def guard(self) -> Access:
        """The access of a field that is not for everybody."""
        return cast("Access", self.access)

    @property
    def attribute(self) -> str:
        """The attribute that it is, where it is one."""
        return self.resolution.name if isinstance(self.resolution, Attribute) else self.name

    @property
    def is_plain(self) -> bool:
        return self.kind in PLAIN

    def expression(self, function: str, rows: type, names: dict[str, Any]) -> str:
        """Python for the value in a row of that class; what it needs is added to `names`."""
        if self.kind is Kind.SAME:
            return "row"
        if self.kind is Kind.COMPUTED:
            quick = self.resolution.for_rows(rows)
            names[function] = quick or self.resolution.function
            return f"{function}(row[{self.resolution.needs[0]!r}])" if quick else f"{function}(row)"
        alike = getattr(rows, "alike", ())
        name = self.attribute
        return f"row[{name!r}]" if name in alike else f"row.{name}"


def way_of(definition: GraphQLField, *, name: str, of: str, is_event: bool) -> Way:
    """The way of a field of the type `of`; an event is the value of its subscription."""
    if name == TYPENAME:
        return Way(Kind.TYPENAME)
    declared = definition.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if is_event:
        return Way(Kind.SAME, needs=EVERYTHING)
    if isinstance(declared, Field) and not (declared.base_resolver or declared.extensions):
        return _declared(declared, of)
    if isinstance(declared, StrawberryField) and _is_attribute(declared, definition):
        return Way(Kind.ATTRIBUTE, declared.python_name, (declared.python_name,))
    return Way(Kind.CALLED, needs=EVERYTHING)


def _declared(declared: Field, of: str) -> Way:
    name, access = declared.python_name, declared.access
    if access is not None and access.check is None:
        access = None
    kind, needs = _kind(declared.resolution, name, of)
    if needs is not EVERYTHING and access is not None:
        needs = (*needs, *access.reads)
    return Way(kind, name, needs, access, declared.resolution, declared)


def _kind(resolution: Resolution | None, name: str, of: str) -> tuple[Kind, Columns]:
    match resolution:
        case None:
            return Kind.ATTRIBUTE, (name,)
        case Attribute():
            return Kind.ATTRIBUTE, (resolution.name,)
        case Facet():
            return Kind.SAME, NOTHING
        case Computed():
            return Kind.COMPUTED, resolution.needs
        case Batched():
            return Kind.BATCHED, resolution.needs
        case _:
            looks_at = resolution.reads(of) if isinstance(resolution, Answered) else EVERYTHING
            return Kind.CALLED, looks_at


def _is_attribute(declared: StrawberryField, definition: GraphQLField) -> bool:
    """Whether nothing but the attribute is looked at: no resolver, no extension, no handler."""
    default = getattr(definition.resolve, "_is_default", False)
    return bool(default and declared.is_basic_field and declared.default_resolver is getattr)


class Arguments:
    """The arguments of one field of a document, coerced by graphql-core's own function."""

    def __init__(
        self, definition: GraphQLField, node: FieldNode, *, hide_suggestions: bool
    ) -> None:
        self._definition, self._node = definition, node
        self._hide_suggestions = hide_suggestions
        self._known: dict[str, Any] | None = None if definition.args else {}
        self.are_constant = not any(_varies(each.value) for each in node.arguments or ())

    def coerced(self, variables: VariableValues) -> dict[str, Any]:
        """By GraphQL's names, with defaults; raises GraphQLError where one cannot be coerced."""
        if self._known is not None:
            return self._known
        values = self.fresh(variables)
        if self.are_constant:
            self._known = values
        return values

    def fresh(self, variables: VariableValues) -> dict[str, Any]:
        """The same, for somebody who may change them."""
        return get_argument_values(
            self._definition, self._node, variables, None, self._hide_suggestions
        )


def _varies(value: ValueNode) -> bool:
    match value:
        case VariableNode():
            return True
        case ListValueNode():
            return any(map(_varies, value.values))
        case ObjectValueNode():
            return any(_varies(each.value) for each in value.fields)
    return False


def converted(declared: StrawberryField, coerced: dict[str, Any], converter: Any) -> dict[str, Any]:
    """Coerced arguments as Strawberry hands them to a resolver: by Python's names and types."""
    if not coerced:
        return coerced
    return convert_arguments(
        coerced,
        declared.arguments,
        scalar_registry=converter.scalar_registry,
        config=converter.config,
    )


def scalar_names(definition: GraphQLField, way: Way) -> dict[str, str] | None:
    """Python's names of arguments that are all scalars, which Strawberry hands on as they are."""
    arguments = way.declared.arguments if way.declared else []
    if len(arguments) != len(definition.args):
        return None
    for argument, given in zip(arguments, definition.args.values(), strict=True):
        is_scalar = isinstance(get_nullable_type(given.type), GraphQLScalarType)
        if not is_scalar or isinstance(argument.type, StrawberryMaybe):
            return None
    names = (argument.python_name for argument in arguments)
    return dict(zip(definition.args, names, strict=True))
