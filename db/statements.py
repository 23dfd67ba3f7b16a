"""Statements that SQLAlchemy writes once a shape, and asyncpg sends with other values each time."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import BindParameter, Select

from db.models import Entity
from db.rows import DIALECT, Convert, row_of, sent

Written = Select[*tuple[Any, ...]]
MOST_STATEMENTS = 1_000
"""Shapes that a process remembers; the clients decide how many there are."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered parameters, the names of their values, and the class of its rows."""

    sql: str
    parameters: Sequence[str]
    constants: Mapping[str, Any]
    conversions: Sequence[tuple[int, Convert]]
    record: type[asyncpg.Record]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values of all parameters in their order; raises KeyError where one is missing."""
        given = {**self.constants, **values} if self.constants else values
        arguments = [given[name] for name in self.parameters]
        for index, convert in self.conversions:
            arguments[index] = convert(arguments[index])
        return arguments


@lru_cache(maxsize=MOST_STATEMENTS)
def compiled(
    model: type[Entity] | None, write: Callable[..., Written], *shape: Hashable
) -> Statement:
    """The statement that `write(*shape)` is; all that can differ each time is a parameter.

    It finds rows of the model, where one is named.
    """
    compiled = write(*shape).compile(dialect=DIALECT)
    if "POSTCOMPILE" in compiled.string:
        raise TypeError(f"This depends on its values, so use an array: {compiled.string}")
    parameters: Sequence[str] = compiled.positiontup or ()
    bound: Mapping[str, BindParameter[Any]] = compiled.binds
    conversions = [(index, sent(bound[name].type)) for index, name in enumerate(parameters)]
    return Statement(
        sql=compiled.string,
        parameters=parameters,
        constants={name: each.value for name, each in bound.items() if not each.required},
        conversions=[(index, convert) for index, convert in conversions if convert],
        record=asyncpg.Record if model is None else row_of(model),
    )
