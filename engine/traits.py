"""What decides, over a document as a whole, how its operations can be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import FieldNode, VariableNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import DirectiveNode, DocumentNode
    from graphql.language import SelectionNode

INTROSPECTION: Final = "introspection"
INCREMENTAL: Final = "incremental delivery"
_STEERING: Final = frozenset({"skip", "include"})
_INCREMENTAL: Final = frozenset({"defer", "stream"})
_INTROSPECTING: Final = frozenset({"__schema", "__type"})


class Traits(NamedTuple):
    """Which variables decide what is selected, and what keeps the document from being planned."""

    steering: tuple[str, ...]
    unplanned: str | None
    """The reason why graphql-core executes its operations whole; None where they are planned."""


def traits(document: DocumentNode) -> Traits:
    """Read off every selection that is written in the document."""
    steering: set[str] = set()
    unplanned = None
    for selection in _selections(document):
        if isinstance(selection, FieldNode) and selection.name.value in _INTROSPECTING:
            unplanned = INTROSPECTION
        for directive in selection.directives or ():
            if directive.name.value in _INCREMENTAL:
                unplanned = INCREMENTAL
            elif directive.name.value in _STEERING:
                steering.update(_variables(directive))
    return Traits(tuple(sorted(steering)), unplanned)


def _selections(document: DocumentNode) -> Iterator[SelectionNode]:
    pending: list[Any] = list(document.definitions)
    while pending:
        selected = getattr(pending.pop(), "selection_set", None)
        if selected is not None:
            yield from selected.selections
            pending.extend(selected.selections)


def _variables(directive: DirectiveNode) -> Iterator[str]:
    for argument in directive.arguments or ():
        if isinstance(argument.value, VariableNode):
            yield argument.value.name.value
