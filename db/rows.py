"""Rows as they are read: records of asyncpg, with the attributes of their models."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import asyncpg
from sqlalchemy import ARRAY, Enum, inspect
from sqlalchemy.dialects.postgresql import asyncpg as driver
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from db.models import Entity

Convert = Callable[[Any], Any]
DIALECT = driver.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy has no type for it


class NotSelected(AttributeError):
    """The statement that read the row did not ask for this attribute."""

    def __init__(self, row: type, name: str) -> None:
        super().__init__(f"{row.__name__}.{name} was not selected", name=name)


class Row(asyncpg.Record):
    """What was selected of one row of a model, under the names that the model gives it.

    `row.name` is the value as the model has it, and raises `NotSelected` unless it was selected;
    `row["name"]` is the value as it came: for the names in `plain` that is the same, and for
    those in `alike` it is equal to it. A property of the model is one of its rows as well.
    """

    __slots__ = ()
    model: ClassVar[type[Entity]]
    plain: ClassVar[frozenset[str]]
    alike: ClassVar[frozenset[str]]


@cache
def row_of(model: type[Entity]) -> type[Row]:
    """The class of a model's rows."""
    types = {name: each.type for name, each in attributes(model).items()}
    conversions = {name: converted(type) for name, type in types.items()}
    plain = frozenset(name for name, convert in conversions.items() if convert is None)
    taken = conversions.keys() & dir(Row)
    if taken:
        raise TypeError(f"{model.__name__} has attributes that a record cannot have: {taken}")
    body: dict[str, Any] = {
        "__slots__": (),
        "model": model,
        "plain": plain,
        "alike": plain.union(name for name, type in types.items() if _is_text(type)),
    }
    made = type(model.__name__, (Row,), body)
    for name, convert in conversions.items():
        setattr(made, name, _attribute(made, name, convert))
    for name, each in vars(model).items():
        if isinstance(each, property):
            setattr(made, name, each)
    return made


@cache
def attributes(model: type[Entity]) -> dict[str, InstrumentedAttribute[Any]]:
    """Everything that can be selected of a model, by name."""
    mapper = inspect(model)
    names = {each.key: each.key for each in mapper.column_attrs}
    names |= {each.key: each.name for each in mapper.synonyms}
    return {name: getattr(model, meant) for name, meant in names.items()}


@cache
def usual(model: type[Entity]) -> tuple[str, ...]:
    """What is selected of a model unless somebody says otherwise: all that is not deferred."""
    deferred = {each.key for each in inspect(model).column_attrs if each.deferred}
    return tuple(sorted(attributes(model).keys() - deferred))


def converted(type: TypeEngine[Any]) -> Convert | None:
    """What makes a value of the type of what asyncpg reads; None where that is it already."""
    if isinstance(type, ARRAY) and converted(type.item_type) is None:
        return None
    return type.dialect_impl(DIALECT).result_processor(DIALECT, None)


def _is_text(type: TypeEngine[Any]) -> bool:
    """Whether values are members of an enumeration that are equal to the text that is stored."""
    members = type.enum_class if isinstance(type, Enum) else None
    return members is not None and all(each.name == each.value for each in members)


def sent(type: TypeEngine[Any]) -> Convert | None:
    """What makes what asyncpg sends of a value of the type; None where that is it already."""
    if isinstance(type, ARRAY) and sent(type.item_type) is None:
        return None
    return type.dialect_impl(DIALECT).bind_processor(DIALECT)


def _attribute(row: type, name: str, convert: Convert | None) -> property:
    def value(record: Row) -> Any:
        try:
            raw = record[name]
        except KeyError:
            raise NotSelected(row, name) from None
        return raw if convert is None else convert(raw)

    return property(value)
