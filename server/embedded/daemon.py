"""One engine, kept running: adopted from a killed run or launched, replaced when it dies."""

from pathlib import Path
from signal import Signals
from typing import TYPE_CHECKING, Protocol

import psutil

from server.embedded.places import Account
from server.embedded.processes import Command, end, is_alive, launch, residents, wait
from server.errors import EngineError

if TYPE_CHECKING:
    from subprocess import Popen

READY_WITHIN = 120.0  # seconds; replaying a long journal takes its time


class Engine(Protocol):
    """What a Daemon has to know of its engine."""

    name: str
    home: Path
    """Its private folder."""
    folder: Path
    """Below or at home: the working folder of its processes, and of no other."""
    log: Path
    account: Account | None
    stop: Signals
    """Shuts it down cleanly."""
    quit: Signals
    """Makes what is left of a dead one end at once."""

    def prepare(self) -> None:
        """Get ready for a start; nothing of the engine is running."""

    def command(self) -> Command: ...

    def serves(self, process: psutil.Process) -> bool:
        """Whether this process of the folder is the one that clients can reach."""

    def is_ready(self) -> bool: ...


class Daemon:
    """Callers of ensure() and stop() hold the lock of the engine's home."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._process: psutil.Process | None = None
        self._child: Popen[bytes] | None = None

    def is_alive(self) -> bool:
        if self._child is not None and self._child.poll() is not None:
            return False
        return self._process is not None and is_alive(self._process)

    def ensure(self) -> None:
        """Ready on return: what runs is kept, what is broken is replaced; or EngineError."""
        if self.is_alive():
            return
        self._child = None
        self._process = self._adopted() or self._launched()

    def stop(self) -> None:
        """Shut down cleanly, by force where that takes too long."""
        if self._process is not None:
            end([self._process], self.engine.stop)
        end(residents(self.engine.folder), self.engine.quit)
        if self._child is not None:
            self._child.wait()
        self._process = self._child = None

    def leave(self) -> None:
        """Let it run on for others."""
        if self._child is not None:
            self._child.returncode = 0  # or Popen complains of a child that is dropped
        self._process = self._child = None

    def _adopted(self) -> psutil.Process | None:
        found = residents(self.engine.folder)
        for process in found:
            if self.engine.serves(process) and wait(self.engine.is_ready, READY_WITHIN):
                return process
        end(found, self.engine.quit)
        return None

    def _launched(self) -> psutil.Process:
        self.engine.prepare()
        log = self.engine.log
        before = log.stat().st_size if log.exists() else 0
        command = self.engine.command()
        self._child = launch(command, self.engine.folder, log, self.engine.account)
        self._process = psutil.Process(self._child.pid)
        wait(lambda: self.engine.is_ready() or not self.is_alive(), READY_WITHIN)
        if not self.is_alive() or not self.engine.is_ready():
            raise self._failure(log.read_bytes()[before:].decode(errors="replace"))
        return self._process

    def _failure(self, said: str) -> EngineError:
        grave = [line for line in said.splitlines() if "FATAL" in line or "# " in line]
        reason = f": {grave[-1]}" if grave else ""
        return EngineError(
            f"Our own {self.engine.name} does not start{reason}",
            f"See {self.engine.log}, or set DATABASE_URL and REDIS_URL to servers of yours",
        )
