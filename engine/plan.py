"""What an operation selects, worked out once and followed by every request that repeats it.

A plan is a tree: a selection of an object type has fields, and a field that is composite has
one selection for every object type that its values turn out to be of. It is worked out only as
far as answers reach into it.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from graphql import (
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import collect_fields, collect_subfields

from engine import leaves
from engine.ways import EVERYTHING, Arguments, Kind, scalar_names, way_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from graphql import GraphQLField, GraphQLSchema, OperationDefinitionNode
    from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
    from graphql.execution.values import VariableValues

    from engine.documents import Document
    from engine.leaves import Completed, Oddities
    from engine.reading import Columns, Wanted


class Plan:
    """One operation of a document, with one set of the values that steer it."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: Document,
        operation: OperationDefinitionNode,
        steering: VariableValues,
        identity: Hashable,
        *,
        hide_suggestions: bool,
    ) -> None:
        self.hide_suggestions = hide_suggestions
        self.schema, self.document, self.operation = schema, document, operation
        self._steering = steering
        self.identity = identity
        self.size = self.remembered_size = 0
        """How many fields have been worked out so far, and when it was last remembered."""

    @cached_property
    def root(self) -> Selection:
        """Where it begins: validation has seen that the schema has the operation's type."""
        type_ = cast("GraphQLObjectType", self.schema.get_root_type(self.operation.operation))
        details, steering = self.document.details, self._steering
        collected = collect_fields(self.schema, details, steering, type_, self.operation)
        return Selection(self, type_, collected.grouped_field_set, None)

    def below(self, field: FieldPlan, type_: GraphQLObjectType) -> Selection:
        """What is selected of those of a field's values that are of the type."""
        collected = collect_subfields(
            self.schema,
            self.document.details,
            self._steering,
            self.operation,
            type_,
            field.details,
        )
        return Selection(self, type_, collected.grouped_field_set, field)


class Selection:
    """The fields that are asked of the objects of one type, in the order of the answer."""

    def __init__(
        self, plan: Plan, type_: GraphQLObjectType, grouped: GroupedFieldSet, of: FieldPlan | None
    ) -> None:
        self.plan, self.type, self.of = plan, type_, of
        self.grouped = grouped
        """The selection as graphql-core takes it."""

        self.fields = [
            FieldPlan(self, name, details, definition)
            for name, details in grouped.items()
            if (definition := plan.schema.get_field(type_, details[0].node.name.value))
        ]
        plan.size += len(self.fields)
        free = [field for field in self.fields if field.way.access is None]
        self.guarded = [field for field in self.fields if field.way.access is not None]
        self.inner = [field for field in free if field.way.is_plain and not field.is_leaf]
        self.later = [field for field in free if not field.way.is_plain]
        self._makers: dict[type, Callable[[Any, Oddities], dict[str, Any]]] = {}

    @cached_property
    def is_pure(self) -> bool:
        """Whether an object's whole answer is made of the object alone, for whomever."""
        return not self.guarded and not self.later and all(map(_is_pure, self.inner))

    @cached_property
    def columns(self) -> Columns:
        """The attributes that it needs of an object; None where that cannot be told."""
        needed: set[str] = set()
        for field in self.fields:
            if field.columns is EVERYTHING:
                return EVERYTHING
            needed.update(field.columns)
        return tuple(sorted(needed))

    def only(self, field: FieldPlan) -> Selection:
        """The selection of one of its fields alone."""
        return Selection(self.plan, self.type, {field.name: field.details}, self.of)

    def maker(self, rows: type) -> Callable[[Any, Oddities], dict[str, Any]]:
        """The function that makes the answer's object of one row of that class.

        Whatever is not a leaf made of the row alone stays None, in its place. For odd leaves
        see `leaves.columns`.
        """
        made = self._makers.get(rows)
        if made is None:
            made = self._makers[rows] = self._compiled(rows)
        return made

    def _compiled(self, rows: type) -> Callable[[Any, Oddities], dict[str, Any]]:
        names: dict[str, Any] = {}
        parts = [
            f"{field.name!r}: {field.expression(f'leaf_{n}', rows, names)}"
            for n, field in enumerate(self.fields)
        ]
        code = f"lambda row, odd: {{{', '.join(parts)}}}"
        return eval(code, names)  # type: ignore[no-any-return]  # noqa: S307  text of our own making


