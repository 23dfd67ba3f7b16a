"""What has to be read before a level of an answer can be built, as data.

Fields say which batches they need; the executor puts those of a whole level together, asks
each source once for all its keys, and hands the rows back.
"""

from __future__ import annotations

from asyncio import gather
from dataclasses import dataclass, field
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence

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


def column(rows: Sequence[Any], attribute: str) -> list[Any]:
    """The attribute of every row; by its name where their class says that this is the same."""
    classes = set(map(type, rows))
    if len(classes) == 1 and attribute in getattr(classes.pop(), "plain", ()):
        return list(map(itemgetter(attribute), rows))
    return list(map(attrgetter(attribute), rows))


@dataclass(slots=True)
class _Together:
    """The reads of a level that can share one batch."""

    wanted: Wanted
    selects: bool
    keys: dict[Any, None] = field(default_factory=dict)

    def add(self, read: Read) -> None:
        self.keys.update(read.keys)
        if read.wanted != self.wanted:
            self.wanted = either(self.wanted, read.wanted)


Groups: TypeAlias = "dict[Hashable, _Together]"


def together(reads: Iterable[Read]) -> Groups:
    """The reads by what they ask; keys that several ask for are asked for once."""
    groups: Groups = {}
    for read in reads:
        identity = (read.batch, read.rest)
        if identity not in groups:
            groups[identity] = _Together(read.wanted, read.selects)
        groups[identity].add(read)
    return groups


async def answered(groups: Groups, context: Any) -> dict[Hashable, Found]:
    """What every group found; a group that failed has its exception."""
    pending = [_answer(identity, group, context) for identity, group in groups.items()]
    found = [await pending[0]] if len(pending) == 1 else await gather(*pending)
    return dict(zip(groups, found, strict=True))


async def _answer(identity: Any, group: _Together, context: Any) -> Found:
    batch, rest = identity
    keys = list(group.keys)
    if not keys:
        return {}
    try:
        rows = await _asked(batch, context, keys, rest, group)
        return dict(zip(keys, rows, strict=True))
    except Exception as error:  # noqa: BLE001  a failed read is the error of the fields it was for
        return error


def _asked(
    batch: Batch, context: Any, keys: list[Any], rest: tuple[Hashable, ...], group: _Together
) -> Awaitable[Sequence[Any]]:
    if group.selects:
        return batch(context, keys, *rest, group.wanted)
    return batch(context, keys, *rest)


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
