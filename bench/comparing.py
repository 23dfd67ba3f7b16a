"""Everybody side by side: the figures of the table."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench import answers, statements
from bench.contenders import contenders
from bench.data import Data, subjects
from bench.measuring import Cell, Figures, Meter, Slice, figures, reference
from bench.queries import QUERIES, askers, cell
from bench.servers import Server, running

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Comparison:
    contenders: dict[str, str]
    """Labels by name."""
    rounds: int
    slice: float
    """Seconds that each question was asked for, each round."""
    job: float
    """Seconds that the fixed job takes: the speed to which CPU times are scaled."""
    figures: dict[str, dict[str, Figures]]
    """By query and contender; so are the statements."""
    statements: dict[str, dict[str, float]]
    memory: dict[str, int]
    """Peak resident bytes by contender."""


def compare(data: Data, meter: Meter, logs: Path, *, seconds: float, slice: float) -> Comparison:
    """In about so many seconds, a slice at a time; raises SystemExit where answers differ."""
    everybody = contenders(data)
    with running(everybody, meter.cores, logs) as servers:
        cells = _cells(data, servers)
        rounds = max(1, round(seconds / len(cells) / (slice + 0.1)) - 1)
        found = _measured(meter, cells, rounds, slice)
        usual = reference([each for slices in found.values() for each in slices])
        say("Counting statements")
        return Comparison(
            contenders={each.name: each.label for each in everybody},
            rounds=rounds,
            slice=slice,
            job=usual,
            figures=_by_query({key: figures(each, usual) for key, each in found.items()}),
            statements=_by_query(statements.count(data, meter.client, cells)),
            memory={each.contender.name: each.processes.peak_memory() for each in servers},
        )


def say(what: str) -> None:
    """What is done now, and since when."""
    print(time.strftime("%H:%M:%S"), what, flush=True)


def _cells(data: Data, servers: Sequence[Server]) -> list[Cell]:
    """Every question for every server, once it is sure that they all say the same."""
    say("Checking that all answers are the same")
    known = asyncio.run(subjects(data.url, 5))
    asking = [askers(server, known) for server in servers]
    found = []
    for query in QUERIES:
        cells = [cell(query, each) for each in asking]
        _check(cells)
        found += cells
    return found


def _measured(
    meter: Meter, cells: Sequence[Cell], rounds: int, slice: float
) -> dict[tuple[str, str], list[Slice]]:
    say("Warming up")
    meter.rounds(cells, 1, 2 * slice)
    say(f"Measuring, rounds: {rounds}")
    return meter.rounds(cells, rounds, slice)


def _check(cells: Sequence[Cell]) -> None:
    """Raises SystemExit where two answers differ in content."""
    first, *others = cells
    for index, request in enumerate(first.requests):
        expected = answers.content(first.server.answer(request))
        for other in others:
            found = answers.content(other.server.answer(other.requests[index]))
            if difference := answers.difference(expected, found):
                raise SystemExit(
                    f"{other.server.contender.name} differs on {other.name}{difference}"
                )


def _by_query(found: dict[tuple[str, str], T]) -> dict[str, dict[str, T]]:
    return {
        query: {server: value for (server, asked), value in found.items() if asked == query}
        for query in QUERIES
    }