def _is_never_null(type_: Any) -> bool:
    """Whether neither a value of the type nor anything listed in it may be null."""
    if not isinstance(type_, GraphQLNonNull):
        return False
    return not isinstance(type_.of_type, GraphQLList) or _is_never_null(type_.of_type.of_type)


def _is_pure(field: FieldPlan) -> bool:
    return field.object_type is not None and field.selection(field.object_type).is_pure


class FieldPlan:
    """One field of a selection: where its values come from, and what is selected of them."""

    def __init__(
        self, within: Selection, name: str, details: FieldDetailsList, definition: GraphQLField
    ) -> None:
        self.within, self.name, self.details, self.definition = within, name, details, definition
        self.nodes = [each.node for each in details]
        self.type = definition.type
        self.named_type = get_named_type(self.type)
        self.is_leaf = is_leaf_type(self.named_type)
        self.object_type = (
            self.named_type if isinstance(self.named_type, GraphQLObjectType) else None
        )
        is_event = within.type is within.plan.schema.subscription_type
        self.way = way_of(
            definition, name=self.nodes[0].name.value, of=within.type.name, is_event=is_event
        )
        hidden = within.plan.hide_suggestions
        self.arguments = Arguments(definition, self.nodes[0], hide_suggestions=hidden)
        self.repeats = (
            self.way.kind is Kind.BATCHED and get_nullable_type(self.type) is self.object_type
        )
        """Whether several parents may well have the same value."""

        self.scalar_names = scalar_names(definition, self.way)
        self.prepared: Any = None
        """What its resolution made of constant arguments."""

        self.said: dict[Any, Any] = {}
        """What functions say of rows of a class, for those that look at nothing else."""

        self._selections: dict[str, Selection] = {}

    @cached_property
    def is_vital(self) -> bool:
        """Whether nothing at all is left of an answer in which it fails."""
        of = self.within.of
        return _is_never_null(self.type) and (of is None or of.is_vital)

    @cached_property
    def complete(self) -> Completed:
        """Completes many values, where its type is a leaf or a list of them."""
        return leaves.columns(self.type)

    @cached_property
    def columns(self) -> Columns:
        """The attributes that it needs of the object that it is a field of."""
        needs = self.way.needs
        if self.way.kind is not Kind.SAME or needs is EVERYTHING:
            return needs
        below = self.wanted
        return (*needs, *below) if isinstance(below, tuple) else EVERYTHING

    @cached_property
    def wanted(self) -> Wanted:
        """The attributes that are needed of the objects that are its values."""
        if self.is_leaf:
            return EVERYTHING
        try:
            if self.object_type is not None:
                return self.selection(self.object_type).columns
            possible = self.within.plan.schema.get_possible_types(self.named_type)  # type: ignore[arg-type]  # it is no leaf and no object
            return {type_.name: self.selection(type_).columns for type_ in possible}
        except GraphQLError:
            return EVERYTHING  # a directive's variable is null: told where a value is completed

    def selection(self, type_: GraphQLObjectType) -> Selection:
        """What is selected of those of its values that are of the type."""
        found = self._selections.get(type_.name)
        if found is None:
            found = self._selections[type_.name] = self.within.plan.below(self, type_)
        return found

    def selected(self, python_name: str) -> Iterator[FieldPlan]:
        """The fields of its one object type that select the class's field of that name."""
        fields = self.selection(cast("GraphQLObjectType", self.object_type)).fields
        return (field for field in fields if field.way.name == python_name)

    def expression(self, function: str, rows: type, names: dict[str, Any]) -> str:
        """Python for what the field puts into its object before anything is read."""
        if self.way.kind is Kind.TYPENAME:
            return repr(self.within.type.name)
        if self.way.access is not None or not self.way.is_plain or not self.is_leaf:
            return "None"
        value = self.way.expression(f"{function}_of", rows, names)
        return leaves.expression(self.type, value, function, names)
