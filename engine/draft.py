"""An answer in the making: its data so far, and what becomes of it when a field fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphql import located_error

from engine.places import nulled_by, path_of, places, set_null

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from graphql import Executor, GraphQLError
    from graphql.execution.values import VariableValues

    from engine.level import Object
    from engine.places import Place
    from engine.plan import FieldPlan


class Draft:
    """The data of one answer, for whom it is, and from which root and variables it grows."""

    def __init__(
        self,
        make_core: Callable[[], Executor[Any]],
        context: Any,
        variables: VariableValues,
        root: Any,
    ) -> None:
        self.context, self.variables, self.root = context, variables, root
        self._make_core = make_core
        self._core: Executor[Any] | None = None
        self.fields: Object = {}
        self.is_null = False
        """Whether an error has gone all the way up: nothing can come of the answer then."""

    @property
    def core(self) -> Executor[Any]:
        """graphql-core's executor, which keeps the errors; made when it is first needed."""
        if self._core is None:
            self._core = self._make_core()
        return self._core

    @property
    def data(self) -> Object | None:
        return None if self.is_null else self.fields

    @property
    def errors(self) -> list[GraphQLError]:
        return self._core.collected_errors.errors if self._core else []

    def give_up(self, error: GraphQLError) -> None:
        """The whole answer is null, for this error."""
        self.core.collected_errors.add(error, None)
        self.is_null = True

    def fail(
        self,
        field: FieldPlan,
        failures: Iterable[tuple[Object, Exception]],
        known: Mapping[int, Place] | None = None,
    ) -> None:
        """Report a field's errors, and null the places that the type system says they null.

        An object that an earlier error has put out of the answer has no errors. `known` are the
        `places` of the field's objects, where they have been looked up before.
        """
        known = self.places(field) if known is None else known
        for of, raw in failures:
            if id(of) in known:
                self._null(field, (*known[id(of)], field.name), raw)

    def _null(self, field: FieldPlan, place: Place, raw: Exception) -> None:
        error = located_error(raw, field.nodes, list(place))
        nulled = nulled_by(field, place)
        if nulled is None:
            self.give_up(error)
        else:
            self.core.collected_errors.add(error, path_of(field, nulled))
            set_null(self.data, nulled)

    def places(self, field: FieldPlan) -> dict[int, Place]:
        """Where the objects are that the field belongs to, by their identity."""
        return places(self.data, field.within)

    def infos(self, field: FieldPlan, objects: list[Object]) -> list[Any]:
        """What graphql-core tells a resolver about its surroundings, for each object."""
        known = self.places(field)
        return [self.info(field, known.get(id(each), ())) for each in objects]

    def info(self, field: FieldPlan, place: Place = ()) -> Any:
        """The same for one object, which is at that place."""
        path: Any = path_of(field, (*place, field.name))
        return self.core.build_resolve_info(field.definition, field.nodes, field.within.type, path)
