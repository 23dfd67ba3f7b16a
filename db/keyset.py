"""Keyset pagination: a page starts after a position, so inserts never shift it.

A position is the values of the sort expressions in one row, the unique id last.
See Markus Winand, "We need tool support for keyset pagination".
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, UnaryExpression, and_, or_, tuple_

Sorting = Sequence[tuple[SQLColumnExpression[Any], bool]]


def reversed_(sorting: Sorting) -> Sorting:
    return [(expression, not descending) for expression, descending in sorting]


def order_by(sorting: Sorting) -> list[UnaryExpression[Any]]:
    return [e.desc() if descending else e.asc() for e, descending in sorting]


def beyond(sorting: Sorting, position: Sequence[Any]) -> ColumnElement[bool]:
    """The rows strictly after a position in that sorting."""
    directions = {descending for _, descending in sorting}
    if len(directions) == 1:
        # One row comparison can walk an index; a chain of ORs cannot.
        left = tuple_(*(expression for expression, _ in sorting))
        right = tuple_(*position)
        return left < right if directions.pop() else left > right
    return or_(*_alternatives(sorting, position))


def _alternatives(sorting: Sorting, position: Sequence[Any]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    equal: list[ColumnElement[bool]] = []
    for (expression, descending), value in zip(sorting, position, strict=True):
        further = expression < value if descending else expression > value
        found.append(and_(*equal, further))
        equal.append(expression == value)
    return found
