"""The clients: a process of its own that keeps a few connections busy."""

import asyncio
import multiprocessing
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any, Final, cast

import httptools
import uvloop

PATIENCE: Final = 120.0
"""Seconds that the last answers may take."""

_STOP = None


@dataclass(frozen=True, slots=True)
class Job:
    """Requests, as the bytes that go over the wire."""

    port: int
    requests: list[bytes]
    connections: int
    seconds: float | None
    """How long to repeat them; None sends each of them once."""


@dataclass(slots=True)
class Outcome:
    seconds: float = 0.0
    latencies: "array[float]" = field(default_factory=lambda: array("d"))
    """Seconds, one an answer."""
    failure: str | None = None
    """The first answer that was not 200 without errors."""


@dataclass(slots=True)
class _Work:
    requests: Iterator[bytes]
    until: float
    outcome: Outcome


class Client:
    """Another process that does jobs, one at a time."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection

    def run(self, job: Job) -> Outcome:
        """Raises RuntimeError where a server's answer is a failure."""
        self._connection.send(job)
        outcome: Outcome = self._connection.recv()
        if outcome.failure:
            raise RuntimeError(f"Port {job.port} answers: {outcome.failure}")
        return outcome


@contextmanager
def client() -> Iterator[Client]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Client(ours)
    finally:
        ours.send(_STOP)
        process.join()


def _serve(connection: "Connection[Any, Any]") -> None:
    while (job := connection.recv()) is not _STOP:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            connection.send(runner.run(_run(job)))


async def _run(job: Job) -> Outcome:
    outcome = Outcome()
    began = time.perf_counter()
    repeated = job.seconds is not None
    requests = cycle(job.requests) if repeated else iter(job.requests)
    until = began + job.seconds if job.seconds is not None else float("inf")
    work = _Work(requests, until, outcome)
    async with asyncio.timeout((job.seconds or 0) + PATIENCE), asyncio.TaskGroup() as tasks:
        for _ in range(job.connections):
            tasks.create_task(_keep_busy(job.port, work))
    outcome.seconds = time.perf_counter() - began
    return outcome


async def _keep_busy(port: int, work: _Work) -> None:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_connection(lambda: _Exchange(work), "127.0.0.1", port)
    try:
        await protocol.done
    finally:
        transport.close()


class _Exchange(asyncio.Protocol):
    """One connection: the next request as soon as the answer to the last one is whole."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._began = 0.0
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._next()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self._fail(f"closed the connection ({exc})")

    def on_body(self, body: bytes) -> None:
        self._body = self._body or body

    def on_message_complete(self) -> None:
        now = time.perf_counter()
        self._work.outcome.latencies.append(now - self._began)
        status = self._parser.get_status_code()
        if status != 200 or self._body.startswith(b'{"errors"'):  # noqa: PLR2004 - HTTP's OK
            self._fail(f"{status} {self._body[:500]!r}")
        elif now < self._work.until:
            self._next()
        else:
            self._end()

    def _next(self) -> None:
        request = next(self._work.requests, None)
        if request is None:
            self._end()
            return
        self._body = b""
        self._parser = httptools.HttpResponseParser(self)
        self._began = time.perf_counter()
        self._transport.write(request)

    def _fail(self, reason: str) -> None:
        self._work.outcome.failure = self._work.outcome.failure or reason
        self._end()

    def _end(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
