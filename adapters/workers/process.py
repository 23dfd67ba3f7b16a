"""One worker process, seen from its parent."""

import asyncio
import os
import sys
from enum import Enum
from pathlib import Path
from typing import Final

import structlog

from adapters.workers import frames
from adapters.workers.frames import Message

START_TIMEOUT: Final = 30.0
JOBS_PER_WORKER: Final = 1_000
_CHECKOUT: Final = Path(__file__).resolve().parents[2]
_PASSED_ON: Final = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "TZ")

_log = structlog.get_logger(__name__)


class Loss(Enum):
    """What ended a worker before it answered."""

    TIME = "time"
    MEMORY = "memory"
    CRASH = "crash"


class WorkerLost(Exception):
    """The worker is of no more use; `stage` is the part it worked on, none before it began."""

    def __init__(self, loss: Loss, stage: str | None) -> None:
        super().__init__(loss.value)
        self.loss = loss
        self.stage = stage


class Worker:
    """A started process that does one job at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._jobs_done = 0

    @classmethod
    async def start(cls, module: str, memory_bytes: int) -> "Worker":
        """A worker that is ready; raises `WorkerLost` when it does not come up."""
        worker = cls(await _spawn(module, memory_bytes))
        try:
            await worker._answer(START_TIMEOUT)
        except WorkerLost:
            _log.error("worker_does_not_start", module=module, stderr=await worker.stop())
            raise
        except BaseException:
            await worker.stop()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def spent(self) -> bool:
        """Whether it has done as much as one process should, or is gone."""
        return self._jobs_done >= JOBS_PER_WORKER or self._process.returncode is not None

    async def ask(self, job: bytes, seconds: float) -> Message:
        """The answer to one packed job; raises `WorkerLost`, after which only `stop` is left."""
        self._jobs_done += 1
        if self._process.stdin is not None:
            self._process.stdin.write(job)
        return await self._answer(seconds)

    async def stop(self) -> str:
        """End the process, whatever it does; returns the last it had to say."""
        if self._process.returncode is None:
            self._process.kill()
        _, stderr = await self._process.communicate()
        return stderr.decode(errors="replace")[-2_000:]

    async def _answer(self, seconds: float) -> Message:
        stage: str | None = None
        try:
            async with asyncio.timeout(seconds):
                while "stage" in (answer := await self._message()).said:
                    stage = answer.said["stage"]
        except TimeoutError:
            raise WorkerLost(Loss.TIME, stage) from None
        except (EOFError, ConnectionError):
            raise WorkerLost(Loss.CRASH, stage) from None
        if "exhausted" in answer.said:
            raise WorkerLost(Loss.MEMORY, stage)
        return answer

    async def _message(self) -> Message:
        if self._process.stdout is None:
            raise EOFError
        return await frames.receive(self._process.stdout)


async def _spawn(module: str, memory_bytes: int) -> asyncio.subprocess.Process:
    """A fresh interpreter that knows none of our secrets and inherits none of our files."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        str(memory_bytes),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=str(_CHECKOUT),
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        # A terminal's Ctrl-C is for us: one that is still starting would die of it loudly.
        start_new_session=True,
    )
