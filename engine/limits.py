"""How much one operation may ask for, judged by the shape of its document."""

from __future__ import annotations

from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from math import isinf
from typing import TYPE_CHECKING, Final, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    TokenKind,
)

from engine.errors import BAD_USER_INPUT, QUERY_TOO_COMPLEX, refusal, reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphql import DocumentNode, SelectionSetNode, Token
    from graphql.language import Node, SelectionNode

OPERATIONS: Final = 50
NUMBER_LENGTH: Final = 400
INTROSPECTION_DEPTH: Final = 24
INTROSPECTION_ROOTS: Final = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one operation may cost; beyond it the operation is refused before execution."""

    document_bytes: int = 100_000
    tokens: int = 5_000
    depth: int = 16
    aliases: int = 50
    root_fields: int = 20
    directives: int = 50
    page_size: int = 100
    nodes: int = 10_000
    operation_timeout: float = 30.0
    """Seconds an operation, or one event of a subscription, may run."""


class Level(NamedTuple):
    """A selection set and how deep it lies; introspection counts its depth apart."""

    selections: SelectionSetNode
    depth: int
    introspective: bool


class Spread(NamedTuple):
    fragment: str
    depth: int
    introspective: bool


class Depth(NamedTuple):
    """How deep a definition reaches with its fragments expanded."""

    plain: int = 0
    introspection: int = 0


@dataclass(slots=True)
class Outline:
    """What one definition holds by itself, its fragments not yet expanded."""

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    directives: int = 0
    spreads: list[Spread] = field(default_factory=list)

    def enter(self, level: Level) -> None:
        """Take a selection set's own depth into account."""
        if level.introspective:
            self.introspection_depth = max(self.introspection_depth, level.depth)
        else:
            self.depth = max(self.depth, level.depth)

    def visit(self, selection: SelectionNode, level: Level) -> Level | None:
        """Count one selection and return the level below it, if there is one."""
        self.directives += len(selection.directives or ())
        if isinstance(selection, FragmentSpreadNode):
            self.spreads.append(Spread(selection.name.value, level.depth, level.introspective))
        elif isinstance(selection, InlineFragmentNode):
            return level._replace(selections=selection.selection_set)
        elif isinstance(selection, FieldNode):
            self.aliases += selection.alias is not None
            return _below(selection, level)
        return None


def check_numbers(document: DocumentNode) -> int:
    """The number of tokens, once every number among them is known to be sane."""
    count = 0
    for token in _tokens(document):
        count += 1
        if token.kind in (TokenKind.INT, TokenKind.FLOAT) and _is_absurd(token.value or ""):
            message = f"The number in line {token.line}, column {token.column} is too large."
            raise reject([refusal(BAD_USER_INPUT, message)])
    return count


def check_shape(
    document: DocumentNode, fragments: Mapping[str, FragmentDefinitionNode], limits: Limits
) -> None:
    """Refuse a document with an operation beyond the limits on depth, aliases and the like.

    Fragments that spread each other in a circle are left to validation, which names them.
    """
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    _at_most(OPERATIONS, len(operations), "The document has {} operations", document)
    outlines = {name: _outline(fragment) for name, fragment in fragments.items()}
    try:
        depths = _fragment_depths(outlines)
    except CycleError:
        return
    for operation in operations:
        _check_operation(operation, fragments, outlines, depths, limits)


def _check_operation(
    operation: OperationDefinitionNode,
    fragments: Mapping[str, FragmentDefinitionNode],
    outlines: Mapping[str, Outline],
    depths: Mapping[str, Depth],
    limits: Limits,
) -> None:
    own = _outline(operation)
    deep = _expanded(own, depths)
    whole = [own, *(outlines[name] for name in _reached(own, outlines))]
    roots = len(_response_names(operation.selection_set, fragments))
    aliases = sum(part.aliases for part in whole)
    directives = sum(part.directives for part in whole)
    _at_most(limits.depth, deep.plain, "The operation is nested {} levels deep", operation)
    _at_most(
        INTROSPECTION_DEPTH,
        deep.introspection,
        "The operation's introspection is nested {} levels deep",
        operation,
    )
    _at_most(limits.root_fields, roots, "The operation selects {} root fields", operation)
    _at_most(limits.aliases, aliases, "The operation has {} aliases", operation)
    _at_most(limits.directives, directives, "The operation has {} directives", operation)


def _at_most(limit: int, found: int, fact: str, node: Node) -> None:
    if found > limit:
        message = f"{fact.format(found)}; at most {limit} are allowed."
        raise reject([refusal(QUERY_TOO_COMPLEX, message, node)])


def _tokens(document: DocumentNode) -> Iterator[Token]:
    token = document.loc.start_token if document.loc else None
    while token is not None:
        yield token
        token = token.next


def _is_absurd(number: str) -> bool:
    return len(number) > NUMBER_LENGTH or isinf(float(number))


def _outline(definition: OperationDefinitionNode | FragmentDefinitionNode) -> Outline:
    outline = Outline(directives=_definition_directives(definition))
    levels = [Level(definition.selection_set, 1, introspective=False)]
    while levels:
        level = levels.pop()
        outline.enter(level)
        visited = (outline.visit(each, level) for each in level.selections.selections)
        levels.extend(below for below in visited if below is not None)
    return outline


def _definition_directives(definition: OperationDefinitionNode | FragmentDefinitionNode) -> int:
    parts = (definition, *(definition.variable_definitions or ()))
    return sum(len(part.directives or ()) for part in parts)


def _below(selection: FieldNode, level: Level) -> Level | None:
    if selection.selection_set is None:
        return None
    if selection.name.value in INTROSPECTION_ROOTS:
        return Level(selection.selection_set, 1, introspective=True)
    return Level(selection.selection_set, level.depth + 1, level.introspective)


def _fragment_depths(outlines: Mapping[str, Outline]) -> dict[str, Depth]:
    spreads = {
        name: [spread.fragment for spread in outline.spreads if spread.fragment in outlines]
        for name, outline in outlines.items()
    }
    depths: dict[str, Depth] = {}
    for name in TopologicalSorter(spreads).static_order():
        depths[name] = _expanded(outlines[name], depths)
    return depths


def _expanded(outline: Outline, fragments: Mapping[str, Depth]) -> Depth:
    plain, introspection = outline.depth, outline.introspection_depth
    for spread in outline.spreads:
        inner = fragments.get(spread.fragment, Depth())
        reach = spread.depth - 1 + inner.plain
        introspection = max(introspection, reach if spread.introspective else inner.introspection)
        plain = plain if spread.introspective else max(plain, reach)
    return Depth(plain, introspection)


def _reached(outline: Outline, outlines: Mapping[str, Outline]) -> set[str]:
    reached: set[str] = set()
    pending = [outline]
    while pending:
        names = {spread.fragment for spread in pending.pop().spreads}
        fresh = (names & outlines.keys()) - reached
        reached |= fresh
        pending.extend(outlines[name] for name in fresh)
    return reached


def _response_names(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> set[str]:
    names: set[str] = set()
    spread: set[str] = set()
    pending = [selections]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                names.add((selection.alias or selection.name).value)
            elif isinstance(selection, InlineFragmentNode):
                pending.append(selection.selection_set)
            elif isinstance(selection, FragmentSpreadNode):
                fragment = fragments.get(selection.name.value)
                if fragment and selection.name.value not in spread:
                    spread.add(selection.name.value)
                    pending.append(fragment.selection_set)
    return names
