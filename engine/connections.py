"""Lists that grow, as Relay connections (GraphQL Cursor Connections Specification)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from engine.fields import Access, Open, computed, field
from engine.inputs import Inputs, values_of
from engine.pages import ListContext, ListSource, Page, window_of
from engine.parameters import Parameter
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
    page_info: PageInfo = computed(
        lambda page: page, description="Where this page stands in the list."
    )
    total_count: int = computed(
        lambda page: page.total_count,
        description="How many rows the list has in all, after the filter. Costs a count.",
    )


@dataclass(frozen=True, slots=True)
class Connected:
    """A page of the list under the source's attribute `on`."""

    source: ListSource
    on: str
    inputs: Inputs
    criteria: tuple[Parameter, ...]

    async def resolve(
        self, source: Any, context: ListContext, arguments: Mapping[str, Any]
    ) -> Page:
        key = getattr(source, self.on)
        given = values_of(self.inputs, self.criteria, arguments)
        window = window_of(context, self.source, given, arguments)
        rows = await context.loaders.load(self.source.pages, key, window)
        return Page(context, self.source, key, window, rows)


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
    on: str = "id",
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
