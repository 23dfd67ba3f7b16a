"""Estimates, from the page sizes it asks for, how many objects an answer could hold.

Every object counts once for every time the lists around it can repeat it: a page as many
times as it asks for, another list as many times as its field declares. Fields that are
selected twice under the same name are one field, as they are when they are executed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    VariableNode,
)

from engine.errors import BAD_USER_INPUT, QUERY_TOO_COMPLEX, refusal, reject
from engine.shapes import IDS_ARGUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphql import (
        DirectiveNode,
        GraphQLError,
        GraphQLNamedType,
        GraphQLSchema,
        SelectionSetNode,
        ValueNode,
    )
    from graphql.language import SelectionNode

    from engine.shapes import Shape, Shapes

MAX_WORK: Final = 20_000
"""Selections looked at before an operation counts as too entangled to be weighed."""


class Scope(NamedTuple):
    """A selection set and the type it selects from."""

    parent: GraphQLNamedType
    selections: SelectionSetNode


class Selected(NamedTuple):
    """A selected field that has fields of its own, and its shape."""

    node: FieldNode
    shape: Shape


class Size(NamedTuple):
    """How many objects a field gives, and the page size its object hands to its lists."""

    objects: int
    page: int | None = None


class Estimate:
    """The estimate of one operation; what was weighed once is remembered."""

    def __init__(
        self,
        schema: GraphQLSchema,
        shapes: Shapes,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
        page_size: int,
    ) -> None:
        self._schema = schema
        self._shapes = shapes
        self._fragments = fragments
        self._variables = variables
        self._page_size = page_size
        self.read: dict[str, Any] = {}
        """The variables that mattered: as long as they stay, so does the estimate."""

        self._work = 0
        self._totals: dict[tuple[int | None, ...], int] = {}

    def total(self, scopes: Sequence[Scope], page: int | None = None) -> int:
        """The objects below one object that is selected from by all the scopes together."""
        key = (page, *(id(scope.selections) for scope in scopes))
        if key not in self._totals:
            groups = self.groups(scopes).values()
            self._totals[key] = sum(self.cost(group, page) for group in groups)
        return self._totals[key]

    def cost(self, group: Sequence[Selected], page: int | None = None) -> int:
        """The objects that a field gives, with all below them."""
        size = self._size(group, page)
        weight = max(each.shape.weight for each in group)
        return size.objects * (weight + self.total(_below(group), size.page))

    def heaviest(self, groups: Mapping[str, Sequence[Selected]]) -> Iterator[tuple[str, FieldNode]]:
        """The way down from the roots along the fields that give the most objects."""
        page = None
        while groups:
            name, group = max(groups.items(), key=lambda each: self.cost(each[1], page))
            if not self.cost(group, page):
                return
            yield name, group[0].node
            page = self._size(group, page).page
            groups = self.groups(_below(group))

    def groups(self, scopes: Sequence[Scope]) -> dict[str, list[Selected]]:
        """The selected fields by response name, where they have fields of their own."""
        groups: dict[str, list[Selected]] = defaultdict(list)
        for parent, field in self._fields(scopes):
            if field.selection_set:
                name = (field.alias or field.name).value
                groups[name].append(Selected(field, self._shapes[parent.name, field.name.value]))
        return groups

    def _fields(self, scopes: Sequence[Scope]) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        spread: set[str] = set()
        pending = list(scopes)
        while pending:
            scope = pending.pop()
            self._work += len(scope.selections.selections)
            if self._work > MAX_WORK:
                message = "The operation spreads too many fields and fragments to be estimated."
                raise reject([refusal(QUERY_TOO_COMPLEX, message, scope.selections)])
            for selection in filter(self._is_included, scope.selections.selections):
                if isinstance(selection, FieldNode):
                    yield scope.parent, selection
                else:
                    pending.extend(self._inside(selection, scope.parent, spread))

    def _inside(
        self, selection: SelectionNode, parent: GraphQLNamedType, spread: set[str]
    ) -> Iterator[Scope]:
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            inner = self._schema.type_map[condition.name.value] if condition else parent
            yield Scope(inner, selection.selection_set)
        elif isinstance(selection, FragmentSpreadNode) and selection.name.value not in spread:
            spread.add(selection.name.value)
            fragment = self._fragments[selection.name.value]
            inner = self._schema.type_map[fragment.type_condition.name.value]
            yield Scope(inner, fragment.selection_set)

    def _is_included(self, selection: SelectionNode) -> bool:
        return not selection.directives or all(map(self._lets_pass, selection.directives))

    def _lets_pass(self, directive: DirectiveNode) -> bool:
        if directive.name.value not in ("skip", "include"):
            return True
        condition = self._argument(directive, "if")
        return bool(condition) is (directive.name.value == "include")

    def _size(self, group: Sequence[Selected], page: int | None) -> Size:
        sizes = (self._size_of(each, page) for each in group)
        return max(sizes, key=lambda size: (size.objects, size.page or 0))

    def _size_of(self, selected: Selected, page: int | None) -> Size:
        node, shape = selected
        if shape.pages:
            asked = self._page(selected)
            return Size(asked) if shape.is_list else Size(1, asked)
        if not shape.is_list:
            return Size(1)
        if page is not None:
            return Size(page)
        ids = self._argument(node, IDS_ARGUMENT) if shape.takes_ids else None
        return Size(len(ids) if isinstance(ids, list) else shape.list_size)

    def _page(self, selected: Selected) -> int:
        node, shape = selected
        asked = {name: self._argument(node, name) for name in shape.pages}
        sizes = {name: size for name, size in asked.items() if isinstance(size, int)}
        for name, size in sizes.items():
            if not 0 <= size <= self._page_size:
                raise reject([_bad_page(node, name, size, self._page_size)])
        return max(sizes.values(), default=shape.default_page)

    def _argument(self, node: FieldNode | DirectiveNode, name: str) -> Any:
        for argument in node.arguments or ():
            if argument.name.value == name:
                return self._value(argument.value)
        return None

    def _value(self, node: ValueNode) -> Any:
        """The value, as far as sizes and conditions need it."""
        match node:
            case VariableNode():
                name = node.name.value
                return self.read.setdefault(name, self._variables.get(name))
            case IntValueNode():
                return int(node.value)
            case BooleanValueNode():
                return node.value
            case ListValueNode():
                return list(node.values)
        return None


def _below(group: Sequence[Selected]) -> list[Scope]:
    scopes = ((each.shape.named_type, each.node.selection_set) for each in group)
    return [Scope(parent, selections) for parent, selections in scopes if selections]


def _bad_page(node: FieldNode, argument: str, size: int, limit: int) -> GraphQLError:
    message = (
        f"Argument '{argument}' of field '{node.name.value}' asks for a page of {size};"
        f" it must be between 0 and {limit}."
    )
    return refusal(BAD_USER_INPUT, message, node)
