"""Where our server's time goes."""

import asyncio
import io
import pstats
import re
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench.contenders import ROOT, ours
from bench.data import Data, subjects
from bench.load import Job
from bench.measuring import CONNECTIONS, Cell, Meter
from bench.queries import askers, cell
from bench.servers import running

_LINES: Final = 30


def profile(data: Data, meter: Meter, logs: Path, query: str, seconds: float) -> str:
    """The functions in which most time was spent, by their own time, as text."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "profile"
        command = (sys.executable, "-m", "bench.profiled", str(path))
        contender = replace(ours(data, data.url, "profiled"), command=command)
        with running([contender], meter.cores, logs) as [server]:
            asking = askers(server, asyncio.run(subjects(data.url, 1)))
            answers = _toggled(meter, cell(query, asking), seconds)
        return _text(path, answers)


def _toggled(meter: Meter, of: Cell, seconds: float) -> int:
    job = Job(of.server.port, of.requests, CONNECTIONS, seconds)
    meter.client.run(job)
    of.server.processes.root.send_signal(signal.SIGUSR1)
    outcome = meter.client.run(job)
    of.server.processes.root.send_signal(signal.SIGUSR1)
    time.sleep(1)
    return len(outcome.latencies)


def _text(path: Path, answers: int) -> str:
    out = io.StringIO()
    stats = pstats.Stats(str(path), stream=out).sort_stats("tottime")
    stats.print_stats(_LINES)
    lines = out.getvalue().splitlines()
    start = next(index for index, line in enumerate(lines) if "ncalls" in line)
    packages = re.compile(r"\S*/(?:site-packages|lib/python3\.\d+)/")
    shown = [packages.sub("", line.replace(f"{ROOT}/", "")) for line in lines[start:]]
    return "\n".join([f"{answers} requests", *(line.rstrip() for line in shown)]).strip()
