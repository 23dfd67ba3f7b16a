"""Makes the objects of an answer out of rows, a whole list at a time.

Whatever is not of the common form is put aside, for graphql-core to complete.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    default_type_resolver,
)
from strawberry.execution import optimized_is_awaitable

from engine.guards import Guards
from engine.leaves import Irregular, Odd
from engine.level import Level
from engine.reading import column
from engine.ways import Kind

if TYPE_CHECKING:
    from graphql import GraphQLOutputType

    from engine.draft import Draft
    from engine.leaves import Oddities
    from engine.level import Object
    from engine.plan import FieldPlan, Selection


class Completion:
    """Completes values; what they leave to do is added to `level`."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._guards = Guards(draft.context)
        self.level = Level()

    def put(self, field: FieldPlan, objects: list[Object], values: list[Any]) -> None:
        """Complete a field's values, one an object, and put them into their places."""
        odd: Oddities = []
        made = field.complete(values, odd) if field.is_leaf else self._tried(field, values, odd)
        name = field.name
        for each, value in zip(objects, made, strict=True):
            each[name] = value
        if odd:
            self._put_aside(field, objects)

    def _put_aside(self, field: FieldPlan, objects: list[Object]) -> None:
        self.level.odd += [
            (field, each, value.value)
            for each in objects
            if (value := each[field.name]).__class__ is Odd
        ]

    def _tried(self, field: FieldPlan, values: list[Any], odd: Oddities) -> list[Any]:
        """The completed values; or the values as they are, where one of them is odd."""
        before, self.level = self.level, Level()
        try:
            made = self._values(field, field.type, values)
        except Exception:  # noqa: BLE001  graphql-core finds out what is wrong
            self.level = before
            odd += map(Odd, values)
            return list(odd)
        if not before.is_untouched:
            before.add(self.level)
            self.level = before
        return made

    def _values(self, field: FieldPlan, type_: GraphQLOutputType, values: list[Any]) -> list[Any]:
        """The completed forms of values that are of the type."""
        if isinstance(type_, GraphQLNonNull):
            if None in values:
                raise Irregular
            return self._present(field, type_.of_type, values)
        if None not in values:
            return self._present(field, type_, values)
        made = iter(self._present(field, type_, [value for value in values if value is not None]))
        return [None if value is None else next(made) for value in values]

    def _present(self, field: FieldPlan, type_: Any, values: list[Any]) -> list[Any]:
        if isinstance(type_, GraphQLObjectType):
            return self._distinct(field, type_, values)
        if isinstance(type_, GraphQLList):
            return self._lists(field, type_.of_type, values)
        return self._abstract(field, type_, values)

    def _lists(self, field: FieldPlan, item: GraphQLOutputType, lists: list[Any]) -> list[Any]:
        if not {list, tuple}.issuperset(map(type, lists)):
            raise Irregular
        made = self._values(field, item, list(chain.from_iterable(lists)))
        end = 0
        return [made[(start := end) : (end := start + len(each))] for each in lists]

    def _abstract(
        self, field: FieldPlan, type_: GraphQLInterfaceType | GraphQLUnionType, values: list[Any]
    ) -> list[Any]:
        resolve = type_.resolve_type or default_type_resolver
        names = self._regular(self._said(field, resolve, values, type_), str)
        made: dict[str, Any] = {}
        for name in dict.fromkeys(names):
            own = [value for value, named in zip(values, names, strict=True) if named == name]
            runtime = _runtime_type(field, type_, name)
            self._check_types(field, runtime, own)
            made[name] = iter(self.objects(field.selection(runtime), own))
        return [next(made[name]) for name in names]

    def _distinct(self, field: FieldPlan, type_: GraphQLObjectType, rows: list[Any]) -> list[Any]:
        """Objects for rows; parents of the same row share one where that cannot show."""
        self._check_types(field, type_, rows)
        selection = field.selection(type_)
        if not field.repeats or not selection.is_pure:
            return self.objects(selection, rows)
        by_identity = {id(row): row for row in rows}
        if len(by_identity) == len(rows):
            return self.objects(selection, rows)
        made = self.objects(selection, list(by_identity.values()))
        if self.level.odd:
            raise Irregular  # an error has one place: what is odd cannot stand in several
        shared = dict(zip(by_identity, made, strict=True))
        return [shared[id(row)] for row in rows]

    def _check_types(self, field: FieldPlan, type_: GraphQLObjectType, rows: list[Any]) -> None:
        is_type_of = type_.is_type_of
        if is_type_of and not all(self._regular(self._said(field, is_type_of, rows), bool)):
            raise Irregular

    def _said(self, field: FieldPlan, function: Any, rows: list[Any], *more: Any) -> list[Any]:
        """What a function says of each row; it is asked once a class if it looks at no more."""
        if not getattr(function, "is_by_class", False):
            info = self._draft.info(field)
            return [function(row, info, *more) for row in rows]
        known = field.said
        for class_, row in {type(row): row for row in rows}.items():
            if (function, class_) not in known:
                known[function, class_] = function(row, None, *more)
        return [known[function, type(row)] for row in rows]

    def _regular(self, said: list[Any], kind: type) -> list[Any]:
        """What was said, if all is of the class; what is awaitable is not left behind."""
        if {kind}.issuperset(map(type, said)):
            return said
        self._draft.core.settle_in_background(list(filter(optimized_is_awaitable, said)))
        raise Irregular

    def objects(self, selection: Selection, rows: list[Any]) -> list[Object]:
        """The answer's objects for rows of one type."""
        classes = set(map(type, rows))
        if not all(map(_is_of_objects, classes)):
            raise Irregular
        make = selection.maker(classes.pop() if len(classes) == 1 else object)
        odd: Oddities = []
        made = [make(row, odd) for row in rows]
        if odd:
            for field in selection.fields:
                self._put_aside(field, made)
        for field in selection.inner:
            self.put(field, made, _plain_values(field, rows))
        for field in selection.later:
            self.level.wait(field, made, rows)
        for field in selection.guarded:
            self._guard(field, made, rows)
        return made

    def _guard(self, field: FieldPlan, made: list[Object], rows: list[Any]) -> None:
        """As for any field, where the viewer may see it; where not, there is an error."""
        access = field.way.guard
        self.level.is_personal = self.level.is_personal or access.is_personal
        refusals = self._guards.refusals(access, rows)
        if any(refusals):
            pairs = list(zip(made, refusals, strict=True))
            self.level.refused += [(field, each, why) for each, why in pairs if why]
            rows = [row for row, why in zip(rows, refusals, strict=True) if not why]
            made = [each for each, why in pairs if not why]
        if field.way.is_plain:
            self.put(field, made, _plain_values(field, rows))
        else:
            self.level.wait(field, made, rows)


@lru_cache(maxsize=1_000)
def _is_of_objects(class_: type) -> bool:
    """Whether its instances stand for themselves: not for an error, nor for what is to come."""
    return not issubclass(class_, Exception | Awaitable | Generator)


def _runtime_type(field: FieldPlan, type_: Any, name: str) -> GraphQLObjectType:
    schema = field.within.plan.schema
    runtime = schema.get_type(name)
    if not isinstance(runtime, GraphQLObjectType) or not schema.is_sub_type(type_, runtime):
        raise Irregular
    return runtime


def _plain_values(field: FieldPlan, rows: list[Any]) -> list[Any]:
    """A field's values that are made of the rows alone."""
    match field.way.kind:
        case Kind.SAME:
            return rows
        case Kind.COMPUTED:
            return list(map(field.way.resolution.function, rows))
    return column(rows, field.way.attribute)
