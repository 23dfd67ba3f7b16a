"""Which lines of two texts are the same (Myers, "An O(ND) Difference Algorithm", 1986)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

MOST_EDITS: Final = 200

Pairs = list[tuple[int, int]]


class Block(NamedTuple):
    """Lines that changed: from `old` to before `old_end` they became `new` to before `new_end`."""

    old: int
    old_end: int
    new: int
    new_end: int


def blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[Block]:
    """What changed, in order; the lines between two blocks stayed.

    Between what both texts begin and end with, the longest common subsequence stays; nothing of it
    where it takes more than `MOST_EDITS` edits: so the cost is bounded.
    """
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    old_end, new_end = len(before) - tail, len(after) - tail
    old, new = head, head
    for kept_old, kept_new in [
        *((head + a, head + b) for a, b in _kept(before[head:old_end], after[head:new_end])),
        (old_end, new_end),
    ]:
        if (old, new) != (kept_old, kept_new):
            yield Block(old, kept_old, new, kept_new)
        old, new = kept_old + 1, kept_new + 1


def _common(before: Sequence[str], after: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((n for n, (old, new) in pairs if old != new), min(len(before), len(after)))


def _kept(before: Sequence[str], after: Sequence[str]) -> Pairs:
    """The pairs of a longest common subsequence, or none after `MOST_EDITS` edits.

    A diagonal is where the index before is that much more than the index after; `reached` is how
    far before, on each of them, that many edits lead.
    """
    reached: dict[int, int] = {1: 0}
    steps: list[dict[int, int]] = []
    for edits in range(min(MOST_EDITS, len(before) + len(after)) + 1):
        steps.append(dict(reached))
        for diagonal in range(-edits, edits + 1, 2):
            old = _begun(reached, diagonal, edits)
            while _same(before, after, old, old - diagonal):
                old += 1
            reached[diagonal] = old
            if old >= len(before) and old - diagonal >= len(after):
                return _walked_back(steps, len(before), len(after))
    return []


def _walked_back(steps: list[dict[int, int]], old: int, new: int) -> Pairs:
    """The pairs on the way that led to the end, from the first to the last."""
    pairs: Pairs = []
    for edits in range(len(steps) - 1, -1, -1):
        reached, diagonal = steps[edits], old - new
        for step in range(old - _begun(reached, diagonal, edits)):
            pairs.append((old - step - 1, new - step - 1))
        if edits:
            previous = _previous(reached, diagonal, edits)
            old, new = reached[previous], reached[previous] - previous
    return pairs[::-1]


def _begun(reached: Mapping[int, int], diagonal: int, edits: int) -> int:
    """How far before a diagonal begins after one more edit: a line removed or a line added."""
    previous = _previous(reached, diagonal, edits)
    return reached[previous] + (previous < diagonal)


def _previous(reached: Mapping[int, int], diagonal: int, edits: int) -> int:
    """The neighbour from which the last edit leads furthest."""
    is_added = diagonal == -edits or (
        diagonal != edits and reached[diagonal - 1] < reached[diagonal + 1]
    )
    return diagonal + 1 if is_added else diagonal - 1


def _same(before: Sequence[str], after: Sequence[str], old: int, new: int) -> bool:
    return old < len(before) and new < len(after) and before[old] == after[new]
