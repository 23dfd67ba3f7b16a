"""A server of ours on a real port of this machine, for clients that speak a real wire."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.applications import Starlette

from server.listener import Server
from server.settings import Settings

DEADLINE = 30.0


class LiveServer:
    """Serves an application in a thread of its own, on a free port chosen by the kernel."""

    def __init__(self, app: Starlette, settings: Settings) -> None:
        self.database_url = settings.database_url or ""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = Server(app, settings)
        self._thread = threading.Thread(target=self._run, name="live server")

    @property
    def port(self) -> int:
        port: int = self._socket.getsockname()[1]
        return port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/graphql"

    @property
    def websocket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    def start(self) -> None:
        """Returns when the server accepts connections."""
        self._thread.start()
        until = time.monotonic() + DEADLINE
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > until:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)

    def stop(self) -> None:
        """Shuts down as on Ctrl-C; returns when every connection is closed."""
        self._server.should_exit = True
        self._thread.join(DEADLINE)
        self._socket.close()
        if self._thread.is_alive():
            raise RuntimeError("the server did not stop")

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(self._server.serve(sockets=[self._socket]))


@contextmanager
def live_server(app: Starlette, settings: Settings) -> Iterator[LiveServer]:
    server = LiveServer(app, settings)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def eventually(happens: Callable[[], bool]) -> None:
    """Waits for something that another thread brings about."""
    until = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.005)
