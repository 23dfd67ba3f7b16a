"""Running jobs in a test, one after the other, in this process, without a worker and its clock.

    await run_jobs(world)                               # all that is due now
    await run_jobs(world, until=now() + timedelta(8))   # as if nobody had worked until then
    await run_jobs(world, about=uuid_of(template["id"]))  # only jobs whose payload has that id

It goes on until nothing is due any more, including what the jobs themselves put on the queue, and
returns the names of those it ran, in the order in which they were due. A job that fails waits for
its next attempt, or is dead after its last, as with a worker; `run_jobs` itself raises nothing.
With `until`, the attempts that fall due by then are made too.

The tests of a worker share one database, so give `about` (or `names`) wherever a count matters.
The moments of the jobs are absolute: inside `time_machine.travel(…, tick=False)` a handler sees the
time it is run at, and `run_jobs(world)` runs what is due at that time.
`waiting(world, about=…)` tells what is on the queue without running it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job, TracebackRecord

from db.database import Database
from db.jobs import SessionDriver
from jobs.queue import Queue
from jobs.registry import JOBS, Dead
from jobs.running import Outcomes, Runner
from tests.world import World

CONCERNED = """
($1::text[] IS NULL OR entrypoint = ANY($1))
AND ($2::text IS NULL OR position($2 IN convert_from(payload, 'UTF8')) > 0)
"""
TAKE = f"""
WITH taken AS (
    UPDATE jobs.pgqueuer SET status = 'picked', queue_manager_id = $4, heartbeat = now()
    WHERE id = (
        SELECT id FROM jobs.pgqueuer
        WHERE status = 'queued' AND execute_after <= $3 AND {CONCERNED}
        ORDER BY execute_after, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *
), logged AS (
    INSERT INTO jobs.pgqueuer_log (job_id, status, priority, entrypoint)
    SELECT id, status, priority, entrypoint FROM taken
)
SELECT * FROM taken
"""  # noqa: S608 - put together from constants
WAITING = f"""
SELECT *, headers ->> 'key' AS key FROM jobs.pgqueuer
WHERE status = 'queued' AND {CONCERNED} ORDER BY execute_after, id
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True)
class Waiting:
    """A job on the queue."""

    name: str
    payload: dict[str, Any]
    at: datetime
    key: str | None
    failures: int


async def run_jobs(
    world: World,
    until: datetime | None = None,
    *,
    names: Collection[str] | None = None,
    about: UUID | str | None = None,
    most: int = 1_000,
) -> list[str]:
    """Run what is due, as the docstring of this module says; the names of what was run."""
    database, runner = world.resources.database, Runner(world.resources, Outcomes())
    ran: list[str] = []
    async with database.read() as session:  # takes no connection before the first statement
        queue = Queue(SessionDriver(session), database)
        while len(ran) < most and (job := await _take(database, until, names, about)):
            await _run(queue, runner, job)
            ran.append(job.entrypoint)
    return ran


async def waiting(
    world: World, *, names: Collection[str] | None = None, about: UUID | str | None = None
) -> list[Waiting]:
    """What is on the queue and not done, the earliest first."""
    async with world.resources.database.read() as session:
        rows = await SessionDriver(session).fetch(WAITING, *_concerned(names, about))
    return [
        Waiting(
            row["entrypoint"],
            orjson.loads(row["payload"]),
            row["execute_after"],
            row["key"],
            row["attempts"],
        )
        for row in rows
    ]


async def _take(
    database: Database,
    until: datetime | None,
    names: Collection[str] | None,
    about: UUID | str | None,
) -> Job | None:
    asked = (*_concerned(names, about), until or datetime.now(UTC), uuid4())
    async with database.transaction() as session:
        rows = await SessionDriver(session).fetch(TAKE, *asked)
    return Job.model_validate(rows[0]) if rows else None


async def _run(queue: Queue, runner: Runner, job: Job) -> None:
    assert job.entrypoint in JOBS, f"nobody does {job.entrypoint}"
    try:
        await runner.run(job)
    except RetryRequested as retry:
        await queue.retry_job(job, retry.delay, _record(retry, job))
    except Dead as dead:
        await queue.log_jobs([(job, "failed", _record(dead, job))])
    else:
        await queue.log_jobs([(job, "successful", None)])


def _record(error: Exception, job: Job) -> TracebackRecord:
    return TracebackRecord.from_exception(error, job.id)


def _concerned(
    names: Collection[str] | None, about: UUID | str | None
) -> tuple[list[str] | None, str | None]:
    return None if names is None else list(names), None if about is None else str(about)
