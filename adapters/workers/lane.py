"""Keeps one worker alive and gives it one job at a time."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from adapters.workers.craft import Craft
from adapters.workers.frames import Message
from adapters.workers.process import Loss, Worker, WorkerLost
from domain.errors import DomainError, Invalid, Unavailable

START_PAUSE: Final = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """A packed request, and the answer that somebody waits for."""

    packed: bytes
    stopping: str
    answer: asyncio.Future[Message] = field(default_factory=asyncio.Future)

    def finish(self, answer: Message) -> None:
        if not self.answer.done():
            self.answer.set_result(answer)

    def fail(self, error: DomainError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)

    def abandon(self) -> None:
        self.fail(Unavailable(self.stopping))


class Lane:
    """Serves jobs one after the other; a job that kills its worker meets nobody else's."""

    def __init__(self, craft: Craft, seconds: float, memory_bytes: int) -> None:
        self._craft = craft
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._worker: Worker | None = None
        self._start_again_at = 0.0

    async def serve(self, jobs: asyncio.Queue[Job]) -> None:
        """Work until cancelled, with a worker started before the next job comes."""
        try:
            while True:
                with suppress(Unavailable):
                    await self._ready()
                await self._run(await jobs.get())
        finally:
            await self._retire()

    async def _run(self, job: Job) -> None:
        if job.answer.done():
            return
        try:
            job.finish(await self._answer(job.packed))
        except DomainError as error:
            job.fail(error)
        finally:
            job.abandon()

    async def _answer(self, packed: bytes) -> Message:
        try:
            return await self._ask(packed)
        except WorkerLost as lost:
            if lost.stage is not None or lost.loss is not Loss.CRASH:
                raise self._blame(lost) from lost
        return await self._answer_afresh(packed)

    async def _answer_afresh(self, packed: bytes) -> Message:
        """A worker that died before it began was not killed by this job: ask another, once."""
        try:
            return await self._ask(packed)
        except WorkerLost as lost:
            raise self._blame(lost) from lost

    async def _ask(self, packed: bytes) -> Message:
        worker = await self._ready()
        try:
            return await worker.ask(packed, self._seconds)
        except BaseException:
            await self._retire()
            raise

    async def _ready(self) -> Worker:
        if self._worker is not None and self._worker.spent:
            await self._retire()
        if self._worker is None:
            self._worker = await self._started()
        return self._worker

    async def _started(self) -> Worker:
        """A new worker, tried once in five seconds when none comes up."""
        clock = asyncio.get_running_loop().time
        if clock() < self._start_again_at:
            raise Unavailable(self._craft.not_now)
        try:
            return await Worker.start(self._craft.module, self._memory_bytes)
        except (WorkerLost, OSError) as error:
            self._start_again_at = clock() + START_PAUSE
            raise Unavailable(self._craft.not_now) from error

    async def _retire(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await worker.stop()

    def _blame(self, lost: WorkerLost) -> Invalid:
        cause, stage = lost.loss.value, lost.stage
        _log.warning("worker_lost", module=self._craft.module, cause=cause, stage=stage)
        return Invalid.at(stage or self._craft.place, message=self._complaint(lost.loss))

    def _complaint(self, loss: Loss) -> str:
        match loss:
            case Loss.TIME:
                return self._craft.slow.format(self._seconds)
            case Loss.MEMORY:
                return self._craft.large.format(self._memory_bytes // 2**20)
            case Loss.CRASH:
                return self._craft.deadly
