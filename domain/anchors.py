"""Where in a template's texts a comment is: lines, and the words on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from domain.content import TextPart, Texts, lines_of
from domain.errors import Invalid, Path
from domain.ids import VersionId
from domain.locales import canonical
from domain.matching import Block, blocks

MOST_LINES: Final = 100
MOST_QUOTE: Final = 2_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """Lines of a text of a version, both ends included and counted from 1."""

    version_id: VersionId
    part: TextPart
    locale: str | None
    line: int
    end_line: int
    quote: str


def text_at(texts: Texts, part: TextPart, locale: str | None) -> str | None:
    return texts.get((None if locale is None else canonical(locale), part))


def with_lines(text: str | None, line: int, end_line: int, at: Path) -> str:
    """The text; raises `Invalid` unless it is there and has these lines."""
    if text is None:
        raise Invalid.at(*at, "part", message="This version has no such text.")
    count = len(lines_of(text))
    if not 1 <= line <= count:
        raise Invalid.at(*at, "line", message=f"Give a line from 1 to {count:,}.")
    last = min(count, line + MOST_LINES - 1)
    if not line <= end_line <= last:
        raise Invalid.at(*at, "endLine", message=f"Give a line from {line:,} to {last:,}.")
    return text


def quoted(text: str, line: int, end_line: int, quote: str | None, at: Path) -> str:
    """The words that a comment is about: those given, or else all of the lines.

    Raises `Invalid` for words that are not on these lines, and for too many.
    """
    here = "\n".join(lines_of(text)[line - 1 : end_line])
    words = here if quote is None else quote
    if len(words) > MOST_QUOTE:
        message = f"Quote up to {MOST_QUOTE:,} characters of these lines."
        raise Invalid.at(*at, "quote", message=message)
    if quote is not None and not (quote and quote in here):
        raise Invalid.at(*at, "quote", message="These words are not on these lines.")
    return words


def followed(anchor: Anchor, before: str, after: str | None) -> int | None:
    """The line of another version's text on which the anchor's lines are now.

    Lines that stayed have moved by what changed above them. Where they changed themselves, it is
    the nearest place where the quote still stands; None where there is none.
    """
    if after is None:
        return None
    changed = _blocks(before, after)
    line = anchor.line + _shift(changed, anchor.line - 1)
    if not any(_touches(block, anchor) for block in changed):
        return line
    return _nearest(after, anchor.quote, line)


@lru_cache(maxsize=16)
def _blocks(before: str, after: str) -> Sequence[Block]:
    """Remembered, for many comments are on the same text."""
    return tuple(blocks(lines_of(before), lines_of(after)))


def _touches(block: Block, anchor: Anchor) -> bool:
    """Whether something changed in the lines, or was put between them."""
    if block.old == block.old_end:
        return anchor.line - 1 < block.old < anchor.end_line
    return block.old < anchor.end_line and anchor.line - 1 < block.old_end


def _shift(changed: Sequence[Block], index: int) -> int:
    """By how many lines a line has moved down."""
    return sum(
        (block.new_end - block.new) - (block.old_end - block.old)
        for block in changed
        if block.old_end <= index
    )


def _nearest(text: str, quote: str, line: int) -> int | None:
    if not quote.strip():
        return None
    expected = sum(len(each) + 1 for each in lines_of(text)[: max(line, 1) - 1])
    found = [text.rfind(quote, 0, expected + len(quote) - 1), text.find(quote, expected)]
    places = [text.count("\n", 0, offset) + 1 for offset in found if offset >= 0]
    return min(places, key=lambda place: abs(place - line), default=None)
