"""What dataclasses and signatures say about inputs, read once when the schema is built."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin, get_type_hints

from strawberry.utils.str_converters import to_camel_case

from engine.uploads import Upload


@dataclass(frozen=True, slots=True)
class Parameter:
    """One input. `type` is bare: without null, without its description, without Unset."""

    name: str
    type: Any
    nullable: bool
    description: str
    default: Any = MISSING

    @property
    def client_name(self) -> str:
        return to_camel_case(self.name.rstrip("_"))

    @property
    def optional(self) -> bool:
        return self.default is not MISSING


def of_dataclass(cls: type) -> list[Parameter]:
    """The fields of an input dataclass, in order."""
    hints = get_type_hints(cls, include_extras=True)
    return [_parameter(each.name, hints[each.name], each.default) for each in fields(cls)]


def of_function(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a resolver after its context."""
    hints = get_type_hints(function, include_extras=True)
    _, *given = inspect.signature(function).parameters.values()
    empty = inspect.Parameter.empty
    return [
        _parameter(each.name, hints[each.name], MISSING if each.default is empty else each.default)
        for each in given
    ]


def item_of(type: Any) -> Any:
    """What a list type lists, or None where it is no list."""
    return get_args(type)[0] if get_origin(type) in {tuple, list} else None


def is_input(type: Any) -> bool:
    return inspect.isclass(type) and is_dataclass(type) and type is not Upload


def is_id(type: Any) -> bool:
    return isinstance(type, NewType)


def is_json(type: Any) -> bool:
    return type is Any or get_origin(type) is dict


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    description = ""
    if get_origin(hint) is Annotated:
        hint, description = get_args(hint)[:2]
    members = list(_members(hint))
    unset = type(default) if isinstance(default, Enum) else None
    core = [member for member in members if member is not NoneType and not _is(member, unset)]
    bare = Union[tuple(core)] if len(core) > 1 else core[0]  # noqa: UP007 - built at run time
    return Parameter(name, bare, NoneType in members, description, default)


def _is(member: Any, unset: type | None) -> bool:
    return member is unset and unset is not None and len(unset.__members__) == 1


def _members(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in {Union, UnionType}:
        yield from get_args(hint)
    else:
        yield hint
