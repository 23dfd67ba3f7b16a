"""The listeners: a process of its own that holds many sockets, and counts what arrives on them."""

import asyncio
import json
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.connection import Connection
from typing import Any, Final, cast

import uvloop

from bench import frames

PATIENCE: Final = 60.0
"""Seconds that sockets may take to open, or a message to reach all of them."""
AT_ONCE: Final = 100
"""Sockets that are opened at the same time."""
PROBE: Final = 1.0
"""Seconds between messages that find out whether everybody listens."""


@dataclass(frozen=True, slots=True)
class Listening:
    """So many sockets, each with one subscription; all of a server's are closed by zero."""

    port: int
    path: str
    sockets: int
    init: dict[str, Any]
    subscribe: dict[str, Any]
    publish: Sequence[bytes]
    """HTTP requests that make the server tell everybody once, made in turn."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Publish so many times, each when the message before has reached everybody."""

    times: int
    pause: float = 0.0


Told = list[float]
"""Seconds from a request until the last socket had its message, one a request."""


class Listeners:
    """Another process that does as it is told, one thing at a time."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection

    def listen(self, listening: Listening) -> None:
        """Returns when every socket has heard of something; those from before are closed."""
        self._ask(listening)

    def tell(self, telling: Telling) -> Told:
        return self._ask(telling)

    def _ask(self, what: Listening | Telling) -> Told:
        self._connection.send(what)
        answer: Told | Exception = self._connection.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def listeners() -> Iterator[Listeners]:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Listeners(ours)
    finally:
        ours.send(None)
        process.join()


def _serve(connection: "Connection[Any, Any]") -> None:
    crowd: Crowd | None = None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        while (wanted := connection.recv()) is not None:
            try:
                if isinstance(wanted, Listening):
                    if crowd is not None:
                        runner.run(crowd.close())
                    crowd = Crowd(wanted)
                    connection.send(runner.run(crowd.open()))
                elif crowd is not None:
                    connection.send(runner.run(crowd.tell(wanted)))
            except (OSError, RuntimeError, TimeoutError) as error:
                connection.send(RuntimeError(repr(error)))


class Crowd:
    """All sockets on one server."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._requests = cycle(listening.publish)
        self._sockets: list[_Socket] = []
        self.ready = 0
        self.received = 0
        self._expected = 0
        self._failure: str | None = None
        self._changed = asyncio.Event()

    async def open(self) -> Told:
        loop = asyncio.get_running_loop()
        asked = self._listening
        for number in range(0, asked.sockets, AT_ONCE):
            opening = range(min(AT_ONCE, asked.sockets - number))
            connecting = [
                loop.create_connection(lambda: _Socket(self, asked), "127.0.0.1", asked.port)
                for _ in opening
            ]
            self._sockets += [protocol for _, protocol in await asyncio.gather(*connecting)]
            await self._until(lambda: self.ready == len(self._sockets))
        self._http = await asyncio.open_connection("127.0.0.1", asked.port)
        await self._probe()
        return []

    async def tell(self, telling: Telling) -> Told:
        found = []
        for _ in range(telling.times):
            self._expected = self.received + len(self._sockets)
            began = time.perf_counter()
            await self._publish()
            await self._until(lambda: self.received >= self._expected)
            found.append(time.perf_counter() - began)
            if self.received > self._expected:
                raise RuntimeError(f"{self.received - self._expected} messages too many")
            await asyncio.sleep(telling.pause)
        return found

    async def close(self) -> None:
        for socket in self._sockets:
            socket.leave()
        self._http[1].close()

    def noted(self) -> None:
        self._changed.set()

    def failed(self, what: str) -> None:
        self._failure = self._failure or what
        self._changed.set()

    async def _probe(self) -> None:
        """A subscription is not confirmed: it is open when a message came."""
        async with asyncio.timeout(PATIENCE):
            before = -1
            while self.received != before or any(not socket.heard for socket in self._sockets):
                if self._failure:
                    raise RuntimeError(self._failure)
                if self.received != before:
                    before = self.received
                else:
                    await self._publish()
                await asyncio.sleep(PROBE)

    async def _publish(self) -> None:
        reader, writer = self._http
        writer.write(next(self._requests))
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200") or b'"code"' in body:
            raise RuntimeError(f"{head!r} {body[:500]!r}")

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                if self._failure:
                    raise RuntimeError(self._failure)
                self._changed.clear()
                await self._changed.wait()


class _Socket(asyncio.Protocol):
    """One listener: it says what it wants, and then only counts."""

    __slots__ = ("_asked", "_buffer", "_crowd", "_left", "_transport", "heard")

    def __init__(self, crowd: Crowd, asked: Listening) -> None:
        self._crowd, self._asked = crowd, asked
        self._buffer = b""
        self._left = False
        self.heard = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._transport.write(
            f"GET {self._asked.path} HTTP/1.1\r\nHost: 127.0.0.1:{self._asked.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        whole, self._buffer = frames.read(self._buffer + data)
        for kind, frame in whole:
            self._take(kind, frame)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._left:
            self._crowd.failed(f"A socket was closed: {exc}")

    def leave(self) -> None:
        self._left = True
        self._transport.abort()

    def _take(self, kind: int, frame: bytes) -> None:
        if kind == frames.PING:
            self._transport.write(frames.written(frame, frames.PONG))
        elif b'"next"' in frame:
            self.heard = True
            self._crowd.received += 1
            self._crowd.noted()
        elif frame.startswith(b"HTTP/1.1 101"):
            self._say({"type": "connection_init", "payload": self._asked.init})
        elif b"connection_ack" in frame:
            self._say({"type": "subscribe", "id": "1", "payload": self._asked.subscribe})
            self._crowd.ready += 1
            self._crowd.noted()
        elif b'"ping"' in frame:
            self._say({"type": "pong"})
        else:
            self._crowd.failed(f"A socket was told: {frame[:500]!r}")

    def _say(self, message: dict[str, Any]) -> None:
        self._transport.write(frames.written(json.dumps(message).encode()))
