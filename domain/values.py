"""JSON values that come from outside: what each type of variable accepts, and the bounds."""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from domain.errors import Path, Problem
from domain.money import AMOUNT, CURRENCIES, Money

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"

MAX_STRING: Final = 100_000
MAX_URL: Final = 2_048
MAX_ITEMS: Final = 1_000
MAX_LIST_DEPTH: Final = 5
MAX_LIST_VALUES: Final = 10_000
MAX_LIST_CHARACTERS: Final = 1_000_000
MAX_NUMBER: Final = 10**15

_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_KEY: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,99}")


def string_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` is not text of at most 100,000 printable characters."""
    if not isinstance(value, str):
        yield Problem(path, f"is {_kind(value)}: give a string")
    elif len(value) > MAX_STRING:
        yield Problem(path, f"is {len(value):,} characters long: shorten it to {MAX_STRING:,}")
    elif complaint := control_character(value):
        yield Problem(path, complaint)


def control_character(text: str) -> str | None:
    """What to do about the first character that neither XML nor PostgreSQL can hold."""
    odd = _UNPRINTABLE.search(text)
    if odd is None:
        return None
    return f"has the character U+{ord(odd[0]):04X} at position {odd.start() + 1}: remove it"


def number_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` is not a finite number of at most 15 digits before the point."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield Problem(path, f"is {_kind(value)}: give a number, without quotes")
    elif not _in_range(value):
        yield Problem(path, f"is out of range: give a number up to {MAX_NUMBER:,} either way")


def boolean_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield Problem(path, f"is {_kind(value)}: give true or false, without quotes")


def date_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` is not an ISO 8601 calendar date, or such a date with a time of day."""
    if not isinstance(value, str):
        yield Problem(path, f"is {_kind(value)}: give a date such as 2026-03-31")
    elif not _DATE.fullmatch(value):
        yield Problem(path, "is not a date: write 2026-03-31 or 2026-03-31T17:00:00+02:00")
    elif not _exists(value):
        yield Problem(path, f"{value} is not in the calendar: correct the day or the time")


def url_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` is not an absolute http, https or mailto address."""
    if not isinstance(value, str):
        yield Problem(path, f"is {_kind(value)}: give an address such as https://example.com/")
    elif len(value) > MAX_URL:
        yield Problem(path, f"is {len(value):,} characters long: shorten it to {MAX_URL:,}")
    elif not _is_address(value):
        yield Problem(
            path,
            "is not an absolute address: write https://…, http://… or mailto:…, without spaces",
        )


def money_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` is not `{"amount": "12.50", "currency": "EUR"}`."""
    if not isinstance(value, dict) or value.keys() != {"amount", "currency"}:
        yield Problem(path, 'is not money: give {"amount": "12.50", "currency": "EUR"}')
        return
    if not _exact(value["amount"]):
        yield Problem(
            (*path, "amount"), 'is not an exact amount: write "12.50", at most 15 digits and 6 more'
        )
    if not isinstance(value["currency"], str) or value["currency"] not in CURRENCIES:
        yield Problem((*path, "currency"), "is not a currency: use a code of ISO 4217 such as EUR")


def list_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    """Why `value` is not a list of scalars and objects within the bounds of depth and size."""
    if not isinstance(value, list):
        yield Problem(path, f"is {_kind(value)}: give a list")
        return
    budget = _Budget()
    for problem in _nested(value, path, 0, budget):
        yield problem
        if budget.spent():
            return


def as_money(value: JsonValue) -> Money | None:
    """The money that `value` spells, if it does."""
    if not isinstance(value, dict) or any(money_problems(value, ())):
        return None
    return Money(Decimal(str(value["amount"])), str(value["currency"]))


class _Budget:
    """Counts what a list holds, so that one huge list is refused after a bounded look at it."""

    def __init__(self) -> None:
        self.values = 0
        self.characters = 0

    def count(self, value: JsonValue) -> None:
        self.values += 1
        self.characters += len(value) if isinstance(value, str) else 0

    def spent(self) -> bool:
        return self.values > MAX_LIST_VALUES or self.characters > MAX_LIST_CHARACTERS


def _nested(value: JsonValue, path: Path, depth: int, budget: _Budget) -> Iterator[Problem]:
    budget.count(value)
    if budget.spent():
        yield Problem(
            path,
            f"the list is too large: keep it within {MAX_LIST_VALUES:,} values "
            f"and {MAX_LIST_CHARACTERS:,} characters",
        )
    elif isinstance(value, list | dict):
        yield from _container_problems(value, path, depth, budget)
    else:
        yield from _scalar_problems(value, path)


def _container_problems(
    value: "list[JsonValue] | dict[str, JsonValue]", path: Path, depth: int, budget: _Budget
) -> Iterator[Problem]:
    if depth > MAX_LIST_DEPTH:
        yield Problem(path, f"is nested too deep: at most {MAX_LIST_DEPTH} levels below the list")
    elif len(value) > MAX_ITEMS:
        yield Problem(path, f"has {len(value):,} items: shorten it to {MAX_ITEMS:,}")
    else:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _key_problems(key, path)
            yield from _nested(item, (*path, key), depth + 1, budget)
            if budget.spent():
                return


def _key_problems(key: str | int, path: Path) -> Iterator[Problem]:
    if isinstance(key, str) and not _KEY.fullmatch(key):
        yield Problem(
            path, f"the key {key[:40]!r} cannot be used in Liquid: use letters and digits"
        )


def _scalar_problems(value: JsonValue, path: Path) -> Iterator[Problem]:
    if isinstance(value, str):
        yield from string_problems(value, path)
    elif value is not None and not isinstance(value, bool):
        yield from number_problems(value, path)


def _in_range(number: float) -> bool:
    """Whether a number is finite and bounded; integers of any length are compared exactly."""
    return -MAX_NUMBER <= number <= MAX_NUMBER


def _exact(amount: JsonValue) -> bool:
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        return False
    if not isinstance(amount, str) and not _in_range(amount):
        return False
    return AMOUNT.fullmatch(str(amount)) is not None


def _exists(date: str) -> bool:
    try:
        datetime.fromisoformat(date)
    except ValueError:
        return False
    return True


def _is_address(value: str) -> bool:
    if re.search(r"[\s\x00-\x1f\x7f<>\"\\^`{|}\ud800-\udfff]", value):
        return False
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return "@" in parts.path
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _kind(value: JsonValue) -> str:
    """What a JSON value is, in words."""
    names = {bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return "null" if value is None else names.get(type(value), "a number")
