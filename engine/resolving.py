"""Resolves the fields that a level waits for: every relation in one batch, all of them at once."""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from graphql.pyutils import gather_with_cancel
from strawberry.execution import optimized_is_awaitable

from engine.reading import Batches
from engine.ways import Kind, converted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

    from engine.draft import Draft
    from engine.level import Later, Object, Parents
    from engine.plan import FieldPlan
    from engine.reading import Found, Read, Reading

    Values = dict[FieldPlan, list[Any]]


class Doomed(Exception):
    """The whole answer is null: nothing has to be waited for any more."""


class Resolving:
    """How the fields of one answer come to their values."""

    def __init__(self, draft: Draft, converter: Any) -> None:
        self._draft, self._converter = draft, converter
        self._context, self._variables = draft.context, draft.variables
        self.batches = Batches(draft.context)

    async def values(self, later: Later) -> Values:
        """Every field's values, one a parent; what failed is an exception in its place.

        Raises Doomed as soon as it is known that nothing is left of the answer.
        """
        readings: dict[FieldPlan, Reading] = {}
        values: Values = {}
        for field, parents in later.items():
            reading = self._reading(field, parents.rows)
            if reading is None:
                values[field] = self._called(field, parents)
            else:
                readings[field] = reading
        reads = [read for reading in readings.values() for read in reading.reads]
        found = await self._awaited(reads, values, later)
        for field, reading in readings.items():
            values[field] = _read(reading, found, len(later[field].rows))
        return values

    def arguments(self, field: FieldPlan) -> dict[str, Any]:
        """As a resolver of ours takes them; raises where they cannot be coerced."""
        coerced = field.arguments.coerced(self._variables)
        names, declared = field.scalar_names, field.way.declared
        if names is not None:
            return {names[name]: value for name, value in coerced.items()}
        return converted(declared, coerced, self._converter) if declared else coerced

    def _reading(self, field: FieldPlan, rows: list[Any]) -> Reading | None:
        """What the field reads for all rows; None where each has to be asked for by itself."""
        if field.way.kind is not Kind.BATCHED:
            return None
        try:
            prepared = self._prepared(field)
            reading: Reading = field.way.resolution.reading(prepared, rows, self._context, field)
        except Exception:  # noqa: BLE001  asked one by one, each parent gets its own error
            return None
        return reading

    def _prepared(self, field: FieldPlan) -> Any:
        if field.prepared is not None:
            return field.prepared
        resolution = field.way.resolution
        prepared = resolution.prepare(self._context, self.arguments(field))
        if field.arguments.are_constant and resolution.is_constant:
            field.prepared = prepared
        return prepared

    def _called(self, field: FieldPlan, parents: Parents) -> list[Any]:
        """What the field's resolver answers for each parent, as graphql-core would call it."""
        if field.way.declared is not None:
            return [_tried(self._resolved, field, row) for row in parents.rows]
        infos = self._draft.infos(field, parents.objects)
        return list(map(_tried, repeat(self._foreign), repeat(field), parents.rows, infos))

    def _resolved(self, field: FieldPlan, row: Any) -> Any:
        return field.way.resolution.resolve(row, self._context, self.arguments(field))

    def _foreign(self, field: FieldPlan, row: Any, info: Any) -> Any:
        """A resolver that is none of ours may change its arguments: it gets its own."""
        resolve = field.definition.resolve or self._draft.core.field_resolver
        return resolve(row, info, **field.arguments.fresh(self._variables))

    async def _awaited(
        self, reads: list[Read], values: Values, later: Later
    ) -> dict[Hashable, Found]:
        """What all batches found; what resolvers promised is put into `values`."""
        waiting = [
            (field, index)
            for field, own in values.items()
            for index, value in enumerate(own)
            if optimized_is_awaitable(value)
        ]
        if not waiting:
            return await self.batches.find(reads)
        promised = [values[field][index] for field, index in waiting]
        self._check_vital(values, later, promised)
        settling = [
            self._settled(field, later[field].objects[index], promise)
            for (field, index), promise in zip(waiting, promised, strict=True)
        ]
        if not reads and len(settling) == 1:
            settled, found = [await settling[0]], {}
        else:
            found, *settled = await gather_with_cancel(self.batches.find(reads), *settling)
        for (field, index), value in zip(waiting, settled, strict=True):
            values[field][index] = value
        return found

    def _check_vital(self, values: Values, later: Later, promised: list[Any]) -> None:
        for field, own in values.items():
            for of, value in zip(later[field].objects, own, strict=True):
                if field.is_vital and isinstance(value, Exception):
                    self._draft.core.settle_in_background(promised)
                    self._draft.fail(field, [(of, value)])
                    raise Doomed

    async def _settled(self, field: FieldPlan, of: Object, promise: Awaitable[Any]) -> Any:
        try:
            return await promise
        except Exception as error:
            if not field.is_vital:
                return error
            self._draft.fail(field, [(of, error)])
            raise Doomed from error


def _tried(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except Exception as error:  # noqa: BLE001  it is the field's
        return error


def _read(reading: Reading, found: dict[Hashable, Found], parents: int) -> list[Any]:
    """The values that come of what was found."""
    answers = [found[read.identity] for read in reading.reads]
    try:
        return reading.values(answers)
    except Exception as error:  # noqa: BLE001  it is the field's, for each parent
        return [error] * parents
