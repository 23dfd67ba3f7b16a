"""What has to be read before a level of an answer can be built, as data.

Fields say which batches they need; the executor puts those of a whole level together, asks
each source once for all its keys, and hands the rows back.
"""

from __future__ import annotations

from asyncio import gather
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from engine.loading import Batch

Columns: TypeAlias = "tuple[str, ...] | None"
"""Names of attributes, sorted; None for all."""

Wanted: TypeAlias = "Columns | Mapping[str, Columns]"
"""The attributes that a selection needs of a row; by the entity's name where it may be several."""


Keys: TypeAlias = "Mapping[Any, None]"
"""Each once, in their order."""


@dataclass(frozen=True, slots=True, eq=False)
class Read:
    """One batch: `await batch(context, keys, *rest)` answers for each of the keys."""

    batch: Batch
    keys: Keys
    rest: tuple[Hashable, ...] = ()
    wanted: Wanted = None
    selects: bool = True
    """Whether the batch takes, as its last argument, what is wanted of a row."""

    @property
    def identity(self) -> Hashable:
        """The same for reads that can be one."""
        return self.batch, self.rest

    def with_(self, other: Read) -> Read:
        """Both in one, which have the same identity."""
        keys, wanted = {**self.keys, **other.keys}, either(self.wanted, other.wanted)
        return replace(self, keys=keys, wanted=wanted)


Found: TypeAlias = "Mapping[Any, Any] | Exception"
"""What a batch answered, by key; or why it could not."""


def distinct(keys: Iterable[Any]) -> Keys:
    """Those of the keys that are not null."""
    there = dict.fromkeys(keys)
    there.pop(None, None)
    return there


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Batches, and how what they found, in the same order, becomes a field's values.

    `values` gives one value a parent; a value that is an exception is that field's error.
    """

    reads: Sequence[Read]
    values: Callable[[Sequence[Found]], list[Any]]


class Selected(Protocol):
    """What a field of an operation selects of its values."""

    @property
    def wanted(self) -> Wanted: ...

    def selected(self, python_name: str) -> Sequence[Selected]:
        """What is selected under the field of that name, for each time that it is."""


@runtime_checkable
class Batched(Protocol):
    """A resolution that can tell what it reads for many sources, before it reads."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The attributes of a source that it takes."""

    @property
    def is_constant(self) -> bool:
        """Whether `prepare` answers the same for the same arguments, whoever asks."""

    def prepare(self, context: Any, arguments: Mapping[str, Any]) -> Any:
        """What the arguments mean, never None; raises where they mean nothing."""

    def reading(
        self, prepared: Any, sources: Sequence[Any], context: Any, field: Selected
    ) -> Reading:
        """What is to be read for the sources, and their values then."""


def column(rows: Sequence[Any], attribute: str) -> list[Any]:
    """The attribute of every row; by its name where their class says that this is the same."""
    classes = set(map(type, rows))
    if len(classes) == 1 and attribute in getattr(classes.pop(), "plain", ()):
        return list(map(itemgetter(attribute), rows))
    return list(map(attrgetter(attribute), rows))


class Batches:
    """Everything that one answer reads: what was read for one level is there for the next."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._known: dict[Hashable, tuple[Wanted, dict[Any, Any]]] = {}

    def forget(self) -> None:
        """Something has been written: read anew."""
        self._known.clear()

    async def find(self, reads: Iterable[Read]) -> dict[Hashable, Found]:
        """What each read finds, by its identity; all that are needed at the same time."""
        found: dict[Hashable, Found] = {}
        pending = []
        for read in _together(reads):
            known = found[read.identity] = self._known_of(read)
            missing = [key for key in read.keys if key not in known] if known else list(read.keys)
            if missing:
                pending.append(self._read(read, missing, known, found))
        if len(pending) == 1:
            await pending[0]
        elif pending:
            await gather(*pending)
        return found

    def _known_of(self, read: Read) -> dict[Any, Any]:
        wanted, known = self._known.get(read.identity, (None, None))
        if known is None or wanted != read.wanted:
            known = {}
            self._known[read.identity] = read.wanted, known
        return known

    async def _read(
        self, read: Read, keys: list[Any], known: dict[Any, Any], found: dict[Hashable, Found]
    ) -> None:
        more = (*read.rest, read.wanted) if read.selects else read.rest
        try:
            rows = await read.batch(self._context, keys, *more)
            known.update(zip(keys, rows, strict=True))
        except Exception as error:  # noqa: BLE001  it is the error of the fields it was for
            self._known.pop(read.identity, None)
            found[read.identity] = error


def _together(reads: Iterable[Read]) -> Iterable[Read]:
    """The reads, each identity once, with the keys and the columns of all that have it."""
    merged: dict[Hashable, Read] = {}
    for read in reads:
        other = merged.get(read.identity)
        merged[read.identity] = read if other is None else other.with_(read)
    return merged.values()


def either(one: Wanted, other: Wanted) -> Wanted:
    """What either wants."""
    if one == () or other == ():
        return other if one == () else one
    if one is None or other is None:
        return None
    if isinstance(one, tuple) and isinstance(other, tuple):
        return tuple(sorted({*one, *other}))
    if isinstance(one, tuple) or isinstance(other, tuple):
        return None
    return {name: _columns(one, other, name) for name in {*one, *other}}


def _columns(one: Mapping[str, Columns], other: Mapping[str, Columns], name: str) -> Columns:
    columns = either(one.get(name, ()), other.get(name, ()))
    return columns if isinstance(columns, tuple) else None
