"""Lists that grow, as Relay connections (GraphQL Cursor Connections Specification)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from engine.fields import Access, Open, computed, facet, field
from engine.inputs import Inputs, values_of
from engine.pages import ListContext, ListSource, Page, Window, window_of
from engine.parameters import Parameter
from engine.reading import Found, Keys, Read, Reading, Selected, Wanted, column, distinct, either
from engine.types import record

T = TypeVar("T")


@record("Where a page stands in its list.", access=Open())
class PageInfo:
    has_next_page: bool = computed(
        lambda page: page.has_next_page, description="Whether rows follow after this page."
    )
    has_previous_page: bool = computed(
        lambda page: page.has_previous_page, description="Whether rows lie before this page."
    )
    start_cursor: str | None = computed(
        lambda page: page.start_cursor, description="The first row's cursor; null on an empty page."
    )
    end_cursor: str | None = computed(
        lambda page: page.end_cursor, description="The last row's cursor; null on an empty page."
    )


@record("A row of a list, with its cursor.", access=Open())
class Edge(Generic[T]):
    node: T = computed(lambda item: item.node, description="The row itself.")
    cursor: str = computed(
        lambda item: item.cursor, description="Where the row stands, for `after` and `before`."
    )


@record(
    "A page of a list. Pages are cut at rows, not at counted offsets: rows that come or go"
    " elsewhere never shift them.",
    access=Open(),
)
class Connection(Generic[T]):
    nodes: list[T] = computed(lambda page: page.nodes, description="The rows of this page.")
    edges: list[Edge[T]] = computed(
        lambda page: page.edges, description="The rows of this page, each with its cursor."
    )
    page_info: PageInfo = facet("Where this page stands in the list.")
    total_count: int = computed(
        lambda page: page.total_count,
        description="How many rows the list has in all, after the filter. Costs a count.",
    )


EVERYTHING = True
"""The key of a list that belongs to nothing in particular."""


@dataclass(frozen=True, slots=True)
class Connected:
    """A page of the list under the source's attribute `on`; without one, of the only list."""

    source: ListSource
    on: str | None
    inputs: Inputs
    criteria: tuple[Parameter, ...]
    is_constant: bool = True

    @property
    def needs(self) -> tuple[str, ...]:
        return () if self.on is None else (self.on,)

    async def resolve(
        self, source: Any, context: ListContext, arguments: Mapping[str, Any]
    ) -> Page:
        [key] = self._keys([source])
        window = self.prepare(context, arguments)
        rows = await context.loaders.load(self.source.pages, key, window)
        return Page(context, self.source, key, window, rows)

    def prepare(self, context: ListContext, arguments: Mapping[str, Any]) -> Window:
        given = values_of(self.inputs, self.criteria, arguments)
        return window_of(context, self.source, given, arguments)

    def reading(
        self, prepared: Window, sources: Sequence[Any], context: ListContext, field: Selected
    ) -> Reading:
        keys = self._keys(sources)
        asked = _asked(self.source, distinct(keys), prepared, field)

        def values(answers: Sequence[Found]) -> list[Any]:
            known = dict(zip(asked, answers, strict=True))
            if isinstance(known.get("rows"), Exception):
                return [known["rows"]] * len(keys)
            page = partial(Page, context, self.source, window=prepared)
            return [
                page(key=key, **{name: _of(found, key) for name, found in known.items()})
                for key in keys
            ]

        return Reading(tuple(asked.values()), values)

    def _keys(self, sources: Sequence[Any]) -> list[Any]:
        return [EVERYTHING] * len(sources) if self.on is None else column(sources, self.on)


def _of(found: Found, key: Any) -> Any:
    return found if isinstance(found, Exception) else found[key]


def _asked(source: ListSource, keys: Keys, window: Window, field: Selected) -> dict[str, Read]:
    """What a page has to know, by the name of its parameter: what is selected, and no more."""
    reads = {
        "rows": _rows(source, keys, window, field),
        "total": _total(source, keys, window, field),
        "preceded": _preceded(source, keys, window, field),
    }
    return {name: read for name, read in reads.items() if read is not None}


_SHOWS_ROWS = ("nodes", "edges", "page_info")


def _rows(source: ListSource, keys: Keys, window: Window, field: Selected) -> Read | None:
    """The page itself, unless only its count is asked for."""
    if not any(any(field.selected(name)) for name in _SHOWS_ROWS):
        return None
    wanted: Wanted = ()
    for shown in field.selected("nodes"):
        wanted = either(wanted, shown.wanted)
    for edge in field.selected("edges"):
        for shown in edge.selected("node"):
            wanted = either(wanted, shown.wanted)
    return Read(source.pages, keys, (window,), wanted)


def _total(source: ListSource, keys: Keys, window: Window, field: Selected) -> Read | None:
    if not any(field.selected("total_count")):
        return None
    return Read(source.counts, keys, (window,), selects=False)


def _preceded(source: ListSource, keys: Keys, window: Window, field: Selected) -> Read | None:
    """What lies before a page is asked only where it begins at a cursor."""
    asking = "has_next_page" if window.backwards else "has_previous_page"
    looks_back = any(any(info.selected(asking)) for info in field.selected("page_info"))
    if window.position is None or not looks_back:
        return None
    return Read(source.preceded, keys, (window,), selects=False)


def _argument(name: str, type: Any, description: str) -> StrawberryArgument:
    return StrawberryArgument(
        name, None, StrawberryAnnotation(type), description=description, default=strawberry.UNSET
    )


PAGING = (
    _argument("first", int | None, "How many rows from the start; 20 unless said, at most 100."),
    _argument("after", str | None, "Only rows after this cursor."),
    _argument("last", int | None, "How many rows from the end, at most 100."),
    _argument("before", str | None, "Only rows before this cursor."),
)


def connected(
    source: ListSource,
    *,
    inputs: Inputs,
    description: str,
    on: str | None = "id",
    filter: type | None = None,
    order: type | None = None,
    access: Access | None = None,
) -> Any:
    """A field that is a page of the source's list; `filter` and `order` are dataclasses."""
    criteria = tuple(_criteria(filter, order))
    return field(
        description,
        resolution=Connected(source, on, inputs, criteria),
        access=access,
        arguments=[*inputs.arguments(criteria), *PAGING],
    )


def _criteria(filter: type | None, order: type | None) -> list[Parameter]:
    found = []
    if filter is not None:
        found.append(Parameter("filter", filter, True, "Which rows; all unless said.", None))
    if order is not None:
        text = "What to sort by, the first criterion first."
        found.append(Parameter("order_by", tuple[order, ...], True, text, None))  # type: ignore[valid-type] # a type that is a value
    return found
