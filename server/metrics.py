"""What a process has answered, and how long it took: counted as it goes, at next to no cost."""

import asyncio
from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import accumulate
from time import perf_counter
from types import TracebackType
from typing import Final, Self

from engine.execution import Answer

BOUNDS: Final = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
    *(60.0, 600.0, 3600.0),
)
"""Seconds; the longest are for subscriptions, which last as long as somebody listens."""


class Durations:
    """How many lasted how long."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0

    def add(self, seconds: float) -> None:
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self.seconds += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """For each bound, how many lasted no longer."""
        names = [*map(str, BOUNDS), "+Inf"]
        return list(zip(names, accumulate(self._counts), strict=True))


class Metrics:
    """What a process has answered; counting costs a request less than a microsecond."""

    def __init__(self) -> None:
        self.responses: Counter[int] = Counter()
        self.operations: defaultdict[tuple[str, str], Durations] = defaultdict(Durations)

    def timing(self, kind: str) -> "Timing":
        return Timing(self.operations, kind)


class Timing:
    """An operation of a kind, from the beginning of the block to its end.

    Its outcome is `ok`, `errors` where an answer has some, `cancelled` where nobody waited for the
    end, or `failed`.
    """

    __slots__ = ("_began", "_kind", "_operations", "_outcome")

    def __init__(self, operations: defaultdict[tuple[str, str], Durations], kind: str) -> None:
        self._operations = operations
        self._kind = kind
        self._outcome = "ok"

    def saw(self, answer: Answer) -> None:
        if answer.errors:
            self._outcome = "errors"

    def __enter__(self) -> Self:
        self._began = perf_counter()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        seconds = perf_counter() - self._began
        self._operations[self._kind, _outcome(error) or self._outcome].add(seconds)


def _outcome(error: BaseException | None) -> str | None:
    if error is None:
        return None
    return "cancelled" if isinstance(error, asyncio.CancelledError | GeneratorExit) else "failed"
