"""Whether two servers say the same, each in its own way of writing ids, times and lists."""

import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from engine import ids

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def content(answer: Any) -> Any:
    """The answer in one common form: plain ids, instants, flat names, lists without wrapping."""
    match answer:
        case {"nodes": nodes, **others} if not others:
            return content(nodes)
        case dict():
            return {key: value for pair in answer.items() for key, value in _field(*pair)}
        case list():
            return [content(each) for each in answer]
        case str() if _TIME.match(answer):
            return datetime.fromisoformat(answer)
        case _:
            return answer


def _field(key: str, value: Any) -> list[tuple[str, Any]]:
    if key == "id":
        return [(key, _plain_id(value))]
    if key.endswith("Cursor"):
        return [(key, value is not None)]
    if key == "name" and isinstance(value, dict):
        return [("firstName", value["first"]), ("lastName", value["last"])]
    return [(key, content(value))]


def _plain_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return ids.decode(text)[1]


def difference(one: Any, other: Any, path: str = "") -> str | None:
    """Where two contents first differ, and how; None where they are equal."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(key, one[key], other[key]) for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(str(index), *pair) for index, pair in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other else f"{path}: {str(one)[:200]} is not {str(other)[:200]}"
    found = (difference(a, b, f"{path}/{key}") for key, a, b in pairs)
    return next((each for each in found if each), None)
