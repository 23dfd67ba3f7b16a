"""What operators see of the queue, and what they can do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pgqueuer.domain.types import JobId

from db.database import Database
from db.jobs import SessionDriver, queries, wake

LISTED = 100
JOBS = """
SELECT job.id, job.entrypoint AS name, job.status::text AS status, job.attempts AS failures,
    job.execute_after AS due_at,
    (SELECT traceback ->> 'exception_message' FROM jobs.pgqueuer_log AS log
     WHERE log.job_id = job.id AND log.traceback IS NOT NULL ORDER BY log.id DESC LIMIT 1) AS error
FROM jobs.pgqueuer AS job
WHERE (job.status = 'failed') = $1
ORDER BY job.execute_after, job.id LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class Listed:
    """A job that is not done: `queued`, `picked` by a worker, or `failed` for good."""

    id: int
    name: str
    status: str
    failures: int
    due_at: datetime
    error: str | None
    """What went wrong last."""


async def dead(database: Database) -> list[Listed]:
    """The jobs that are not tried again, at most a hundred, the oldest first."""
    return await _listed(database, is_dead=True)


async def alive(database: Database) -> list[Listed]:
    """The jobs that wait or run, at most a hundred, those that are due first."""
    return await _listed(database, is_dead=False)


async def retry(database: Database, id: int) -> bool:
    """Let a dead job be tried again as if for the first time; whether there was one."""
    async with database.transaction() as session:
        driver = SessionDriver(session)
        found = await driver.fetch(
            "SELECT id FROM jobs.pgqueuer WHERE id = $1 AND status = 'failed' FOR UPDATE", id
        )
        await queries(driver).requeue_jobs([JobId(row["id"]) for row in found])
        await wake(session)
    return bool(found)


async def depths(database: Database) -> Mapping[tuple[str, str], int]:
    """How many jobs there are by name and status."""
    async with database.read() as session:
        sizes = await queries(SessionDriver(session)).queue_size()
    return {(size.entrypoint, size.status): size.count for size in sizes}


async def _listed(database: Database, *, is_dead: bool) -> list[Listed]:
    async with database.read() as session:
        rows = await SessionDriver(session).fetch(JOBS, is_dead, LISTED)
    return [Listed(**row) for row in rows]
