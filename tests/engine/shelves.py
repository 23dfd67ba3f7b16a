"""Rows in memory, and sources that read them in batches as a database would.

What a source answers has the attributes that are wanted of it and no others: whatever an
executor forgets to want, it cannot read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any
from uuid import UUID

from engine.pages import Window

Wanted = Any


def number(n: int) -> UUID:
    """The id of the n-th row."""
    return UUID(int=n, version=4)


def thin(row: Any, wanted: Wanted) -> Any:
    """The row with nothing but what is wanted; whole where that is not said."""
    if isinstance(wanted, dict):
        wanted = wanted.get(type(row).__name__, ())
    if row is None or wanted is None or isinstance(row, Exception):
        return row
    copied = object.__new__(type(row))
    copied.__dict__.update({name: value for name, value in vars(row).items() if name in wanted})
    copied.__dict__["_whole"] = row
    return copied


@dataclass(frozen=True, eq=False)
class One:
    """The row of an id."""

    rows: Callable[[], Sequence[Any]]

    async def load(self, reader: Any, keys: Sequence[Any], wanted: Wanted = None) -> list[Any]:
        reader.reads.append((self, list(keys)))
        found = {row.id: thin(row, wanted) for row in self.rows()}
        return [found.get(key) for key in keys]


@dataclass(frozen=True, eq=False)
class Broken:
    """Something that cannot be read, though there is something to read."""

    error: Exception

    async def load(self, reader: Any, keys: Sequence[Any], wanted: Wanted = None) -> list[Any]:
        raise self.error


@dataclass(frozen=True, eq=False)
class Faulty(One):
    """The row of an id; of every second one an error."""

    async def load(self, reader: Any, keys: Sequence[Any], wanted: Wanted = None) -> list[Any]:
        found = await super().load(reader, keys, wanted)
        return [
            RuntimeError(f"no {key.int % 100}") if key.int % 2 else row
            for key, row in zip(keys, found, strict=True)
        ]


@dataclass(frozen=True, eq=False)
class Some:
    """The rows of a key, in their order."""

    rows: Callable[[], Sequence[Any]]
    on: str

    async def load(self, reader: Any, keys: Sequence[Any], wanted: Wanted = None) -> list[Any]:
        reader.reads.append((self, list(keys)))
        rows = self.rows()
        return [[thin(row, wanted) for row in rows if getattr(row, self.on) == key] for key in keys]


@dataclass(frozen=True, eq=False)
class Many:
    """The rows of a key, a window at a time; sorted by attributes, at last by the id."""

    rows: Callable[[], Sequence[Any]]
    on: str
    name: str

    async def pages(
        self, reader: Any, keys: Sequence[Any], window: Window, wanted: Wanted = None
    ) -> list[list[Any]]:
        """As many rows as the window takes, and one more where there are more."""
        reader.reads.append((self, list(keys)))
        found = [self._after(self._listed(key, window), window) for key in keys]
        return [[thin(row, wanted) for row in rows[: window.size + 1]] for rows in found]

    async def counts(self, reader: Any, keys: Sequence[Any], window: Window) -> list[int]:
        reader.reads.append((self, list(keys)))
        return [len(self._listed(key, window)) for key in keys]

    async def preceded(self, reader: Any, keys: Sequence[Any], window: Window) -> list[bool]:
        reader.reads.append((self, list(keys)))
        listed = [self._listed(key, window) for key in keys]
        return [len(self._after(rows, window)) < len(rows) for rows in listed]

    def position(self, row: Any, window: Window) -> tuple[Any, ...]:
        whole = getattr(row, "_whole", row)
        return tuple(getattr(whole, name) for name, _ in self._order(window))

    def _order(self, window: Window) -> list[tuple[str, bool]]:
        """Attributes to sort by and whether downwards, in the window's own direction."""
        order = [(str(name).lower(), down != window.backwards) for name, down in window.order]
        return [*order, ("id", window.backwards)]

    def _listed(self, key: Any, window: Window) -> list[Any]:
        wanted = getattr(window.filter, "title", None)
        rows = [row for row in self.rows() if getattr(row, self.on) == key]
        rows = [row for row in rows if wanted is None or wanted in row.title]
        return sorted(rows, key=cmp_to_key(lambda one, other: self._compared(one, other, window)))

    def _compared(self, one: Any, other: Any, window: Window) -> int:
        return _compared(self.position(one, window), self.position(other, window), self, window)

    def _after(self, rows: list[Any], window: Window) -> list[Any]:
        at = window.position
        if at is None:
            return rows
        return [row for row in rows if _compared(self.position(row, window), at, self, window) > 0]


def _compared(one: Sequence[Any], other: Sequence[Any], many: Many, window: Window) -> int:
    for this, that, (_, down) in zip(one, other, many._order(window), strict=True):
        if this != that:
            return 1 if (this > that) != down else -1
    return 0
