"""Typed conditions that clients put on a list, and the SQL that they mean."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol
from unicodedata import normalize

from sqlalchemy import ARRAY, Boolean, ColumnElement, Text, all_, any_, bindparam, false, func
from sqlalchemy.orm import InstrumentedAttribute

from domain.ids import UserId

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 20

Asked = tuple[tuple[str, str], ...]
"""The conditions that were given and the operators of each: SQL but for its values."""


class Condition(Protocol):
    """What one part of a filter means."""

    def asked(self, given: Any) -> Iterator[tuple[str, Any]]:
        """The operators that were given, each with its value."""
        ...

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        """What an operator means for a value that is yet to come."""
        ...


Conditions = Mapping[str, Condition]


class Direction(StrEnum):
    """Which way a list is sorted."""

    ASC = "ASC"
    DESC = "DESC"


@dataclass(frozen=True, slots=True)
class TextFilter:
    """Compares a text, case and all."""

    eq: Annotated[str | None, "Equal to this text."] = None
    in_: Annotated[tuple[str, ...] | None, "Equal to one of these texts."] = None


@dataclass(frozen=True, slots=True)
class TagsFilter:
    """Looks into a list of tags."""

    has_any: Annotated[tuple[str, ...] | None, "Has at least one of these tags."] = None
    has_all: Annotated[tuple[str, ...] | None, "Has every one of these tags."] = None


@dataclass(frozen=True, slots=True)
class TimeFilter:
    """Compares a moment."""

    gte: Annotated[datetime | None, "At this moment or later."] = None
    gt: Annotated[datetime | None, "Later than this moment."] = None
    lte: Annotated[datetime | None, "At this moment or earlier."] = None
    lt: Annotated[datetime | None, "Earlier than this moment."] = None


@dataclass(frozen=True, slots=True)
class UserFilter:
    """Compares a person."""

    in_: Annotated[tuple[UserId, ...] | None, "One of these people."] = None


_OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in_": lambda column, values: column == any_(values),
    "not_in": lambda column, values: column != all_(values),
    "has_any": lambda column, values: column.overlap(values),
    "has_all": lambda column, values: column.contains(values),
    "gte": lambda column, value: column >= value,
    "gt": lambda column, value: column > value,
    "lte": lambda column, value: column <= value,
    "lt": lambda column, value: column < value,
}
# One array whatever the number of values: a parameter a value would end at 32,767 of them.
_OF_MANY = frozenset({"in_", "not_in"})


@dataclass(frozen=True, slots=True)
class on:  # noqa: N801 - reads as a word where lists are declared
    """The condition that applies a filter's operators to a column, or to an expression."""

    column: InstrumentedAttribute[Any] | ColumnElement[Any]

    def asked(self, operators: Any) -> Iterator[tuple[str, Any]]:
        for name, value in given(operators):
            yield name, list(value) if isinstance(value, tuple) else value

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        type = self.column.type
        value = bindparam(parameter, type_=ARRAY(type) if operator in _OF_MANY else type)
        return _OPERATORS[operator](self.column, value)


@dataclass(frozen=True, slots=True)
class equals:  # noqa: N801 - as above
    """The condition that a column has the value that is given."""

    column: InstrumentedAttribute[Any]

    def asked(self, value: Any) -> Iterator[tuple[str, Any]]:
        yield "eq", value

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        return self.column == bindparam(parameter, type_=self.column.type)


@dataclass(frozen=True, slots=True)
class holds:  # noqa: N801 - as above
    """The condition that an expression is true, or that it is not."""

    expression: ColumnElement[bool] | InstrumentedAttribute[bool]

    def asked(self, wanted: bool) -> Iterator[tuple[str, Any]]:
        yield "is", wanted

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        is_true = func.coalesce(self.expression, false())
        return is_true == bindparam(parameter, type_=Boolean())


def terms(text: str) -> list[str]:
    """The words in a text, the same in whatever case and Unicode form they are typed.

    What is searched and what is searched for are both cut here: PostgreSQL would keep numbers
    with a point, addresses and what stands beside a dash in one piece.
    """
    return WORD.findall(normalize("NFKC", text).casefold())


@dataclass(frozen=True, slots=True)
class words:  # noqa: N801 - as above
    """The condition that every word, or beginning of one, occurs in a text search vector.

    Only the first 20 words count.
    """

    vector: InstrumentedAttribute[Any]

    def asked(self, text: str) -> Iterator[tuple[str, Any]]:
        query = " & ".join(f"{term}:*" for term in terms(text)[:MOST_WORDS])
        if query:
            yield "words", query

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        query = func.to_tsquery("simple", bindparam(parameter, type_=Text()))
        return self.vector.op("@@")(query)


def given(filter: Any) -> Iterator[tuple[str, Any]]:
    """The conditions of a filter that were given, by name."""
    if filter is None:
        return
    for field in fields(filter):
        value = getattr(filter, field.name)
        if value is not None:
            yield field.name, value


def asked(conditions: Conditions, filter: Any) -> tuple[Asked, dict[str, Any]]:
    """What is asked of each row: the form that it has in SQL, and the values of its parameters."""
    found = [
        ((name, operator), value)
        for name, each in given(filter)
        for operator, value in conditions[name].asked(each)
    ]
    return tuple(form for form, _ in found), {_parameter(*form): value for form, value in found}


def where(conditions: Conditions, asked: Asked) -> list[ColumnElement[bool]]:
    """That form in SQL; every condition must hold."""
    return [conditions[name].sql(operator, _parameter(name, operator)) for name, operator in asked]


def _parameter(name: str, operator: str) -> str:
    return f"where_{name}_{operator}"
