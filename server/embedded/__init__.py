"""PostgreSQL and Valkey for whoever has configured none.

Several processes may use one data folder's engines: each keeps an eye on them, whoever finds one
dead starts it again, and the last to leave stops them.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import structlog

from server.embedded.daemon import Daemon, Engine
from server.embedded.places import place
from server.embedded.postgres import Postgres
from server.embedded.valkey import Valkey
from server.errors import EngineError
from server.settings import Settings

WATCH_EVERY = 0.5  # seconds

log = structlog.get_logger(__name__)


@contextmanager
def embedded_engines(settings: Settings, *, durable: bool = True) -> Iterator[Settings]:
    """Start the engines that are not configured; the settings given back name them all.

    Without `durable` a crash of the machine may lose data: for tests. Raises EngineError.
    """
    urls: dict[str, str] = {}
    with ExitStack() as running:
        if not settings.database_url:
            postgres = Postgres(place(settings.data_dir), durable=durable)
            running.enter_context(_kept_running(postgres))
            urls["database_url"] = postgres.url()
        if not settings.redis_url:
            valkey = Valkey(place(settings.data_dir))
            running.enter_context(_kept_running(valkey))
            urls["redis_url"] = valkey.url()
        yield settings.model_copy(update=urls)


@contextmanager
def _kept_running(engine: Engine) -> Iterator[None]:
    daemon = Daemon(engine)
    with _locked(engine.home / "used", fcntl.LOCK_SH) as used, ExitStack() as leaving:
        leaving.callback(_stop_if_last, used, daemon)
        _ensure(daemon)
        done = threading.Event()
        watch = threading.Thread(target=_watch, args=(daemon, done), daemon=True)
        watch.start()
        leaving.callback(watch.join)
        leaving.callback(done.set)
        yield


def _ensure(daemon: Daemon) -> None:
    with _locked(daemon.engine.home / "lock", fcntl.LOCK_EX):
        daemon.ensure()


def _watch(daemon: Daemon, done: threading.Event) -> None:
    while not done.wait(WATCH_EVERY):
        if not daemon.is_alive():
            _restart(daemon)


def _restart(daemon: Daemon) -> None:
    engine = daemon.engine.name
    log.warning("engine_died", engine=engine)
    try:
        _ensure(daemon)
    except EngineError as error:
        log.error("engine_not_restarted", engine=engine, error=str(error))  # noqa: TRY400 (no traceback: the line says it)
    else:
        log.info("engine_restarted", engine=engine)


def _stop_if_last(used: IO[bytes], daemon: Daemon) -> None:
    try:
        fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        daemon.leave()
    else:
        daemon.stop()


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[IO[bytes]]:
    """Hold the lock; it goes when the process does, however that ends."""
    with path.open("ab") as file:
        fcntl.flock(file, kind)
        try:
            yield file
        finally:
            # Unlocked by name: a forked child may still have the file open.
            fcntl.flock(file, fcntl.LOCK_UN)
