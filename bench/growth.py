"""How our server's cost grows: with the page, with the tables, with what clients write."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.contenders import ours
from bench.data import Data, subjects
from bench.load import Client, Job
from bench.measuring import Cell, Figures, Meter, figures, reference
from bench.queries import askers, cell
from bench.servers import Server, running

PAGES: Final = (20, 40, 80)
_CHUNK: Final = 5_000
_CLIENTS: Final = 4


@dataclass(frozen=True, slots=True)
class Growth:
    pages: dict[str, dict[int, Figures]]
    """By query and page size."""
    rows: dict[str, tuple[Figures, Figures]]
    """By query: with a tenth of the rows, and with all of them."""
    memory: dict[int, int]
    """Resident bytes after so many distinct documents."""


def measure_growth(data: Data, meter: Meter, logs: Path, *, slices: int, documents: int) -> Growth:
    all_rows, a_tenth = ours(data, data.url, "whole"), ours(data, data.tenth_url, "tenth")
    with running([all_rows, a_tenth], meter.cores, logs) as [whole, tenth]:
        return Growth(
            pages=_pages(data, meter, whole, slices),
            rows=_rows(data, meter, whole, tenth, slices),
            memory=dict(_memory(meter.client, whole, documents)),
        )


def _pages(data: Data, meter: Meter, server: Server, slices: int) -> dict[str, dict[int, Figures]]:
    asking = askers(server, asyncio.run(subjects(data.url, 1)))
    cells = [
        replace(cell(query, asking, size), name=f"{query} {size}")
        for query in ("Q2", "Q3")
        for size in PAGES
    ]
    found = _figures(meter, cells, slices)
    return {query: {size: found[f"{query} {size}"] for size in PAGES} for query in ("Q2", "Q3")}


def _rows(
    data: Data, meter: Meter, whole: Server, tenth: Server, slices: int
) -> dict[str, tuple[Figures, Figures]]:
    cells = [*_usual(tenth, data.tenth_url, "tenth"), *_usual(whole, data.url, "whole")]
    found = _figures(meter, cells, slices)
    names = ("Q1", "Q2", "Q3", "Q5")
    return {name: (found[f"{name} tenth"], found[f"{name} whole"]) for name in names}


def _usual(server: Server, url: str, name: str) -> Iterator[Cell]:
    asking = askers(server, asyncio.run(subjects(url, 5)))
    for query in ("Q1", "Q2", "Q3", "Q5"):
        yield replace(cell(query, asking), name=f"{query} {name}")


def _figures(meter: Meter, cells: Sequence[Cell], slices: int) -> dict[str, Figures]:
    meter.rounds(cells, 1, 0.5)  # the first requests find nothing prepared
    found = meter.rounds(cells, slices, 0.5)
    usual = reference([each for slices in found.values() for each in slices])
    return {name: figures(slices, usual) for (_, name), slices in found.items()}


def _memory(client: Client, server: Server, documents: int) -> Iterator[tuple[int, int]]:
    """After a quarter, half and all of them."""
    chunk = min(_CHUNK, documents // 4)
    for sent in range(chunk, documents + 1, chunk):
        requests = [_distinct(server, number) for number in range(sent - chunk, sent)]
        client.run(Job(server.port, requests, _CLIENTS, None))
        if sent in {documents // 4, documents // 2, documents}:
            yield sent, server.processes.root.memory_info().rss


def _distinct(server: Server, number: int) -> bytes:
    """A document that nobody sent before; asked by nobody, so that it costs no SQL."""
    document = f"query Distinct {{ viewer {{ seen{number}: id }} }}"
    return server.request(document, {}, None)
