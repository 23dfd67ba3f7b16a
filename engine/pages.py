"""Windows on lists that grow, and the pages that they show, by keyset."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine.cursors import Cursors, MalformedCursor
from engine.fields import bad_input
from engine.loading import Batch, RequestContext

DEFAULT_SIZE = 20
Position = tuple[Any, ...]


class ListSource(Protocol):
    """A list a key, read a window at a time; see `Window`."""

    @property
    def name(self) -> str:
        """What cursors of the list are bound to."""

    @property
    def pages(self) -> Batch:
        """Per key the rows of a window, one more when there are more."""

    @property
    def counts(self) -> Batch:
        """Per key the number of all rows that match."""

    @property
    def preceded(self) -> Batch:
        """Per key whether rows lie before the window, seen in its direction."""

    def position(self, row: Any, window: "Window") -> Position:
        """Where a row of a page in the window stands in the list."""


class ListContext(RequestContext, Protocol):
    @property
    def cursors(self) -> Cursors: ...


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a list: `size` rows strictly after a position, perhaps seen from the end."""

    filter: Hashable
    order: tuple[tuple[Any, bool], ...]
    position: Position | None
    backwards: bool
    size: int


class Page:
    """What a connection shows: rows in the list's own order, and what lies around them."""

    __slots__ = (
        *("_key", "_more", "_preceded", "_source", "_total", "_window"),
        *("context", "rows"),
    )

    def __init__(
        self,
        context: ListContext,
        source: ListSource,
        key: Any,
        window: Window,
        rows: Sequence[Any] = (),
        *,
        total: int | None = None,
        preceded: bool | None = None,
    ) -> None:
        """A page of rows; what is not known of its surroundings is read when it is asked for."""
        self.context, self._source, self._key, self._window = context, source, key, window
        self._total, self._preceded = total, preceded
        self._more = len(rows) > window.size
        shown = list(rows[: window.size])
        self.rows = shown[::-1] if window.backwards else shown

    def cursor(self, row: Any) -> str:
        position = self._source.position(row, self._window)
        return self.context.cursors.encode(_listed(self._source, self._window), position)

    @property
    def nodes(self) -> list[Any]:
        return self.rows

    @property
    def edges(self) -> list["Item"]:
        return [Item(self, row) for row in self.rows]

    @property
    def start_cursor(self) -> str | None:
        return self.cursor(self.rows[0]) if self.rows else None

    @property
    def end_cursor(self) -> str | None:
        return self.cursor(self.rows[-1]) if self.rows else None

    @property
    def has_next_page(self) -> Any:
        return self._has_before() if self._window.backwards else self._more

    @property
    def has_previous_page(self) -> Any:
        return self._more if self._window.backwards else self._has_before()

    @property
    def total_count(self) -> Any:
        return self._ask(self._source.counts) if self._total is None else self._total

    def _has_before(self) -> Any:
        if self._window.position is None:
            return False
        return self._ask(self._source.preceded) if self._preceded is None else self._preceded

    def _ask(self, batch: Batch) -> Any:
        return self.context.loaders.load(batch, self._key, self._window)


class Item:
    """A row and where it stands in the list."""

    __slots__ = ("_page", "node")

    def __init__(self, page: Page, node: Any) -> None:
        self._page, self.node = page, node

    @property
    def cursor(self) -> str:
        return self._page.cursor(self.node)


def window_of(
    context: ListContext, source: ListSource, given: Mapping[str, Any], arguments: Mapping[str, Any]
) -> Window:
    """What a client asks to see; raises BAD_USER_INPUT where its paging makes no sense."""
    order = _order(given.get("order_by") or ())
    size, backwards, cursor = _extent(arguments)
    window = Window(given.get("filter"), order, None, backwards, size)
    if cursor is None:
        return window
    return replace(window, position=_position(context.cursors, source, window, cursor))


def _order(criteria: Sequence[Any]) -> tuple[tuple[Any, bool], ...]:
    """What to sort by, and whether downwards; a field that comes again decides nothing."""
    order: dict[Any, bool] = {}
    for each in criteria:
        order.setdefault(each.field, each.direction == "DESC")
    return tuple(order.items())


def _extent(arguments: Mapping[str, Any]) -> tuple[int, bool, str | None]:
    first, last, after, before = (arguments.get(n) for n in ("first", "last", "after", "before"))
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise bad_input(
            "Page forwards with `first` and `after`, or backwards with `last` and `before`."
        )
    backwards = last is not None or before is not None
    size = last if backwards else first
    if size is not None and size < 0:
        raise bad_input(f"`{'last' if backwards else 'first'}` must not be negative.")
    return (DEFAULT_SIZE if size is None else size), backwards, (before if backwards else after)


def _listed(source: ListSource, window: Window) -> str:
    order = ",".join(f"{name}:{'desc' if down else 'asc'}" for name, down in window.order)
    return f"{source.name}|{order}"


def _position(cursors: Cursors, source: ListSource, window: Window, cursor: str) -> Position:
    try:
        return cursors.decode(_listed(source, window), cursor)
    except MalformedCursor as error:
        raise bad_input(f"{'before' if window.backwards else 'after'}: {error}") from None
