"""Input types and arguments derived from plain dataclasses and signatures.

A parameter or dataclass field `name: Annotated[T, "description"] = default` becomes an input
field, so that nothing is said twice. Ids (NewTypes of UUID) become `ID` and must be of the
right kind. A field whose default is an `Unset` may be left out but, unless its type says so,
not be null.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING
from datetime import UTC, datetime
from enum import Enum
from inspect import cleandoc
from typing import Any, Optional
from uuid import UUID

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.scalars import JSON
from strawberry.types.arguments import StrawberryArgument

from engine import ids, parameters
from engine.fields import bad_input
from engine.parameters import Parameter

MOST_ITEMS = 1_000
"""Items of any list; a statement has room for 32,767 parameters."""

Path = tuple[str | int, ...]
Problems = list[tuple[Path, str]]


class Inputs:
    """Derives input types once, and reads the values that clients send for them.

    `entities` says for every kind of id which type of node it names; a parameter of the type
    `reference` takes the id of any node and becomes `reference(name, id)`.
    """

    def __init__(self, entities: Mapping[Any, str], reference: type) -> None:
        self._entities = entities
        self._reference = reference
        self._types: dict[type, type] = {}

    def type_of(self, cls: type, also: type | None = None) -> type:
        """The Strawberry input for a dataclass; its docstring is the description.

        The first time it may be given the fields of another dataclass besides its own.
        """
        if cls not in self._types:
            given = [each for part in (cls, also) if part for each in parameters.of_dataclass(part)]
            body: dict[str, Any] = {each.name: self._field(each) for each in given}
            body["__annotations__"] = {each.name: self._annotation(each) for each in given}
            body["__module__"] = cls.__module__
            made = type(_client_name(cls), (), body)
            description = cleandoc(cls.__doc__ or "")
            self._types[cls] = strawberry.input(made, description=description)
        return self._types[cls]

    def arguments(self, given: Sequence[Parameter]) -> list[StrawberryArgument]:
        """GraphQL arguments for a resolver's parameters."""
        return [
            StrawberryArgument(
                each.name,
                each.client_name,
                StrawberryAnnotation(self._annotation(each)),
                description=each.description,
                default=_client_default(each),
            )
            for each in given
        ]

    def read(
        self,
        given: Sequence[Parameter],
        source: Callable[[str], Any],
        problems: Problems,
        path: Path = (),
    ) -> dict[str, Any]:
        """The values by name; what is wrong is added to `problems` with its place."""
        values: dict[str, Any] = {}
        for each in given:
            raw = source(each.name)
            here = (*path, each.client_name)
            if raw is strawberry.UNSET:
                if each.default is not MISSING:
                    values[each.name] = each.default
            elif raw is None:
                values[each.name] = None
                if not each.nullable:
                    problems.append((here, "Leave this out to keep it; it cannot be null."))
            else:
                values[each.name] = self._value(each.type, raw, problems, here)
        return values

    def instance(self, cls: type, raw: Any, problems: Problems, path: Path = ()) -> Any:
        """The dataclass that a client's input means; None where there are problems."""
        before = len(problems)
        values = self.read(
            parameters.of_dataclass(cls), lambda name: getattr(raw, name), problems, path
        )
        return cls(**values) if len(problems) == before else None

    def _value(self, type: Any, raw: Any, problems: Problems, path: Path) -> Any:
        item = parameters.item_of(type)
        if item is not None:
            return self._items(item, raw, problems, path)
        if type is self._reference or parameters.is_id(type):
            return self._id(type, raw, problems, path)
        if parameters.is_input(type):
            return self.instance(type, raw, problems, path)
        try:
            return _stored(raw)
        except ValueError as error:
            problems.append((path, str(error)))
            return None

    def _items(self, item: Any, raw: list[Any], problems: Problems, path: Path) -> Any:
        if len(raw) > MOST_ITEMS:
            text = f"Give at most {MOST_ITEMS:,} items; these are {len(raw):,}."
            problems.append((path, text))
            return ()
        return tuple(self._value(item, each, problems, (*path, n)) for n, each in enumerate(raw))

    def _id(self, type: Any, raw: str, problems: Problems, path: Path) -> Any:
        try:
            entity, id = self._known(raw)
        except ids.MalformedId as error:
            problems.append((path, str(error)))
            return None
        if type is self._reference:
            return self._reference(entity, id)
        if entity != self._entities[type]:
            wanted = self._entities[type]
            problems.append((path, f"This id is of the type {entity}; give one of {wanted}."))
        return id

    def _known(self, raw: str) -> tuple[str, UUID]:
        """The type and the row that an id names; raises `MalformedId` where no type has the name.

        So nothing that a client made up is ever said back to it.
        """
        entity, id = ids.decode(raw)
        if entity not in self._entities.values():
            raise ids.MalformedId
        return entity, id

    def _annotation(self, parameter: Parameter) -> Any:
        bare = self._bare(parameter.type)
        return Optional[bare] if parameter.nullable or parameter.optional else bare  # noqa: UP045

    def _bare(self, type: Any) -> Any:
        item = parameters.item_of(type)
        if item is not None:
            return list[self._bare(item)]  # type: ignore[misc] # a type that is computed
        if type is self._reference or parameters.is_id(type):
            return strawberry.ID
        if parameters.is_input(type):
            return self.type_of(type)
        return JSON if parameters.is_json(type) else type

    def _field(self, parameter: Parameter) -> Any:
        default = _client_default(parameter)
        return (
            strawberry.field(
                description=parameter.description, name=parameter.client_name, default=default
            )
            if parameter.optional
            else strawberry.field(description=parameter.description, name=parameter.client_name)
        )


def _client_name(cls: type) -> str:
    """Inputs are called `…Input`, but for what narrows and sorts lists."""
    return cls.__name__ if cls.__name__.endswith(("Filter", "Order")) else f"{cls.__name__}Input"


def values_of(
    inputs: Inputs, given: Sequence[Parameter], arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a field's arguments; raises BAD_USER_INPUT with the first that is wrong."""
    problems: Problems = []
    values = inputs.read(given, lambda name: arguments.get(name, strawberry.UNSET), problems)
    if problems:
        path, message = problems[0]
        raise bad_input(f"{'.'.join(map(str, path))}: {message}")
    return values


def _client_default(parameter: Parameter) -> Any:
    """The default that the schema shows: null and Unset mean the same to clients, nothing."""
    default = parameter.default
    if default is MISSING or default is None or parameter.type is not type(default):
        return strawberry.UNSET
    return default


def _stored(raw: Any) -> Any:
    """A value as PostgreSQL can keep it; raises ValueError where it cannot."""
    if isinstance(raw, datetime):
        return _moment(raw)
    if isinstance(raw, str) and not isinstance(raw, Enum):
        return _text(raw)
    if isinstance(raw, dict):
        return {_text(key): _stored(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [_stored(value) for value in raw]
    return raw


def _text(raw: str) -> str:
    if "\0" in raw or (not raw.isascii() and any("\ud800" <= c <= "\udfff" for c in raw)):
        raise ValueError("NUL characters and lone surrogates are not allowed in text.")
    return raw


def _moment(raw: datetime) -> datetime:
    """In UTC, which a time without a zone is taken to be in."""
    if not 1 < raw.year < 9999:  # noqa: PLR2004 - the years in which every zone can be converted
        raise ValueError("Use a year between 2 and 9998.")
    return raw.replace(tzinfo=UTC) if raw.tzinfo is None else raw.astimezone(UTC)
