"""One slice of time: a server is kept busy with one question, and everybody's CPU is read."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Final

from bench.accounting import Processes
from bench.cores import Cores, job_seconds
from bench.load import Client, Job
from bench.servers import Server

CONNECTIONS: Final = 4
_STRIDE: Final = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """A server and a question: one figure of the table."""

    server: Server
    name: str
    requests: list[bytes]

    @property
    def key(self) -> tuple[str, str]:
        return self.server.contender.name, self.name

    def turned(self, turn: int) -> list[bytes]:
        """The requests, begun elsewhere every time: a slow server does not reach them all."""
        first = turn * _STRIDE % len(self.requests)
        return self.requests[first:] + self.requests[:first]


@dataclass(frozen=True, slots=True)
class Slice:
    """What was used in it: seconds in all, of CPU and of time."""

    answers: int
    seconds: float
    server_cpu: float
    postgres_cpu: float
    p50: float
    p99: float
    server_job: float
    """Seconds that the fixed job took on the server's core around the slice."""
    rest_job: float
    """The same, on PostgreSQL's."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians over the slices; milliseconds a request, scaled to one speed of core."""

    server: float
    postgres: float
    spread: float
    """Half of what the middle half of the slices spans, as a share of `server`."""
    rate: float
    """Requests a second, as the clock on the wall saw it; so are the latencies."""
    p50: float
    p99: float

    @property
    def total(self) -> float:
        return self.server + self.postgres


@dataclass(frozen=True, slots=True)
class Meter:
    cores: Cores
    postgres: Processes
    client: Client

    def slice(self, cell: Cell, seconds: float, turn: int = 0) -> Slice:
        """Between two looks at how fast the cores are now."""
        jobs = [(job_seconds(self.cores.server), job_seconds(self.cores.rest))]
        before = cell.server.processes.cpu_seconds(), self.postgres.cpu_seconds()
        outcome = self.client.run(Job(cell.server.port, cell.turned(turn), CONNECTIONS, seconds))
        after = cell.server.processes.cpu_seconds(), self.postgres.cpu_seconds()
        jobs.append((job_seconds(self.cores.server), job_seconds(self.cores.rest)))
        server_job, rest_job = (sum(each) / len(jobs) for each in zip(*jobs, strict=True))
        return Slice(
            answers=len(outcome.latencies),
            seconds=outcome.seconds,
            server_cpu=after[0] - before[0],
            postgres_cpu=after[1] - before[1],
            p50=median(outcome.latencies),
            p99=_percentile99(outcome.latencies),
            server_job=server_job,
            rest_job=rest_job,
        )

    def rounds(
        self, cells: Sequence[Cell], rounds: int, seconds: float
    ) -> dict[tuple[str, str], list[Slice]]:
        """All cells in turn, again and again, so that a slow moment meets everybody."""
        found: dict[tuple[str, str], list[Slice]] = {cell.key: [] for cell in cells}
        for number in range(rounds):
            first = number % len(cells)
            for cell in [*cells[first:], *cells[:first]]:
                found[cell.key].append(self.slice(cell, seconds, number))
        return found


def _percentile99(latencies: "array[float]") -> float:
    return quantiles(latencies, n=100)[-1] if len(latencies) > 1 else latencies[0]


def reference(slices: Sequence[Slice]) -> float:
    """The fixed job's usual time: the speed to which a run's figures are scaled."""
    return median([each.server_job for each in slices] + [each.rest_job for each in slices])


def figures(slices: Sequence[Slice], usual: float) -> Figures:
    server = [_ms(each.server_cpu, each, usual / each.server_job) for each in slices]
    postgres = [_ms(each.postgres_cpu, each, usual / each.rest_job) for each in slices]
    return Figures(
        server=median(server),
        postgres=median(postgres),
        spread=_spread(server),
        rate=median(each.answers / each.seconds for each in slices),
        p50=median(each.p50 for each in slices) * 1000,
        p99=median(each.p99 for each in slices) * 1000,
    )


def _ms(cpu: float, of: Slice, scale: float) -> float:
    return cpu / of.answers * 1000 * scale


def _spread(values: Sequence[float]) -> float:
    if len(values) < 2:  # noqa: PLR2004 - quartiles need two
        return 0.0
    low, middle, high = quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle
