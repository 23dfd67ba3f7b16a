"""Queries that look something up by the key that a plain function names."""

from asyncio import gather
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_origin

from engine import parameters
from engine.fields import Source, field
from engine.inputs import Inputs, values_of
from engine.loading import RequestContext
from engine.operations import WhoMay, described_as
from engine.parameters import Parameter
from engine.reading import Found, Read, Reading, Selected, distinct


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a source has under the key, or the keys, that a function names.

    `absent` makes the error for a key under which there is nothing; without it there is null.
    """

    function: Callable[..., Any]
    source: Source
    inputs: Inputs
    given: tuple[Parameter, ...]
    absent: Callable[[], Exception] | None
    is_list: bool
    needs: tuple[str, ...] = ()
    is_constant: bool = False

    async def resolve(
        self, source: Any, context: RequestContext, arguments: Mapping[str, Any]
    ) -> Any:
        keys = self.prepare(context, arguments)
        pending = [context.loaders.load(self.source.load, k) for k in keys if k is not None]
        there = [key for key in keys if key is not None]
        found = dict(zip(there, await gather(*pending), strict=True))
        [value] = self._values(keys, found)
        if isinstance(value, Exception):
            raise value
        return value

    def prepare(self, context: Any, arguments: Mapping[str, Any]) -> tuple[Any, ...]:
        named = self.function(context, **values_of(self.inputs, self.given, arguments))
        return tuple(named) if self.is_list else (named,)

    def reading(
        self, prepared: tuple[Any, ...], sources: Sequence[Any], context: Any, field: Selected
    ) -> Reading:
        return Reading(
            (Read(self.source.load, distinct(prepared), (), field.wanted),),
            lambda answers: self._values(prepared, answers[0]) * len(sources),
        )

    def _values(self, keys: tuple[Any, ...], found: Found) -> list[Any]:
        if isinstance(found, Exception):
            return [found]
        rows = [self._value(key, found) for key in keys]
        return [rows] if self.is_list else rows

    def _value(self, key: Any, found: Mapping[Any, Any]) -> Any:
        row = found.get(key)
        return self.absent() if row is None and key is not None and self.absent else row


def lookup(
    function: Callable[..., Any],
    *,
    source: Source,
    type: Any,
    inputs: Inputs,
    access: WhoMay,
    absent: Callable[[], Exception] | None = None,
) -> Any:
    """A query: what the source has under the key that `function(context, **arguments)` names.

    Where the type is a list, the function names several keys.
    """
    given = tuple(parameters.of_function(function))
    is_list = get_origin(type) is list
    return field(
        described_as(function, access),
        resolution=Lookup(function, source, inputs, given, absent, is_list),
        access=access,
        type=type,
        arguments=inputs.arguments(given),
    )
