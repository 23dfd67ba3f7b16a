"""Does one job: its handler's transaction is its end, and a failure is tried again later."""

import asyncio
import traceback
from collections import Counter
from typing import Any

import orjson
import structlog
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job
from sqlalchemy.ext.asyncio import AsyncSession

from db.jobs import Superseded, deaths, finish
from domain.errors import DomainError
from jobs.registry import JOBS, Dead, Failed, Kind
from resolvers.context import Context, Resources

LONGEST_TEXT = 500
MOST_DEATHS = 5

log = structlog.get_logger(__name__)

Outcomes = Counter[tuple[str, str]]
"""How many jobs of a name ended `done`, `retried`, `dead`, `superseded` or `given_back`."""


class Completion:
    """The end of a job, as part of its handler's transaction."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._is_written = False

    async def __call__(self, session: AsyncSession) -> None:
        """Raises `Superseded` where the job is another's by now."""
        if self._is_written:
            raise RuntimeError(f"{self._job.entrypoint} is done already: leave the rest to a job")
        await finish(session, self._job)
        self._is_written = True


class Runner:
    """Does jobs with the resources of a process."""

    def __init__(self, resources: Resources, outcomes: Outcomes) -> None:
        self._resources = resources
        self._outcomes = outcomes
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, job: Job) -> None:
        """Raises RetryRequested or Dead where it is not done, and nothing else."""
        kind = JOBS[job.entrypoint]
        task = asyncio.create_task(self._handle(kind, job))
        self._running.add(task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._running.discard(task)
        if task.cancelled():
            raise self._counted(job, "given_back", RetryRequested(reason="Given back."))
        if error := task.exception():
            self._judge(kind, job, error)
        else:
            self._outcomes[job.entrypoint, "done"] += 1

    def give_back(self) -> None:
        """Interrupt what runs; other workers begin it anew."""
        for task in self._running:
            task.cancel()

    async def _handle(self, kind: Kind, job: Job) -> None:
        async with self._resources.database.read() as session:
            if await deaths(session, job) >= MOST_DEATHS:
                raise Dead(f"{MOST_DEATHS} workers in a row died of it.")
        await kind.handler(self._context(job), **orjson.loads(job.payload or b"{}"))

    def _context(self, job: Job) -> Context:
        headers: dict[str, Any] = job.headers or {}
        return self._resources.own_context(headers.get("request_id", ""), Completion(job))

    def _judge(self, kind: Kind, job: Job, error: BaseException) -> None:
        if isinstance(error, Superseded):
            self._outcomes[job.entrypoint, "superseded"] += 1
            log.warning("job_superseded", job=job.entrypoint, id=job.id)
            return
        failures = job.attempts + 1
        is_last = isinstance(error, Dead) or failures >= kind.retries.attempts
        log.error(
            "job_dead" if is_last else "job_failed",
            job=job.entrypoint,
            id=job.id,
            failures=failures,
            request_id=(job.headers or {}).get("request_id", ""),
            exc_info=error,
        )
        if is_last:
            raise self._counted(job, "dead", Dead(described(error)))
        wait = kind.retries.wait(failures)
        raise self._counted(job, "retried", RetryRequested(wait, described(error)))

    def _counted(self, job: Job, outcome: str, error: Exception) -> Exception:
        self._outcomes[job.entrypoint, outcome] += 1
        return error


def described(error: BaseException) -> str:
    """What is kept of an error: its text only where it is ours, as others may quote secrets."""
    name = type(error).__name__
    if isinstance(error, Failed | DomainError):
        return f"{name}: {error}"[:LONGEST_TEXT]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return f"{name}{place}"[:LONGEST_TEXT]
