"""What decides, over a document as a whole, how its operations can be executed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graphql import FieldNode, OperationDefinitionNode, OperationType, VariableNode, Visitor, visit

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

    answering: frozenset[str]
    """Variables that what a subscription answers to an event can depend on: all but those that
    only choose its events.
    """


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
    return Traits(tuple(sorted(steering)), unplanned, frozenset(_answering(document)))


def _answering(document: DocumentNode) -> set[str]:
    found = _Variables()
    if any(_is_subscription(each) for each in document.definitions):
        for definition in document.definitions:
            for node in _answered(definition):
                visit(node, found)
    return found.names


def _is_subscription(definition: Any) -> bool:
    return getattr(definition, "operation", None) is OperationType.SUBSCRIPTION


def _answered(definition: Any) -> Iterator[Any]:
    """Everything but the arguments of the operation's own fields."""
    if not isinstance(definition, OperationDefinitionNode):
        yield definition
        return
    for selection in definition.selection_set.selections:
        if isinstance(selection, FieldNode):
            yield from selection.directives or ()
            yield from filter(None, [selection.selection_set])
        else:
            yield selection


class _Variables(Visitor):
    """Collects the names of those that are used."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.names.add(node.name.value)


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
