"""Root fields: queries, mutations and live streams, each made of one plain function.

The function's parameters are the field's arguments, and its docstring is the description
that clients read.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from inspect import cleandoc
from types import SimpleNamespace
from typing import Annotated, Any, Protocol, get_args, get_origin

from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from engine import parameters
from engine.fields import Access, Open, attribute, field
from engine.inputs import Inputs, Path, Problems, values_of
from engine.loading import RequestContext
from engine.parameters import Parameter
from engine.reading import Columns
from engine.types import record


class WhoMay(Access, Protocol):
    """Access to a root: `permission` is what every row that it writes is checked for."""

    @property
    def permission(self) -> Any: ...

    @property
    def description(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Root:
    """A function of the context and the arguments."""

    function: Callable[..., Any]
    inputs: Inputs
    given: tuple[Parameter, ...]

    def resolve(self, source: Any, context: RequestContext, arguments: Mapping[str, Any]) -> Any:
        return self.function(context, **values_of(self.inputs, self.given, arguments))


Reads = Callable[[str], Columns]
"""By the name of a type, attributes of its rows; None for all."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A function of the context, the source and the arguments.

    `reads` says, for sources of a type, which of their attributes it looks at.
    """

    function: Callable[..., Any]
    inputs: Inputs
    given: tuple[Parameter, ...]
    reads: Reads

    def resolve(self, source: Any, context: RequestContext, arguments: Mapping[str, Any]) -> Any:
        return self.function(context, source, **values_of(self.inputs, self.given, arguments))


def answered(
    function: Callable[..., Any],
    *,
    type: Any,
    inputs: Inputs,
    access: Access | None = None,
    reads: Reads = lambda _: None,
) -> Any:
    """A field with arguments of its own: `function(context, source, **arguments)`.

    It may look at everything of its source, unless `reads` says at what.
    """
    given = tuple(parameters.of_function(function)[1:])
    return field(
        cleandoc(function.__doc__ or ""),
        resolution=Answered(function, inputs, given, reads),
        access=access,
        type=type,
        arguments=inputs.arguments(given),
    )


def root(function: Callable[..., Any], *, type: Any, inputs: Inputs, access: WhoMay) -> Any:
    """A query: `function(context, **arguments)` answers the `type`."""
    return _root(function, type, inputs, access, subscription=False)


def stream(
    function: Callable[..., Awaitable[AsyncIterator[Any]]],
    *,
    type: Any,
    inputs: Inputs,
    access: WhoMay,
) -> Any:
    """A subscription: `await function(context, **arguments)` listens, and iterates its events."""
    return _root(function, type, inputs, access, subscription=True)


def _root(
    function: Callable[..., Any], type: Any, inputs: Inputs, access: WhoMay, *, subscription: bool
) -> Any:
    given = tuple(parameters.of_function(function))
    return field(
        described_as(function, access),
        resolution=Root(function, inputs, given),
        access=access,
        type=type,
        arguments=inputs.arguments(given),
        subscription=subscription,
    )


def described_as(function: Callable[..., Any], access: WhoMay) -> str:
    return f"{cleandoc(function.__doc__ or '')}\n\nWho may: {access.description}"


UseCase = Callable[[Any, Any], Awaitable[Any]]
Parts = dict[str, Any]
Run = Callable[[Any], Awaitable[Parts]]


class CarryOut(Protocol):
    """How a mutation is carried out: `run(context)` does it and answers the payload's parts.

    The options are what the client said besides the use case's own input, the command. The second
    of the answers is the effects, where there is something to tell of them.
    """

    async def __call__(
        self, context: Any, run: Run, options: Any, command: Any, /
    ) -> tuple[Parts, Any]: ...


class Failure(Protocol):
    """An exception that is data for the client; `each` has one entry for each thing wrong."""

    def each(self) -> Sequence[Any]: ...


@dataclass(frozen=True)
class Mutations:
    """How use cases become mutations.

    A use case `async (context, input dataclass) -> result` becomes the field with the input
    `<Dataclass>Input` and the payload `<Dataclass>Payload`: what it returned, `errors`, and
    `effects`. Exceptions of `failures` become those errors; `invalid` makes one of problems with
    the input's form. Every input has the fields of `options` too, which say how to `carry_out`.
    """

    inputs: Inputs
    failures: type[Exception]
    invalid: Callable[[list[tuple[Path, str]]], Exception]
    error: type
    options: type
    effects: Any
    carry_out: CarryOut

    def __call__(self, use_case: UseCase, *, returns: Mapping[str, Any], access: WhoMay) -> Any:
        """The field; `returns` names the payload's parts and their types."""
        [given] = parameters.of_function(use_case)
        command = given.type
        argument = StrawberryArgument(
            "input",
            "input",
            StrawberryAnnotation(self.inputs.type_of(command, self.options)),
            description="Everything that the mutation takes.",
        )
        return field(
            described_as(use_case, access),
            resolution=Mutation(self, use_case, command, tuple(returns), access),
            access=access,
            type=self._payload(command.__name__, returns),
            arguments=[argument],
        )

    def _payload(self, name: str, returns: Mapping[str, Any]) -> type:
        parts = {part: _part(type) for part, type in returns.items()}
        body: dict[str, Any] = {
            part: attribute(description) for part, (_, description) in parts.items()
        }
        body["errors"] = attribute(
            "What kept it from being done, for the client to mend; empty when it was done."
        )
        body["effects"] = attribute("What it would do; null unless `dryRun` was asked for.")
        body["__annotations__"] = {
            **{part: type | None for part, (type, _) in parts.items()},
            "errors": list[self.error],  # type: ignore[name-defined] # a type that is a value
            "effects": self.effects | None,
        }
        made = type(f"{name}Payload", (), body)
        return record(f"What `{name[0].lower()}{name[1:]}` answers.", access=Open())(made)


def _part(type: Any) -> tuple[Any, str]:
    """A payload part's type and description; `Annotated` says another than the usual."""
    if get_origin(type) is Annotated:
        return get_args(type)[0], get_args(type)[1]
    return type, "As it is now; null where `errors` say why nothing was changed."


@dataclass(frozen=True)
class Mutation:
    """One use case behind a mutation field."""

    kind: Mutations
    use_case: UseCase
    command: type
    parts: tuple[str, ...]
    access: WhoMay

    async def resolve(
        self, source: Any, context: RequestContext, arguments: Mapping[str, Any]
    ) -> SimpleNamespace:
        await context.settle()
        try:
            command, options = self._given(arguments["input"])
            parts, effects = await self.kind.carry_out(
                context.needing(self.access.permission),
                partial(self._run, command),
                options,
                command,
            )
        except self.kind.failures as failure:
            nothing = dict.fromkeys(self.parts)
            told = failure.each()  # type: ignore[attr-defined] # see `Failure`
            return SimpleNamespace(**nothing, errors=told, effects=None)
        finally:
            context.loaders.clear()
        return SimpleNamespace(**parts, errors=[], effects=effects)

    async def _run(self, command: Any, context: Any) -> Parts:
        done = await self.use_case(context, command)
        if len(self.parts) == 1:
            return {self.parts[0]: done}
        return {part: getattr(done, part) for part in self.parts}

    def _given(self, given: Any) -> tuple[Any, Any]:
        problems: Problems = []
        command = self.kind.inputs.instance(self.command, given, problems)
        options = self.kind.inputs.instance(self.kind.options, given, problems)
        if problems:
            raise self.kind.invalid(problems)
        return command, options
