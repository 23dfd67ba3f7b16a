"""Lists that grow: read a window at a time, by keyset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from operator import itemgetter
from typing import Any, Generic, NamedTuple, Protocol

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    SQLColumnExpression,
    Subquery,
    bindparam,
    func,
    not_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.visitors import replacement_traverse

from db import keyset
from db.filters import Asked, Conditions, asked, where
from db.shapes import E, Reader, Wanted, grouped, selected
from db.statements import Written, compiled
from db.visibility import Visible


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


class _Form(NamedTuple):
    """What of a window is SQL; the rest of it are values."""

    asked: Asked
    order: tuple[tuple[Any, bool], ...]
    backwards: bool
    begun: bool


@dataclass(frozen=True, eq=False)
class Many(Generic[E]):
    """A list a key that can grow: read a window at a time, by keyset.

    `orders` says what a client may sort by; the id always decides last. None of the
    expressions may be null.
    """

    model: type[E]
    on: InstrumentedAttribute[Any]
    visible: Visible
    orders: Mapping[Any, SQLColumnExpression[Any]]
    default: tuple[Enum, bool]
    conditions: Conditions = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.model.__tablename__}.{self.on.key}"

    async def pages(
        self, reader: Reader, keys: Sequence[Any], window: Window, wanted: Wanted = None
    ) -> list[list[E]]:
        """A key's rows in the window, in its direction; one row more when there are more."""
        form, values = self._read(window)
        statement = compiled(self.model, self._pages, form, wanted)
        values |= {"keys": list(dict.fromkeys(keys)), "most": window.size + 1}
        rows = await reader.reads.rows(statement, {**reader.seeing, **values})
        return [rows] if len(keys) == 1 else grouped(rows, self.on.key, keys)

    async def counts(self, reader: Reader, keys: Sequence[Any], window: Window) -> list[int]:
        """How many rows a key has in all, whatever the page."""
        form, values = self._read(window)
        statement = compiled(None, self._counts, form.asked)
        values["keys"] = keys
        found = dict(await reader.reads.rows(statement, {**reader.seeing, **values}))
        return [found[key] for key in keys]

    async def preceded(self, reader: Reader, keys: Sequence[Any], window: Window) -> list[bool]:
        """Whether a key has rows before the window begins, seen in the window's direction."""
        if window.position is None:
            return [False] * len(keys)
        form, values = self._read(window)
        statement = compiled(None, self._preceded, form)
        values["keys"] = keys
        found = dict(await reader.reads.rows(statement, {**reader.seeing, **values}))
        return [found[key] for key in keys]

    def position(self, row: Any, window: Window) -> tuple[Any, ...]:
        """Where a row of one of the window's pages stands in the list."""
        return _position_of(self, tuple(window.order))(row)

    def _read(self, window: Window) -> tuple[_Form, dict[str, Any]]:
        form, values = asked(self.conditions, window.filter)
        for n, value in enumerate(window.position or ()):
            values[f"position_{n}"] = value
        begun = window.position is not None
        return _Form(form, tuple(window.order), window.backwards, begun), values

    def _pages(self, form: _Form, wanted: Wanted) -> Written:
        """One LATERAL query: however many keys there are, each reads its own few rows."""
        sorting = self._sorting(form)
        keys = _as_rows(self.on)
        conditions = self._where(form.asked, keys)
        if form.begun:
            conditions.append(keyset.beyond(sorting, _position(sorting)))
        expressions = [expression for expression, _ in sorting]
        sorted_by = dict(zip(_labels(sorting), expressions, strict=True))
        inner = (
            selected(self.model, wanted, {self.on.key: self.on, **sorted_by})
            .where(*conditions)
            .order_by(*keyset.order_by(sorting))
            .limit(bindparam("most", type_=Integer()))
            .correlate(keys)
            .lateral()
        )
        outer = [
            (inner.c[label], down) for label, (_, down) in zip(sorted_by, sorting, strict=True)
        ]
        return (
            select(*inner.c).select_from(keys).join(inner, true()).order_by(*keyset.order_by(outer))
        )

    def _counts(self, form: Asked) -> Written:
        keys = _as_rows(self.on)
        counted = select(func.count()).where(*self._where(form, keys))
        return select(keys.c.key, counted.correlate(keys).scalar_subquery())

    def _preceded(self, form: _Form) -> Written:
        sorting = self._sorting(form)
        keys = _as_rows(self.on)
        earlier = select(self.model.id).where(
            *self._where(form.asked, keys),
            not_(keyset.beyond(sorting, _position(sorting))),
        )
        return select(keys.c.key, earlier.correlate(keys).exists())

    def _where(self, form: Asked, keys: Subquery) -> list[ColumnElement[bool]]:
        """What holds for the rows of a key."""
        [column] = self.on.property.columns

        # With two conditions on one column the planner expects few rows, and sorts them all.
        def of_key(element: Any, **_: Any) -> ColumnElement[Any] | None:
            return keys.c.key if column.shares_lineage(element) else None

        visible = replacement_traverse(self.visible, {}, of_key)
        return [self.on == keys.c.key, visible, *where(self.conditions, form)]

    def _sorting(self, form: _Form) -> keyset.Sorting:
        sorting = self.sorting(form.order)
        return keyset.reversed_(sorting) if form.backwards else sorting

    def sorting(self, order: Sequence[tuple[Any, bool]]) -> keyset.Sorting:
        """The expressions that an order sorts by, and whether downwards."""
        order = list(order) or [self.default]
        sorting = [(self.orders[name], descending) for name, descending in order]
        return [*sorting, (self.model.id, order[-1][1])]


def _as_rows(on: InstrumentedAttribute[Any]) -> Subquery:
    """The keys as rows, in one bound array whatever their number."""
    keys = bindparam("keys", type_=ARRAY(on.type))
    return select(func.unnest(keys).label("key")).subquery()


def _position(sorting: keyset.Sorting) -> list[ColumnElement[Any]]:
    """The values of a position, which are yet to come."""
    types = [each.type for each, _ in sorting]  # type: ignore[attr-defined] # whatever is selected has one
    return [bindparam(f"position_{n}", type_=type) for n, type in enumerate(types)]


def _labels(sorting: keyset.Sorting) -> list[str]:
    """Under which names the values of a row's position are read."""
    return [
        each.key if isinstance(each, InstrumentedAttribute) else f"sort_{n}"
        for n, (each, _) in enumerate(sorting)
    ]


@lru_cache(maxsize=1_000)
def _position_of(
    source: Many[Any], order: tuple[tuple[Any, bool], ...]
) -> Callable[[Any], tuple[Any, ...]]:
    return itemgetter(*_labels(source.sorting(order)))
