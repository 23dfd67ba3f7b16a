"""Fields as data: what a field reads, and who may ask for it.

A Strawberry class made of these declarations can be executed field by field, as
graphql-core does, or planned ahead: nothing hides in a coroutine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from graphql import GraphQLError
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from engine.loading import Batch, RequestContext, absent
from engine.reading import Found, Read, Reading, Selected, column, distinct


class Access(Protocol):
    """Who may ask for a field. `check` raises for who may not; None lets everybody pass."""

    @property
    def name(self) -> str: ...

    @property
    def check(self) -> Callable[[Any, Any], None] | None: ...

    @property
    def reads(self) -> tuple[str, ...]:
        """The attributes of the source that `check` looks at; it is asked once for equal ones."""

    @property
    def is_personal(self) -> bool:
        """Whether it matters who exactly asks, and not only what they may do."""


@dataclass(frozen=True, slots=True)
class Open:
    """For the parts of an answer that add nothing to what holds them."""

    name: str = "PUBLIC"
    check: None = None
    reads: tuple[str, ...] = ()
    is_personal: bool = False


class Resolution(Protocol):
    """Where a field's value comes from, when it is not an attribute of the source."""

    def resolve(self, source: Any, context: Any, arguments: Mapping[str, Any]) -> Any: ...


class Source(Protocol):
    """A relation: answers for many keys at once, in their order."""

    @property
    def load(self) -> Batch: ...


@dataclass(frozen=True, slots=True)
class Facet:
    """The source itself, as another type shows it."""

    def resolve(self, source: Any, context: Any, arguments: Mapping[str, Any]) -> Any:
        return source


@dataclass(frozen=True, slots=True)
class Related:
    """The row or rows that belong to the source's key; `required` where there must be one."""

    source: Source
    key: str
    required: bool = False
    is_constant: bool = True

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.key,)

    def prepare(self, context: Any, arguments: Mapping[str, Any]) -> Any:
        return ()

    def reading(
        self, prepared: Any, sources: Sequence[Any], context: Any, field: Selected
    ) -> Reading:
        keys = column(sources, self.key)

        def values(answers: Sequence[Found]) -> list[Any]:
            [found] = answers
            return self._values(keys, found)

        return Reading((Read(self.source.load, distinct(keys), (), field.wanted),), values)

    def _values(self, keys: list[Any], found: Found) -> list[Any]:
        if isinstance(found, Exception):
            return [None if key is None else found for key in keys]
        rows = list(map(found.get, keys))
        if not self.required or None not in rows:
            return rows
        return [
            absent() if row is None and key is not None else row
            for key, row in zip(keys, rows, strict=True)
        ]

    def resolve(self, source: Any, context: RequestContext, arguments: Mapping[str, Any]) -> Any:
        key = getattr(source, self.key)
        if key is None:
            return None
        loaders = context.loaders
        load = loaders.require if self.required else loaders.load
        return load(self.source.load, key)


@dataclass(frozen=True, slots=True)
class Attribute:
    """The source's attribute of another name than the field's."""

    name: str

    def resolve(self, source: Any, context: Any, arguments: Mapping[str, Any]) -> Any:
        return getattr(source, self.name)


ForRows = Callable[[type], Callable[[Any], Any] | None]
"""For sources of a class, the same function of their one attribute that it needs, if there is."""


@dataclass(frozen=True, slots=True)
class Computed:
    """A plain function of the source; `needs` names the attributes that it reads."""

    function: Callable[[Any], Any]
    needs: tuple[str, ...]
    for_rows: ForRows = lambda _: None

    def resolve(self, source: Any, context: Any, arguments: Mapping[str, Any]) -> Any:
        return self.function(source)


class Field(StrawberryField):
    """A field that says where its value comes from (`resolution`) and who may ask (`access`)."""

    resolution: Resolution | None = None
    access: Access | None = None

    @property
    def is_basic_field(self) -> bool:
        return self.resolution is None and (self.access is None or self.access.check is None)

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: Any) -> Any:
        if info is None:
            return getattr(source, self.python_name)
        if self.access is not None and self.access.check is not None:
            self.access.check(info.context, source)
        if self.resolution is None:
            return getattr(source, self.python_name)
        return self.resolution.resolve(source, info.context, kwargs)

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.resolution, copied.access = self.resolution, self.access
        return copied


def field(
    description: str,
    *,
    resolution: Resolution | None = None,
    access: Access | None = None,
    type: Any = None,
    arguments: Sequence[StrawberryArgument] = (),
    subscription: bool = False,
    name: str | None = None,
) -> Any:
    """A field of a Strawberry class; `access` falls back to the class's own."""
    made = Field(
        description=description,
        type_annotation=None if type is None else StrawberryAnnotation(type),
        is_subscription=subscription,
        graphql_name=name,
    )
    made.resolution, made.access = resolution, access
    made.arguments = list(arguments)
    # A value that is resolved has no part in the class's constructor.
    made.init = made.compare = made.repr = resolution is None
    return made


def attribute(
    description: str,
    *,
    access: Access | None = None,
    name: str | None = None,
    of: str | None = None,
) -> Any:
    """A field that is the source's attribute of the same name, or of the name `of`."""
    resolution = Attribute(of) if of else None
    return field(description, resolution=resolution, access=access, name=name)


def related(source: Source, *, key: str, description: str, access: Access | None = None) -> Any:
    """A field that is the row, or the short list of rows, under the source's attribute `key`."""
    return field(description, resolution=Related(source, key), access=access)


def facet(description: str, *, access: Access | None = None) -> Any:
    """A field that is the source itself, as another type shows it."""
    return field(description, resolution=Facet(), access=access)


def computed(
    function: Callable[[Any], Any],
    *,
    description: str,
    needs: tuple[str, ...] = (),
    access: Access | None = None,
    for_rows: ForRows = lambda _: None,
) -> Any:
    """A field that is a function of the source alone."""
    return field(description, resolution=Computed(function, needs, for_rows), access=access)


def bad_input(message: str) -> GraphQLError:
    """A top-level error for an argument that no client should send."""
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
