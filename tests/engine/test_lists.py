"""Lists take what can be iterated, and nulls and errors among their items climb as types say.

The cases are those of graphql-core's tests/execution/test_lists.py, and more of their kind.
"""

from typing import Any, Final

import pytest

from tests.engine.both import Visit
from tests.engine.listing import NULLABILITIES, VALUES, WAYS, lists

AT_ITEM: Final = ("listField", 1)
AT_LIST: Final = ("listField",)
NULL: Final = "Cannot return null for non-nullable field"
WHOLE: Final = "whole"
"""Stands for the null that takes the object with it."""

Told = dict[tuple[Any, ...], str]
Expected = dict[str, tuple[Any, Told]]


def alike(value: Any) -> Expected:
    return dict.fromkeys(NULLABILITIES, (value, {}))


def climbing(items: Any, open: Told, filled: Told) -> Expected:
    """What the four nullabilities make of an item that is null or fails."""
    return {
        "open": (items, open),
        "needed": (items, open),
        "filled": (None, filled),
        "strict": (WHOLE, filled),
    }


def no_list(told: Told, needed: Told) -> Expected:
    return {
        "open": (None, told),
        "needed": (WHOLE, needed),
        "filled": (None, told),
        "strict": (WHOLE, needed),
    }


A_NULL: Final = climbing([1, None, 2], {}, {AT_ITEM: NULL})
AN_ERROR: Final = climbing([1, None, 2], {AT_ITEM: "bad"}, {AT_ITEM: "bad"})
NOTHING: Final = no_list({}, {AT_LIST: NULL})
BROKEN: Final = no_list({AT_LIST: "bad"}, {AT_LIST: "bad"})
NO_ITERABLE: Final = no_list({AT_LIST: "Something went"}, {AT_LIST: "Something went"})
EXPECTED: Final[dict[str, Expected]] = {
    "values": alike([1, 2]),
    "nothing": alike([]),
    "a tuple": alike([1, 2]),
    "a set": alike([7]),
    "a generator": alike([1, 2]),
    "an iterable": alike([1, 2]),
    "a value that can be coerced": alike([1, 2, 3]),
    "promises": alike([1, 2]),
    "a promise of a list": alike([1, 2]),
    "a promise of promises": alike([1, 2]),
    "an async generator": alike([2, 4]),
    "an async iterable": alike([1, 2]),
    "an async generator of promises": alike([1, 2, 3]),
    "a null": A_NULL,
    "a generator with a null": A_NULL,
    "a promise of null": A_NULL,
    "a promise of a list with a null": A_NULL,
    "an async generator with a null": A_NULL,
    "an error": AN_ERROR,
    "a promise that is broken": AN_ERROR,
    "no list": NOTHING,
    "a promise of no list": NOTHING,
    "an error instead of a list": BROKEN,
    "a promise instead of a list, broken": BROKEN,
    "a generator that fails": BROKEN,
    "an async generator that fails": BROKEN,
    "an async generator that fails at once": BROKEN,
    "a dictionary": NO_ITERABLE,
    "a text": NO_ITERABLE,
    "a number": NO_ITERABLE,
    "a value of another type": climbing(
        [1, None, 2], {AT_ITEM: "Something went"}, {AT_ITEM: "Something went"}
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("nullability", NULLABILITIES)
@pytest.mark.parametrize("way", WAYS)
async def test_a_list_of(name: str, nullability: str, way: str) -> None:
    query = f"{{ holder {{ listField: {nullability}{way} }} }}"
    answer = await lists.ask(query, visit=lambda: Visit(VALUES[name]))
    value, told = EXPECTED[name][nullability]
    held = None if value is WHOLE else {"listField": value}
    assert answer["data"] == {"holder": held}
    errors = {tuple(each["path"][1:]): each["message"] for each in answer.get("errors", ())}
    assert errors.keys() == told.keys()
    assert all(errors[at].startswith(message) for at, message in told.items())


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("nullability", NULLABILITIES)
@pytest.mark.parametrize("way", WAYS)
async def test_a_list_among_others_is_of_no_harm_to_them(
    name: str, nullability: str, way: str
) -> None:
    query = f"{{ holders {{ listField: {nullability}{way} }} }}"
    answer = await lists.ask(query, visit=lambda: Visit(VALUES[name]))
    first, _, *others = answer["data"]["holders"]
    assert first == {"listField": [7]}
    assert others == [None, {"listField": []}]


@pytest.mark.parametrize("name", VALUES)
async def test_all_the_ways_to_a_list_at_once(name: str) -> None:
    fields = " ".join(f"{nullability}{way}" for nullability in ("open", "filled") for way in WAYS)
    answer = await lists.ask(f"{{ holders {{ {fields} }} }}", visit=lambda: Visit(VALUES[name]))
    assert len(answer["data"]["holders"]) == 4
