"""The shapes in which rows hang together, declared as data and read in batches.

Each shape answers for many keys with one statement, and shows only what the reader's
actor may see: a row that is invisible is absent. Lists that grow are in `db/lists.py`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    SQLColumnExpression,
    any_,
    bindparam,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Entity
from db.reads import Reads
from db.rows import attributes, usual
from db.statements import Written, compiled
from db.visibility import Visible
from domain.actor import Actor

E = TypeVar("E", bound=Entity)
Wanted = tuple[str, ...] | None
"""The attributes to read, sorted; None for all that are not deferred."""


class Reader(Protocol):
    """Who reads, from where, and what they may see (see `visibility.seen_by`)."""

    @property
    def actor(self) -> Actor: ...

    @property
    def reads(self) -> Reads: ...

    @property
    def seeing(self) -> Mapping[str, Any]: ...


def selected(
    model: type[Entity], wanted: Wanted, also: Mapping[str, SQLColumnExpression[Any]]
) -> Written:
    """Those columns of a model's rows, under the names of the attributes."""
    known = attributes(model)
    columns = {name: known[name] for name in (usual(model) if wanted is None else wanted)}
    return select(*(each.label(name) for name, each in {**columns, **also}.items()))


def among_keys(column: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Rows of the keys that are asked for: one bound array, whatever their number."""
    return column == any_(bindparam("keys", type_=ARRAY(column.type)))


def grouped(rows: Sequence[Any], on: str, keys: Sequence[Any]) -> list[list[Any]]:
    """The rows of each key, in their order."""
    found: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[on]].append(row)
    return [found[key] for key in keys]


@dataclass(frozen=True, eq=False)
class One(Generic[E]):
    """One row a key, by its id."""

    model: type[E]
    visible: Visible

    async def load(
        self, reader: Reader, keys: Sequence[Any], wanted: Wanted = None
    ) -> list[E | None]:
        statement = compiled(self.model, self._rows, wanted)
        rows = await reader.reads.rows(statement, {**reader.seeing, "keys": keys})
        found = {row["id"]: row for row in rows}
        return [found.get(key) for key in keys]

    def _rows(self, wanted: Wanted) -> Written:
        id = self.model.id
        return selected(self.model, wanted, {"id": id}).where(among_keys(id), self.visible)


@dataclass(frozen=True, eq=False)
class Each(Generic[E]):
    """The rows of several ids a key, in their order; what cannot be seen is left out."""

    source: One[E]

    async def load(
        self, reader: Reader, keys: Sequence[Any], wanted: Wanted = None
    ) -> list[list[E]]:
        ids = list(dict.fromkeys(id for key in keys for id in key))
        rows = await self.source.load(reader, ids, wanted) if ids else []
        found = {id: row for id, row in zip(ids, rows, strict=True) if row is not None}
        return [[found[id] for id in key if id in found] for key in keys]


@dataclass(frozen=True, eq=False)
class First(Generic[E]):
    """The row a key that meets a condition, where at most one does."""

    model: type[E]
    on: InstrumentedAttribute[Any]
    visible: Visible
    condition: ColumnElement[bool] = field(default_factory=true)

    async def load(
        self, reader: Reader, keys: Sequence[Any], wanted: Wanted = None
    ) -> list[E | None]:
        statement = compiled(self.model, self._rows, wanted)
        rows = await reader.reads.rows(statement, {**reader.seeing, "keys": keys})
        found = {row[self.on.key]: row for row in rows}
        return [found.get(key) for key in keys]

    def _rows(self, wanted: Wanted) -> Written:
        rows = selected(self.model, wanted, {self.on.key: self.on})
        return rows.where(among_keys(self.on), self.condition, self.visible)


@dataclass(frozen=True, eq=False)
class Some(Generic[E]):
    """A short list a key, whole and in order: only where a rule bounds its length."""

    model: type[E]
    on: InstrumentedAttribute[Any]
    order: InstrumentedAttribute[Any]
    visible: Visible

    async def load(
        self, reader: Reader, keys: Sequence[Any], wanted: Wanted = None
    ) -> list[list[E]]:
        statement = compiled(self.model, self._rows, wanted)
        rows = await reader.reads.rows(statement, {**reader.seeing, "keys": keys})
        return grouped(rows, self.on.key, keys)

    def _rows(self, wanted: Wanted) -> Written:
        rows = selected(self.model, wanted, {self.on.key: self.on})
        return rows.where(among_keys(self.on), self.visible).order_by(self.on, self.order)
