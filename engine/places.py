"""Where in an answer an object stands, and what becomes of its place when a field fails.

Nothing is noted while all goes well: a place is looked up when there is an error to report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

from graphql import GraphQLNonNull, get_nullable_type
from graphql.pyutils import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import GraphQLList

    from engine.plan import FieldPlan, Selection

Place: TypeAlias = "tuple[str | int, ...]"
"""The keys and indices that lead from the answer's data to a value."""


def places(data: Any, selection: Selection) -> dict[int, Place]:
    """The places of a selection's objects in the data, by the identity of the object.

    What an error has put out of the answer has no place any more.
    """
    found: list[tuple[Place, Any]] = [] if data is None else [((), data)]
    for field in _way_to(selection):
        found = [
            each
            for place, container in found
            for each in _objects(container.get(field.name), (*place, field.name))
        ]
    return {id(value): place for place, value in found}


def _objects(value: Any, place: Place) -> Iterator[tuple[Place, Any]]:
    if isinstance(value, dict):
        yield place, value
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _objects(each, (*place, index))


def _way_to(selection: Selection) -> list[FieldPlan]:
    """The fields on the way from the root to a selection."""
    way: list[FieldPlan] = []
    while selection.of is not None:
        way.append(selection.of)
        selection = selection.of.within
    return way[::-1]


def path_of(field: FieldPlan, place: Place) -> Path | None:
    """A place as graphql-core notes it; it is the field's or lies around it."""
    fields = iter([*_way_to(field.within), field])
    path: Path | None = None
    for key in place:
        name = next(fields).within.type.name if isinstance(key, str) else None
        path = Path(path, key, name)
    return path


def nulled_by(field: FieldPlan, place: Place) -> Place | None:
    """The place that is null when the field fails at `place`: the nearest one that may be.

    None when that is the whole answer. See the GraphQL specification, section 6.4.4.
    """
    types = list(_types(field, place))
    for length in range(len(place), 0, -1):
        if not isinstance(types[length - 1], GraphQLNonNull):
            return place[:length]
    return None


def _types(field: FieldPlan, place: Place) -> Iterator[Any]:
    """The type that the schema declares for the value at every step to a place."""
    fields = iter([*_way_to(field.within), field])
    declared: Any = None
    for key in place:
        if isinstance(key, str):
            declared = next(fields).type
        else:
            declared = cast("GraphQLList[Any]", get_nullable_type(declared)).of_type
        yield declared


def set_null(data: Any, place: Place) -> None:
    """Null at a place of the data, if it is still there."""
    *way, last = place
    for key in way:
        if data is None:
            return
        data = data[key]
    if data is not None:
        data[last] = None
