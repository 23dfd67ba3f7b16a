"""Executes a plan breadth-first: all objects of a level together, across the whole answer.

A level is built at once from the rows at hand. What its objects still wait for, relations and
resolvers, is then asked for all of them together: one batch a relation, however many parents.
"""

from __future__ import annotations

from asyncio import gather
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLError, GraphQLNonNull, OperationType
from strawberry.execution import optimized_is_awaitable

from engine.completion import Completion
from engine.resolving import Doomed, Resolving
from engine.ways import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from engine.draft import Draft
    from engine.level import Aside, Level, Object
    from engine.places import Place
    from engine.plan import FieldPlan, Plan, Selection

IRREGULAR: Final = "irregular value"


class Levels:
    """One execution of a plan; `handed_over` is told when graphql-core has to complete a part."""

    def __init__(
        self, plan: Plan, draft: Draft, converter: Any, handed_over: Callable[[str], None]
    ) -> None:
        self._plan, self._draft, self._handed_over = plan, draft, handed_over
        self._resolving = Resolving(draft, converter)
        self.is_personal = False
        """Whether the answer may be for the one who asks alone."""

    async def execute(self) -> None:
        """Fill the draft, as far as its errors leave anything of it."""
        try:
            root = self._plan.root
        except GraphQLError as error:
            self._draft.give_up(error)
            return
        is_mutation = self._plan.operation.operation is OperationType.MUTATION
        for selection in map(root.only, root.fields) if is_mutation else [root]:
            if not self._draft.is_null:
                await self._grow(selection)

    async def _grow(self, selection: Selection) -> None:
        """Add the fields of a root selection to the answer, with everything below them."""
        self._resolving.batches.forget()
        completion = Completion(self._draft)
        try:
            [made] = completion.objects(selection, [self._draft.root])
        except Exception:  # noqa: BLE001  whatever it is, graphql-core says it properly
            await self._hand_over_root(selection)
            return
        level = completion.level
        level.move(made, self._draft.fields)
        self._note(level)
        with suppress(Doomed):
            while not level.is_done:
                level = await self._next(level)
                self._note(level)

    async def _next(self, level: Level) -> Level:
        for field, refused in _by_field(level.refused).items():
            error = self._argument_error(field)
            self._draft.fail(field, [(of, error or refusal) for of, refusal in refused])
        if level.odd:
            await self._hand_over(level.odd)
        if self._draft.is_null:
            raise Doomed
        values = await self._resolving.values(level.later)
        completion = Completion(self._draft)
        for field, parents in level.later.items():
            self._settle(field, parents.objects, values[field], completion)
        return completion.level

    def _note(self, level: Level) -> None:
        """Remember whether it mattered who asks; a resolver that is called may look."""
        if level.is_personal or level.odd:
            self.is_personal = True
        for field in level.later:
            if field.way.kind is Kind.CALLED:
                self.is_personal = True

    def _argument_error(self, field: FieldPlan) -> Exception | None:
        """Arguments are coerced before anybody is asked who may."""
        try:
            self._resolving.arguments(field)
        except Exception as error:  # noqa: BLE001  it is the field's
            return error
        return None

    def _settle(
        self, field: FieldPlan, objects: list[Object], values: list[Any], completion: Completion
    ) -> None:
        """Put a field's values into its objects, completed; and report those that are errors."""
        failures = _failures(field, values)
        if failures:
            self._draft.fail(field, [(objects[n], error) for n, error in failures.items()])
            kept = [n for n in range(len(values)) if n not in failures]
            objects, values = [objects[n] for n in kept], [values[n] for n in kept]
        completion.put(field, objects, values)

    async def _hand_over(self, odd: list[Aside]) -> None:
        """Let graphql-core complete the values, with all that is selected below them."""
        self._handed_over(IRREGULAR)
        pending = []
        for field, values in _by_field(odd).items():
            known = self._draft.places(field)
            pending += [
                self._complete(field, of, value, known) for of, value in values if id(of) in known
            ]
        await gather(*pending)

    async def _complete(
        self, field: FieldPlan, of: Object, value: Any, known: Mapping[int, Place]
    ) -> None:
        complete, info = self._draft.core.complete_value, self._draft.info(field, known[id(of)])
        try:
            value = await _now(value)
            made = complete(field.type, field.details, info, info.path, value, None)
            of[field.name] = await _now(made)
        except Exception as error:  # noqa: BLE001  it is the field's
            self._draft.fail(field, [(of, error)], known)

    async def _hand_over_root(self, selection: Selection) -> None:
        self._handed_over(IRREGULAR)
        self.is_personal = True
        value, grouped = self._draft.root, selection.grouped
        try:
            made = self._draft.core.execute_fields(selection.type, value, None, grouped, None)
            self._draft.fields.update(await _now(made))
        except GraphQLError as error:
            self._draft.give_up(error)


def _by_field(aside: list[Aside]) -> dict[FieldPlan, list[tuple[Object, Any]]]:
    found: dict[FieldPlan, list[tuple[Object, Any]]] = defaultdict(list)
    for field, of, what in aside:
        found[field].append((of, what))
    return found


async def _now(value: Any) -> Any:
    return await value if optimized_is_awaitable(value) else value


def _failures(field: FieldPlan, values: list[Any]) -> dict[int, Exception]:
    """The errors among a field's values, by their index."""
    required = isinstance(field.type, GraphQLNonNull)
    for kind in set(map(type, values)):
        if (kind is _NONE and required) or issubclass(kind, Exception):
            break
    else:
        return {}
    failures: dict[int, Exception] = {}
    for index, value in enumerate(values):
        if isinstance(value, Exception):
            failures[index] = value
        elif value is None and required:
            failures[index] = _missing(field)
    return failures


_NONE: Final = type(None)


def _missing(field: FieldPlan) -> TypeError:
    name = f"{field.within.type}.{field.nodes[0].name.value}"
    return TypeError(f"Cannot return null for non-nullable field {name}.")
