"""Whether two answers are the same, as far as GraphQL promises that they are.

`data` is the same to the byte, its keys in the same order. An error is told once, at the same
place, with the same message, locations and extensions. What is not promised is the order of the
errors, and which of several that meet in one null is told: whatever fails first keeps the others
from happening, and among concurrent resolvers that is chance. Of each such null at least one
error is told, and it is one of those that can happen there.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

Json = dict[str, Any]
Place = tuple[str | int, ...]


def is_same(one: Json, other: Json) -> bool:
    """Whether the answers are the same to the byte."""
    return orjson.dumps(one) == orjson.dumps(other)


def departures(core: Json, planned: Json, possible: Sequence[Json]) -> list[str]:
    """Where the planned answer is not what the core's is; `possible` are all errors there are."""
    if core.keys() != planned.keys():
        return [f"has {list(planned)} and not {list(core)}"]
    if orjson.dumps(core.get("data")) != orjson.dumps(planned.get("data")):
        return [f"data is {planned.get('data')} and not {core.get('data')}"]
    if "data" not in core:
        return ["refuses otherwise"]
    return [*_misplaced(planned), *_unlike(_by_null(core), _by_null(planned), possible)]


def _misplaced(answer: Json) -> list[str]:
    """Errors beside a value, and errors told twice."""
    places = [_place(error) for error in answer.get("errors", ())]
    beside = [f"error beside a value: {at}" for at in places if _null(answer["data"], at) is None]
    return [*beside, *(f"told twice: {at}" for at in set(places) if places.count(at) > 1)]


def _unlike(
    core: dict[Place, list[Json]], planned: dict[Place, list[Json]], possible: Sequence[Json]
) -> list[str]:
    found = []
    for at in sorted(core.keys() | planned.keys(), key=str):
        ours, theirs = planned.get(at, []), core.get(at, [])
        there = [error for error in possible if _place(error)[: len(at)] == at]
        chance = len(there) > 1 and ours and all(error in there for error in ours)
        if not chance and _sorted(ours) != _sorted(theirs):
            found.append(f"at {at}: {ours} and not {theirs}")
    return found


def _by_null(answer: Json) -> dict[Place, list[Json]]:
    """The errors by the null that each of them left in the data."""
    found = defaultdict(list)
    for error in answer.get("errors", ()):
        null = _null(answer["data"], _place(error))
        found[_place(error) if null is None else null].append(error)
    return found


def _null(data: Any, path: Place) -> Place | None:
    """The outermost null on the way to the path, or None where there is a value at its end."""
    for depth, key in enumerate(path):
        if data is None:
            return path[:depth]
        data = data[key]
    return path if data is None else None


def _place(error: Json) -> Place:
    return tuple(error.get("path", ()))


def _sorted(errors: list[Json]) -> list[bytes]:
    return sorted(orjson.dumps(error, option=orjson.OPT_SORT_KEYS) for error in errors)
