"""One server process: its port, its engines, its database made ready, and uvicorn."""

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_address
from types import FrameType

from starlette.applications import Starlette

from server.app import create_app
from server.embedded import embedded_engines
from server.errors import OperatorError
from server.garbage import keep_what_is_loaded
from server.listener import Server
from server.readiness import make_ready
from server.seeding.demo import Login, seed_demo
from server.settings import Settings
from server.wiring import open_services

Ready = Callable[[Settings, str, Sequence[Login]], None]


def serve(settings: Settings, ready: Ready) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP; `ready` hears where and whom once requests are taken.

    Raises OperatorError where the port, an engine or the database is not to be had.
    """
    with stopped_by_signals(), _bound(settings) as listener, embedded_engines(settings) as running:
        make_ready(running)
        logins = asyncio.run(seed_demo(running)) if running.is_development else []
        app = create_app(_with_worker(running, settings), open_services)
        announce = partial(ready, running, _address(listener), logins)
        with _explained(settings):
            _Announced(app, running, announce).run(sockets=[listener])


def _with_worker(running: Settings, settings: Settings) -> Settings:
    return running.model_copy(update={"worker": settings.serve_works})


class _Announced(Server):
    def __init__(self, app: Starlette, settings: Settings, ready: Callable[[], None]) -> None:
        super().__init__(app, settings)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        keep_what_is_loaded()
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Not raised again afterwards as uvicorn does: our engines are still to be stopped."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """A signal before uvicorn listens to them ends the start, and with it what was started."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    except KeyboardInterrupt:
        return


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """The port, ours before anything else is started."""
    with _explained(settings):
        family, kind, protocol_number, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol_number)
    with listener:
        with _explained(settings):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        yield listener


@contextmanager
def _explained(settings: Settings) -> Iterator[None]:
    where = f"Port {settings.port} of {settings.host}"
    try:
        yield
    except socket.gaierror:
        raise OperatorError(
            f"HOST={settings.host} is no address", "Set HOST to one, or unset it to use 127.0.0.1"
        ) from None
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                cause, cure = "is taken", "Stop what uses it, or set PORT to another one"
            case errno.EACCES:
                cause, cure = "is not for this user", "Set PORT to 1024 or more"
            case errno.EADDRNOTAVAIL:
                cause, cure = "is not on this machine", "Unset HOST to use 127.0.0.1"
            case _:
                raise
        raise OperatorError(f"{where} {cause}", cure) from None


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
