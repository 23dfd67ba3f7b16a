"""What we want to reach, as ratios within one run."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from bench.contenders import FLOOR, OURS, PEERS, TUTORIAL
from bench.fanout import FanOut
from bench.growth import PAGES
from bench.live import FLOOR as LIVE_FLOOR
from bench.results import Results

MEBIBYTE: Final = 2**20
HEAVY: Final = frozenset({"Q2", "Q3", "Q4"})
OF_THE_FLOOR: Final = {"Q1": 2.5, "Q2": 2.5, "Q3": 3.5, "Q4": 3.5, "Q5": 2.5}
OF_THE_TUTORIAL: Final = 20
OF_A_TENTH: Final = 1.2
MOST_GROWN: Final = 5  # MiB
A_SOCKET: Final = 40_000
A_CROWD: Final = 300_000_000
BLOCKED: Final = 0.02


@dataclass(frozen=True, slots=True)
class Goal:
    what: str
    measured: str
    wanted: str
    reached: bool


def goals(results: Results) -> Iterator[Goal]:
    for query in results.comparison.figures:
        yield from _of_query(results, query)
    yield from _of_pages(results)
    yield from _of_rows(results)
    yield _of_memory(results)
    if results.fanout is not None:
        yield from of_fanout(results.fanout)


def _of_query(results: Results, query: str) -> Iterator[Goal]:
    found = results.comparison.figures[query]
    ours, floor, peers = found[OURS], found[FLOOR], [found[name] for name in PEERS]
    best = ours.server / min(each.server for each in peers)
    least = ours.total / min(each.total for each in peers)
    yield _ratio(f"{query}: server, of the best peer's", best, 0.5 if query in HEAVY else 1)
    yield _ratio(f"{query}: server and PostgreSQL, of the best peer's", least, 1)
    yield _ratio(
        f"{query}: server, of the floor's", ours.server / floor.server, OF_THE_FLOOR[query]
    )
    if query in HEAVY:
        yield _taught(query, found[TUTORIAL].server / ours.server)


def _taught(query: str, times: float) -> Goal:
    what = f"{query}: how often into the tutorial way's"
    return Goal(what, f"{times:.1f}", f"≥ {OF_THE_TUTORIAL}", times >= OF_THE_TUTORIAL)


def _of_pages(results: Results) -> Iterator[Goal]:
    for query, found in results.growth.pages.items():
        for small, large in pairwise(PAGES):
            ratio = found[large].total / found[small].total
            yield _ratio(f"{query}: a page of {large}, of one of {small}", ratio, 2)


def _of_rows(results: Results) -> Iterator[Goal]:
    for query, (tenth, whole) in results.growth.rows.items():
        ratio = whole.total / tenth.total
        yield _ratio(f"{query}: with ten times the rows", ratio, OF_A_TENTH)


def _of_memory(results: Results) -> Goal:
    first, *_, last = results.growth.memory.items()
    grown = (last[1] - first[1]) / MEBIBYTE
    what = f"memory: {last[0]:,} distinct documents, over {first[0]:,}"
    return Goal(what, f"{grown:+.1f} MiB", f"≤ +{MOST_GROWN} MiB", grown <= MOST_GROWN)


def of_fanout(found: FanOut) -> Iterator[Goal]:
    told, crowd = found.told[OURS], found.crowded
    yield _ratio(
        "telling many: server, of the bare socket's", told.cpu / found.told[LIVE_FLOOR].cpu, 2
    )
    memory, idle, blocked = told.memory, crowd.idle, crowd.blocked
    yield Goal("a socket", f"{memory / 1000:.1f} kB", "≤ 40 kB", memory <= A_SOCKET)
    idlers = f"{crowd.sockets:,} idle sockets in one process"
    yield Goal(idlers, f"{idle / 1e6:.0f} MB", "≤ 300 MB", idle <= A_CROWD)
    telling = f"telling {crowd.sockets:,}: the event loop, at one go"
    yield Goal(telling, f"{blocked * 1000:.1f} ms", "≤ 20 ms", blocked <= BLOCKED)


def _ratio(what: str, ratio: float, most: float) -> Goal:
    return Goal(what, f"{ratio:.2f}", f"≤ {most:g}", ratio <= most)
