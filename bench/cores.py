"""Which core does what, and how fast each is at the moment."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_WORK: Final = 30_000


@dataclass(frozen=True, slots=True)
class Cores:
    """One core for the server that is measured; PostgreSQL and the load share the rest."""

    server: frozenset[int]
    rest: frozenset[int]

    @classmethod
    def of_this_machine(cls) -> "Cores":
        """The last core that we may use is the server's; raises where there is only one."""
        *others, last = sorted(os.sched_getaffinity(0))
        if not others:
            raise SystemExit("The bench needs two cores: one for the server, one for the rest.")
        return cls(frozenset({last}), frozenset(others))


@contextmanager
def pinned(cores: frozenset[int]) -> Iterator[None]:
    """This thread, and whatever it starts, runs on these cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def job_seconds(cores: frozenset[int]) -> float:
    """CPU seconds that a fixed job takes there now, the mean of the cores."""
    return sum(_job_on(core) for core in cores) / len(cores)


def _job_on(core: int) -> float:
    with pinned(frozenset({core})):
        began = time.thread_time()
        counts: dict[str, int] = {}
        for number in range(_WORK):
            word = str(number & 1023)
            counts[word] = counts.get(word, 0) + len(word)
        return time.thread_time() - began
