"""Typed conditions that clients put on a list, and the SQL that they mean."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from unicodedata import normalize

from sqlalchemy import ARRAY, ColumnElement, all_, any_, func, literal
from sqlalchemy.orm import InstrumentedAttribute

from domain.ids import UserId

WORD = re.compile(r"[^\W_]+")
MOST_WORDS = 20

Condition = Callable[[Any], Iterator[ColumnElement[bool]]]
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


def _array(column: InstrumentedAttribute[Any], values: Sequence[Any]) -> ColumnElement[Any]:
    """One bound array: a parameter a value would come to an end at 32,767 of them."""
    return literal(list(values), ARRAY(column.type))


_OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "in_": lambda column, value: column == any_(_array(column, value)),
    "not_in": lambda column, value: column != all_(_array(column, value)),
    "has_any": lambda column, value: column.overlap(list(value)),
    "has_all": lambda column, value: column.contains(list(value)),
    "gte": lambda column, value: column >= value,
    "gt": lambda column, value: column > value,
    "lte": lambda column, value: column <= value,
    "lt": lambda column, value: column < value,
}


def on(column: InstrumentedAttribute[Any]) -> Condition:
    """The condition that applies a filter's operators to a column."""

    def condition(operators: Any) -> Iterator[ColumnElement[bool]]:
        for name, value in given(operators):
            yield _OPERATORS[name](column, value)

    return condition


def terms(text: str) -> list[str]:
    """The words in a text, the same in whatever case and Unicode form they are typed.

    What is searched and what is searched for are both cut here: PostgreSQL would keep numbers
    with a point, addresses and what stands beside a dash in one piece.
    """
    return WORD.findall(normalize("NFKC", text).casefold())


def words(vector: InstrumentedAttribute[Any]) -> Condition:
    """The condition that every word, or beginning of one, occurs in a text search vector.

    Only the first 20 words count.
    """

    def condition(text: str) -> Iterator[ColumnElement[bool]]:
        query = " & ".join(f"{term}:*" for term in terms(text)[:MOST_WORDS])
        if query:
            yield vector.op("@@")(func.to_tsquery("simple", query))

    return condition


def given(filter: Any) -> Iterator[tuple[str, Any]]:
    """The conditions of a filter that were given, by name."""
    if filter is None:
        return
    for field in fields(filter):
        value = getattr(filter, field.name)
        if value is not None:
            yield field.name, value


def where(conditions: Conditions, filter: Any) -> Iterator[ColumnElement[bool]]:
    """What a filter means in SQL; every condition must hold."""
    for name, value in given(filter):
        yield from conditions[name](value)
