"""One event for many sockets: what telling each of them costs, and what each takes."""

import asyncio
import json
import signal
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench import live
from bench.accounting import cpu_seconds_of
from bench.comparing import say
from bench.cores import job_seconds
from bench.data import Data, Subject, subjects
from bench.listening import Listeners, Listening, Telling
from bench.measuring import Meter
from bench.servers import Server, running

FEW: Final = 100
"""Sockets to subtract: what an event costs that hardly anybody hears of."""
MANY: Final = 500
CROWD: Final = 5_000
WARM: Final = 5


@dataclass(frozen=True, slots=True)
class Told:
    """One server's figures."""

    cpu: float
    """Microseconds of the server's CPU a message, scaled to one speed of core."""
    memory: float
    """Resident bytes a socket that listens."""
    last: float
    """Seconds from the request until the last of many sockets had its message."""


@dataclass(frozen=True, slots=True)
class Crowded:
    """Our server with thousands of sockets."""

    sockets: int
    idle: int
    """Resident bytes of the process while they are idle."""
    blocked: float
    """Seconds; the longest that the event loop was kept busy while an event went to all."""
    last: float


@dataclass(frozen=True, slots=True)
class FanOut:
    contenders: dict[str, str]
    told: dict[str, Told]
    crowded: Crowded


@dataclass(frozen=True, slots=True)
class _Slice:
    """What a server used for an event, in seconds, and what it takes, with so many sockets."""

    cpu: float
    job: float
    memory: int
    last: float


@dataclass(frozen=True, slots=True)
class FanOutMeter:
    """Measures one server at a time."""

    meter: Meter
    listeners: Listeners
    subject: Subject
    events: int

    def pair(self, server: Server) -> tuple[_Slice, _Slice]:
        return self._slice(server, FEW), self._slice(server, MANY)

    def listen(self, server: Server, sockets: int) -> None:
        """Returns when so many listen, and those from before are gone."""
        said = live.conversation(server, self.subject)
        path = server.contender.path
        self.listeners.listen(
            Listening(server.port, path, sockets, said.init, said.subscribe, said.publish)
        )

    def _slice(self, server: Server, sockets: int) -> _Slice:
        self.listen(server, sockets)
        self.listeners.tell(Telling(WARM))
        root, core = server.processes.root, self.meter.cores.server
        job, began = job_seconds(core), cpu_seconds_of(root.pid)
        seconds = self.listeners.tell(Telling(self.events))
        cpu = (cpu_seconds_of(root.pid) - began) / self.events
        job = (job + job_seconds(core)) / 2
        return _Slice(cpu, job, root.memory_info().rss, median(seconds))


def measure(
    data: Data, meter: Meter, listeners: Listeners, logs: Path, *, rounds: int, events: int
) -> FanOut:
    """Everybody in turn, so many rounds; then ours alone, with thousands of sockets."""
    [subject, *_] = asyncio.run(subjects(data.url, 1))
    measuring = FanOutMeter(meter, listeners, subject, events)
    everybody = live.contenders(data)
    with running(everybody, meter.cores, logs) as servers:
        found: dict[str, list[tuple[_Slice, _Slice]]] = {each.name: [] for each in everybody}
        for number in range(rounds):
            say(f"Telling many, round {number + 1} of {rounds}")
            for server in servers:
                found[server.contender.name].append(measuring.pair(server))
    usual = median(each.job for pairs in found.values() for pair in pairs for each in pair)
    return FanOut(
        contenders={each.name: each.label for each in everybody},
        told={name: _figures(pairs, usual) for name, pairs in found.items()},
        crowded=_crowded(data, measuring, logs),
    )


def _figures(pairs: Sequence[tuple[_Slice, _Slice]], usual: float) -> Told:
    """Medians of the differences; of memory the first, since what is freed is not given back."""
    few, many = pairs[0]
    cpu = [
        (many.cpu * usual / many.job - few.cpu * usual / few.job) / (MANY - FEW)
        for few, many in pairs
    ]
    return Told(
        cpu=median(cpu) * 1e6,
        memory=(many.memory - few.memory) / (MANY - FEW),
        last=median(many.last for _, many in pairs),
    )


def _crowded(data: Data, measuring: FanOutMeter, logs: Path) -> Crowded:
    say(f"Telling {CROWD:,}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "blocked"
        contender = live.watched(data, str(path))
        with running([contender], measuring.meter.cores, logs) as [server]:
            measuring.listen(server, CROWD)
            root = server.processes.root
            idle = root.memory_info().rss
            root.send_signal(signal.SIGUSR1)
            seconds = measuring.listeners.tell(Telling(measuring.events, pause=0.2))
            root.send_signal(signal.SIGUSR1)
            measuring.listen(server, 1)
        blocked: list[float] = json.loads(path.read_text("utf-8"))
    return Crowded(CROWD, idle, max(blocked), median(seconds))
