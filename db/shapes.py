"""The shapes in which rows hang together, declared as data and read in batches.

Each shape answers for many keys with one statement, and shows only what the reader's
actor may see: a row that is invisible is absent.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Label,
    Select,
    SQLColumnExpression,
    Subquery,
    func,
    not_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db import keyset
from db.database import Database
from db.filters import Conditions, where
from db.models import Entity
from db.visibility import Visible, among, array_of
from domain.actor import Actor

E = TypeVar("E", bound=Entity)


class Reader(Protocol):
    """Who reads, and from where."""

    @property
    def actor(self) -> Actor: ...

    @property
    def database(self) -> Database: ...


class Window(Protocol):
    """The part of a list that a page shows: `size` rows after a position, in an order."""

    @property
    def filter(self) -> Any: ...

    @property
    def order(self) -> Sequence[tuple[Any, bool]]: ...

    @property
    def position(self) -> Sequence[Any] | None: ...

    @property
    def backwards(self) -> bool: ...

    @property
    def size(self) -> int: ...


@dataclass(frozen=True, eq=False)
class One(Generic[E]):
    """One row a key, by its id."""

    model: type[E]
    visible: Visible

    async def load(self, reader: Reader, keys: Sequence[UUID]) -> list[E | None]:
        statement = select(self.model).where(among(self.model.id, keys), self.visible(reader.actor))
        async with reader.database.read() as session:
            found = {row.id: row for row in await session.scalars(statement)}
        return [found.get(key) for key in keys]


@dataclass(frozen=True, eq=False)
class First(Generic[E]):
    """The row a key that meets a condition, where at most one does."""

    model: type[E]
    on: InstrumentedAttribute[UUID]
    condition: ColumnElement[bool]
    visible: Visible

    async def load(self, reader: Reader, keys: Sequence[UUID]) -> list[E | None]:
        statement = select(self.model).where(
            among(self.on, keys), self.condition, self.visible(reader.actor)
        )
        async with reader.database.read() as session:
            rows = await session.scalars(statement)
            found = {getattr(row, self.on.key): row for row in rows}
        return [found.get(key) for key in keys]


@dataclass(frozen=True, eq=False)
class Some(Generic[E]):
    """A short list a key, whole and in order: only where a rule bounds its length."""

    model: type[E]
    on: InstrumentedAttribute[UUID]
    order: InstrumentedAttribute[Any]
    visible: Visible

    async def load(self, reader: Reader, keys: Sequence[UUID]) -> list[list[E]]:
        statement = (
            select(self.model)
            .where(among(self.on, keys), self.visible(reader.actor))
            .order_by(self.on, self.order)
        )
        found: dict[UUID, list[E]] = defaultdict(list)
        async with reader.database.read() as session:
            for row in await session.scalars(statement):
                found[getattr(row, self.on.key)].append(row)
        return [found[key] for key in keys]


@dataclass(frozen=True, eq=False)
class Many(Generic[E]):
    """A list a key that can grow: read a window at a time, by keyset.

    `orders` says what a client may sort by; the id always decides last. None of the
    expressions may be null.
    """

    model: type[E]
    on: InstrumentedAttribute[UUID]
    visible: Visible
    orders: Mapping[Any, SQLColumnExpression[Any]]
    default: tuple[Enum, bool]
    conditions: Conditions = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.model.__tablename__}.{self.on.key}"

    async def pages(
        self, reader: Reader, keys: Sequence[UUID], window: Window
    ) -> list[list[tuple[E, tuple[Any, ...]]]]:
        """A key's rows in the window, each with its position; one row more when there are more."""
        found: dict[UUID, list[tuple[E, tuple[Any, ...]]]] = defaultdict(list)
        async with reader.database.read() as session:
            for key, row, *position in await session.execute(
                self._pages(reader.actor, keys, window)
            ):
                found[key].append((row, tuple(position)))
        return [found[key] for key in keys]

    async def counts(self, reader: Reader, keys: Sequence[UUID], window: Window) -> list[int]:
        """How many rows a key has in all, whatever the page."""
        statement = (
            select(self.on, func.count())
            .where(among(self.on, keys), *self._where(reader.actor, window))
            .group_by(self.on)
        )
        async with reader.database.read() as session:
            found = {key: count for key, count in await session.execute(statement)}  # noqa: C416 - rows are no pairs to `dict`
        return [found.get(key, 0) for key in keys]

    async def preceded(self, reader: Reader, keys: Sequence[UUID], window: Window) -> list[bool]:
        """Whether a key has rows before the window begins, seen in the window's direction."""
        if window.position is None:
            return [False] * len(keys)
        given = _keys(keys)
        earlier = select(self.model.id).where(
            self.on == given.c.key,
            *self._where(reader.actor, window),
            not_(keyset.beyond(self._sorting(window), window.position)),
        )
        statement = select(given.c.key, earlier.correlate(given).exists())
        async with reader.database.read() as session:
            found = {key: some for key, some in await session.execute(statement)}  # noqa: C416 - as above
        return [found[key] for key in keys]

    def _pages(self, actor: Actor, keys: Sequence[UUID], window: Window) -> Select[Any]:
        """One LATERAL query: however many keys there are, each reads its own few rows."""
        sorting = self._sorting(window)
        given = _keys(keys)
        conditions = [self.on == given.c.key, *self._where(actor, window)]
        if window.position is not None:
            conditions.append(keyset.beyond(sorting, window.position))
        sorted_by: list[Label[Any]] = [
            expression.label(f"sort_{n}") for n, (expression, _) in enumerate(sorting)
        ]
        inner = (
            select(self.model, *sorted_by)
            .where(*conditions)
            .order_by(*keyset.order_by(sorting))
            .limit(window.size + 1)
            .correlate(given)
            .lateral()
        )
        position = [inner.c[label.name] for label in sorted_by]
        outer = keyset.order_by([(c, desc) for c, (_, desc) in zip(position, sorting, strict=True)])
        return (
            select(given.c.key, aliased(self.model, inner), *position)
            .join(inner, true())
            .order_by(*outer)
        )

    def _where(self, actor: Actor, window: Window) -> list[ColumnElement[bool]]:
        return [self.visible(actor), *where(self.conditions, window.filter)]

    def _sorting(self, window: Window) -> keyset.Sorting:
        order = list(window.order) or [self.default]
        sorting = [(self.orders[name], descending) for name, descending in order]
        sorting.append((self.model.id, order[-1][1]))
        return keyset.reversed_(sorting) if window.backwards else sorting


def _keys(keys: Sequence[UUID]) -> Subquery:
    """The keys as rows, in one bound array whatever their number."""
    return select(func.unnest(array_of(keys)).label("key")).subquery()
