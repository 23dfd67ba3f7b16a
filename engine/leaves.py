"""How values become what JSON carries: once compiled for a whole list, with the rules of the types.

What is compiled takes the common case; anything else is put aside for graphql-core, which knows
every case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    Undefined,
    get_nullable_type,
)
from strawberry.execution import optimized_is_awaitable
from strawberry.scalars import JSON
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.schema.types.scalar import DEFAULT_SCALAR_REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from graphql import GraphQLOutputType

_INT: Final = 2**31

_EXACT: Final[Mapping[Any, str]] = {
    GraphQLString: "{v}.__class__ is str",
    GraphQLID: "{v}.__class__ is str",
    GraphQLBoolean: "{v}.__class__ is bool",
    GraphQLInt: f"{{v}}.__class__ is int and {-_INT} <= {{v}} < {_INT}",
    GraphQLFloat: "{v}.__class__ is float and {v} - {v} == 0",
}
"""Conditions under which a value of a standard scalar is its own JSON."""

_ONLY: Final[Mapping[Any, type]] = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
"""Classes all of whose values are their own JSON."""

_BY_FUNCTION: Final[Mapping[Any, str]] = {
    # orjson writes a moment in UTC as `isoformat` does, and ten times as fast.
    DateTimeDefinition.serialize: "{v}.__class__ is datetime and {v}.tzinfo is UTC",
    DEFAULT_SCALAR_REGISTRY[JSON].serialize: "{v}.__class__ is dict",
}
"""The same for scalars that are known by the function that serializes them."""


class Irregular(Exception):
    """A value is not of the form that the compiled path takes."""


class Odd:
    """Stands in an answer for a value that graphql-core has yet to complete."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


Oddities: TypeAlias = list[Odd]
Completed: TypeAlias = "Callable[[Iterable[Any], Oddities], list[Any]]"


def columns(type_: GraphQLOutputType) -> Completed:
    """The function that completes many values of a leaf type, or of lists of one.

    For what it does not take it puts an `Odd` in place, and adds it to its second argument.
    """
    names: dict[str, Any] = {}
    code = expression(type_, "value", "leaf", names)
    return eval(f"lambda values, odd: [{code} for value in values]", names)  # type: ignore[no-any-return]  # noqa: S307  text of our own making


def expression(type_: GraphQLOutputType, value: str, name: str, names: dict[str, Any]) -> str:
    """Python for the completed form of what the expression `value` gives; see `columns`.

    What the code needs is added to `names`, under names that begin with `name`.
    """
    nullable, v = get_nullable_type(type_), f"{name}_value"
    names[name] = _slowly(type_)
    if isinstance(nullable, GraphQLEnumType):
        names[f"{name}_names"] = _names_of(nullable)
        return f"({name}_names.get({v} := {value}) or {name}({v}, odd))"
    condition = _condition(nullable, name, names)
    if condition is None:
        return f"{name}({value}, odd)"
    none = "" if isinstance(type_, GraphQLNonNull) else "{v} is None or "
    tested = (none + condition).format(v=v).replace(v, f"({v} := {value})", 1)
    return f"({v} if {tested} else {name}({v}, odd))"


def _condition(nullable: Any, name: str, names: dict[str, Any]) -> str | None:
    """When a value is its own JSON; None where that takes the type's own function to say."""
    if isinstance(nullable, GraphQLList):
        item = nullable.of_type
        only = _ONLY.get(item.of_type) if isinstance(item, GraphQLNonNull) else None
        if only is None:
            return None
        names[f"{name}_only"] = frozenset({only}).issuperset
        return f"{{v}}.__class__ is list and {name}_only(map(type, {{v}}))"
    names.update(datetime=datetime, UTC=UTC)
    return _EXACT.get(nullable) or _BY_FUNCTION.get(getattr(nullable, "serialize", None))


def _slowly(type_: GraphQLOutputType) -> Callable[[Any, Oddities], Any]:
    """The function that completes one value by the type's own rules."""
    nullable = get_nullable_type(type_)
    complete = _list(nullable.of_type) if isinstance(nullable, GraphQLList) else _leaf(nullable)
    required = isinstance(type_, GraphQLNonNull)

    def slowly(value: Any, odd: Oddities) -> Any:
        if value is None and not required:
            return None
        try:
            return complete(value)
        except Exception:  # noqa: BLE001  graphql-core finds out what is wrong with it
            odd.append(Odd(value))
            return odd[-1]

    return slowly


def _leaf(type_: Any) -> Callable[[Any], Any]:
    def complete(value: Any) -> Any:
        if value is None or isinstance(value, Exception) or optimized_is_awaitable(value):
            raise Irregular
        done = type_.coerce_output_value(value)
        if done is None or done is Undefined:
            raise Irregular
        return done

    return complete


def _list(item: GraphQLOutputType) -> Callable[[Any], Any]:
    complete_items = columns(item)

    def complete(values: Any) -> list[Any]:
        if not isinstance(values, list | tuple):
            raise Irregular
        odd: Oddities = []
        done = complete_items(values, odd)
        if odd:
            raise Irregular
        return done

    return complete


def _names_of(enum: GraphQLEnumType) -> Mapping[Any, str]:
    """GraphQL's names by Python's members; empty where the enumeration has no class."""
    wrapped = getattr(enum, "wrapped_cls", None)
    if wrapped is None:
        return {}
    return {wrapped(value.value): name for name, value in enum.values.items()}
