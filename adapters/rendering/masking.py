"""Takes the Liquid out of a template, so that the markup around it can be checked by itself."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

_LIQUID: Final = re.compile(
    r"\{%-?\s*(?P<block>raw|comment|doc)\b.*?\{%-?\s*end(?P=block)\s*-?%\}"
    r"|\{\{.*?\}\}"
    r"|\{%-?\s*(?P<tag>#|\w*).*?%\}",
    re.DOTALL,
)
_NOT_A_LINE_END: Final = re.compile(r"[^\n]")
_BLOCKS: Final = frozenset({"if", "unless", "case", "for", "tablerow", "ifchanged", "capture"})
_BRANCHES: Final = frozenset({"else", "elsif", "when"})


@dataclass(slots=True, eq=False)
class Block:
    """An `if`, `case` or loop: its tag, where that starts, and how many branches it has."""

    tag: str
    start: int
    first: int
    branches: int = 1


def variants(source: str) -> list[str]:
    """The markup of `source` with every branch, with first branches only, and with last ones.

    Every variant has the places of its source: outputs become underscores, all other Liquid and
    the branches left out become spaces. Markup that is well formed for some of the values makes
    at least one of the variants well formed.
    """
    pieces = _Pieces(source)
    return [
        pieces.text(lambda _block, _branch: True),
        pieces.text(lambda block, branch: branch == block.first),
        pieces.text(lambda block, branch: branch == block.branches - 1),
    ]


def spans(source: str) -> list[tuple[int, int]]:
    """Where each Liquid tag and output starts and ends."""
    return [liquid.span() for liquid in _LIQUID.finditer(source)]


def unended(source: str) -> Block | None:
    """The innermost block that the source ends in."""
    blocks = _Pieces(source).blocks
    return blocks[-1] if blocks else None


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    within: tuple[tuple[Block, int], ...]


@dataclass(slots=True)
class _Pieces:
    source: str
    blocks: list[Block] = field(default_factory=list)
    pieces: list[_Piece] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pieces = list(self._read())

    def text(self, keeps: Callable[[Block, int], bool]) -> str:
        return "".join(
            piece.text if all(keeps(*choice) for choice in piece.within) else _blank(piece.text)
            for piece in self.pieces
        )

    def _read(self) -> Iterator[_Piece]:
        position = 0
        for liquid in _LIQUID.finditer(self.source):
            yield self._piece(self.source[position : liquid.start()])
            self._follow(liquid["tag"] or "", liquid.start())
            output = liquid[0].startswith("{{")
            yield self._piece(_blank(liquid[0], "_" if output else " "))
            position = liquid.end()
        yield self._piece(self.source[position:])

    def _piece(self, text: str) -> _Piece:
        return _Piece(text, tuple((block, block.branches - 1) for block in self.blocks))

    def _follow(self, tag: str, start: int) -> None:
        if tag in _BLOCKS:
            self.blocks.append(Block(tag, start, first=1 if tag == "case" else 0))
        elif tag in _BRANCHES and self.blocks:
            self.blocks[-1].branches += 1
        elif tag.startswith("end") and tag[3:] in _BLOCKS and self.blocks:
            self.blocks.pop()


def _blank(text: str, filler: str = " ") -> str:
    return _NOT_A_LINE_END.sub(filler, text)
