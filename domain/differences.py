"""What is different between two contents, as data of bounded size."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice, zip_longest
from typing import Final

from domain.content import (
    Content,
    ContentPart,
    TextPart,
    Texts,
    changed_parts,
    lines_of,
    part_hashes,
    texts_of,
)
from domain.matching import blocks
from domain.variables import Variable

MOST_LINES: Final = 2_000
MOST_WIDTH: Final = 1_000
CONTEXT: Final = 3


class LineKind(StrEnum):
    """What became of a line."""

    CONTEXT = "CONTEXT"
    REMOVED = "REMOVED"
    ADDED = "ADDED"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference; its number, from 1, in the text before and in the text after."""

    kind: LineKind
    before: int | None
    after: int | None
    content: str


@dataclass(frozen=True, slots=True)
class TextDifference:
    """What changed in a text; `locale` is null for the main source."""

    part: TextPart
    locale: str | None
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class VariableDifference:
    """A variable that was added (null before), removed (null after) or declared otherwise."""

    name: str
    before: Variable | None
    after: Variable | None


@dataclass(frozen=True, slots=True)
class Differences:
    """All that changed; the texts only as far as `MOST_LINES` lines show it."""

    parts: Sequence[ContentPart]
    texts: Sequence[TextDifference]
    variables: Sequence[VariableDifference]
    added_locales: Sequence[str]
    removed_locales: Sequence[str]
    is_truncated: bool


def differences(before: Content, after: Content) -> Differences:
    """What is different in the content `after`, seen from `before`."""
    parts = changed_parts(part_hashes(before), part_hashes(after))
    texts, is_truncated = _texts(texts_of(before), texts_of(after))
    old, new = ([each.locale for each in content.locales] for content in (before, after))
    return Differences(
        parts=[part for part in ContentPart if part in parts],
        texts=texts,
        variables=list(_variables(before.variables, after.variables)),
        added_locales=[tag for tag in new if tag not in old],
        removed_locales=[tag for tag in old if tag not in new],
        is_truncated=is_truncated,
    )


def changes(before: str | None, after: str | None) -> Iterator[Line]:
    """The lines that changed, with `CONTEXT` lines around them, in the order of a unified diff."""
    old, new = lines_of(before), lines_of(after)
    found = list(blocks(old, new))
    shown = 0
    for block, following in zip_longest(found, found[1:]):
        yield from _kept(old, max(shown, block.old - CONTEXT), block.old, block.new - block.old)
        for n in range(block.old, block.old_end):
            yield Line(LineKind.REMOVED, n + 1, None, _narrow(old[n]))
        for n in range(block.new, block.new_end):
            yield Line(LineKind.ADDED, None, n + 1, _narrow(new[n]))
        end = following.old if following else len(old)
        shown = min(block.old_end + CONTEXT, end)
        yield from _kept(old, block.old_end, shown, block.new_end - block.old_end)


def _kept(lines: Sequence[str], start: int, end: int, shift: int) -> Iterator[Line]:
    for n in range(start, end):
        yield Line(LineKind.CONTEXT, n + 1, n + shift + 1, _narrow(lines[n]))


def _texts(before: Texts, after: Texts) -> tuple[list[TextDifference], bool]:
    """The texts that changed, and whether there is more than is shown."""
    found: list[TextDifference] = []
    left = MOST_LINES
    for locale, part in dict.fromkeys([*after, *before]):
        old, new = before.get((locale, part)), after.get((locale, part))
        lines = list(islice(changes(old, new), left + 1))
        if lines[:left]:
            found.append(TextDifference(part, locale, lines[:left]))
        if len(lines) > left:
            return found, True
        left -= len(lines)
    return found, False


def _variables(
    before: Sequence[Variable], after: Sequence[Variable]
) -> Iterator[VariableDifference]:
    old, new = ({each.name: each for each in declared} for declared in (before, after))
    for name in dict.fromkeys([*new, *old]):
        if old.get(name) != new.get(name):
            yield VariableDifference(name, old.get(name), new.get(name))


def _narrow(line: str) -> str:
    return line if len(line) <= MOST_WIDTH else f"{line[: MOST_WIDTH - 1]}…"
