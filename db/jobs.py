"""The queue of what is done later, written in the caller's own transaction.

The tables are pgqueuer's, in a schema of their own; its statements are sent on our sessions.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import orjson
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.models import Job
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel, JobId
from pgqueuer.ports.driver import Driver, NotifyCallback
from pgqueuer.queries import Queries
from sqlalchemy.ext.asyncio import AsyncSession

# Every name is given: what is not, the library takes from the environment.
TABLES = DBSettings(
    prefix="",
    db_schema="jobs",
    channel=Channel("imprimatur_jobs"),
    function="fn_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    trigger="tg_pgqueuer_changed",
    schedules_table="pgqueuer_schedules",
)
OWN_KEYS = """
SELECT pg_advisory_xact_lock(hashtextextended(key, 724306)) FROM unnest($1::text[]) AS key
"""
FORGET = """
DELETE FROM jobs.pgqueuer WHERE headers ->> 'key' = ANY($1::text[]) AND status = 'queued'
"""
OWNED = """
SELECT id FROM jobs.pgqueuer
WHERE id = ANY($1::bigint[]) AND queue_manager_id = $2::uuid AND status = 'picked'
ORDER BY id FOR UPDATE
"""
DEATHS = """
SELECT count(*) - 1 AS deaths FROM jobs.pgqueuer_log
WHERE job_id = $1 AND id > coalesce(
    (SELECT max(id) FROM jobs.pgqueuer_log WHERE job_id = $1 AND status <> 'picked'), 0)
"""
WAKE = """
SELECT pg_notify('imprimatur_jobs', json_build_object(
    'channel', 'imprimatur_jobs', 'operation', 'update', 'sent_at', now(),
    'table', 'pgqueuer', 'type', 'table_changed_event')::text)
"""
FORGET_FINISHED = "DELETE FROM jobs.pgqueuer_log WHERE created < $1"
TICK = """
INSERT INTO job_schedules (name, ticked_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET ticked_at = excluded.ticked_at
WHERE job_schedules.ticked_at < excluded.ticked_at
RETURNING xmax <> 0 AS is_known
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """What is to be done: whose handler it is for, with what, and not before when."""

    name: str
    payload: Mapping[str, Any]
    at: datetime | None = None
    key: str | None = None
    """Of all that wait under a key, only the newest is done."""

    request_id: str = ""

    @property
    def headers(self) -> dict[str, str]:
        named = {"request_id": self.request_id}
        return named if self.key is None else {**named, "key": self.key}


class Superseded(Exception):
    """The job was given to another worker meanwhile, or is done: what was written is undone."""


async def put(session: AsyncSession, jobs: Sequence[Later]) -> None:
    """Add to the queue when this commits, which wakes the workers; keys replace what waits."""
    if not jobs:
        return
    await forget(session, {job.key for job in jobs if job.key is not None})
    driver = SessionDriver(session)
    await queries(driver).enqueue(
        [job.name for job in jobs],
        [orjson.dumps(job.payload) for job in jobs],
        [0] * len(jobs),
        await _waits(driver, [job.at for job in jobs]),
        headers=[job.headers for job in jobs],
    )


async def _waits(
    driver: "SessionDriver", moments: Sequence[datetime | None]
) -> list[timedelta | None]:
    """How long it is until then by the clock of PostgreSQL, which is the one that counts."""
    if not any(moments):
        return [None] * len(moments)
    [row] = await driver.fetch("SELECT now() AS now")
    return [None if at is None else max(at - row["now"], timedelta()) for at in moments]


async def forget(session: AsyncSession, keys: Collection[str]) -> None:
    """Remove what waits under the keys; what runs already runs on."""
    if not keys:
        return
    driver = SessionDriver(session)
    await driver.fetch(OWN_KEYS, sorted(keys))
    await driver.execute(FORGET, list(keys))


async def finish(session: AsyncSession, job: Job) -> None:
    """Count the job as done when this commits. Raises `Superseded` where it is another's."""
    if not await owned(session, [job]):
        raise Superseded(f"{job.entrypoint} {job.id}")
    await queries(SessionDriver(session)).log_jobs([(job, "successful", None)])


async def owned(session: AsyncSession, jobs: Sequence[Job]) -> set[JobId]:
    """Those that still belong to the worker that took them, held until the end."""
    if not jobs:
        return set()
    manager = jobs[0].queue_manager_id
    rows = await SessionDriver(session).fetch(OWNED, [job.id for job in jobs], manager)
    return {JobId(row["id"]) for row in rows}


async def deaths(session: AsyncSession, job: Job) -> int:
    """How many workers have taken the job and not been heard of again since it last waited."""
    [row] = await SessionDriver(session).fetch(DEATHS, job.id)
    return int(row["deaths"])


async def tick(session: AsyncSession, name: str, at: datetime) -> bool:
    """Whether the schedule has come to this moment, and nobody else has taken care of it."""
    rows = await SessionDriver(session).fetch(TICK, name, at)
    return any(row["is_known"] for row in rows)


async def wake(session: AsyncSession) -> None:
    """Let the workers look at the queue again; what is new on it wakes them by itself."""
    await SessionDriver(session).execute(WAKE)


async def forget_finished(session: AsyncSession, before: datetime) -> None:
    """Delete the log of what became of jobs before then; what waits or failed stays."""
    await SessionDriver(session).execute(FORGET_FINISHED, before)


def queries(driver: Driver) -> Queries:
    """The library's statements, for our names."""
    return Queries(driver, **builders())


def builders() -> dict[str, Any]:
    """What builds the library's statements for our names."""
    return {
        "qbe": QueryBuilderEnvironment(TABLES),
        "qbq": QueryQueueBuilder(TABLES),
        "qbs": QuerySchedulerBuilder(TABLES),
    }


class SessionDriver:
    """Sends the library's statements in a session's transaction; it cannot listen."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.shutdown = asyncio.Event()
        self.tm = TaskManager()

    async def fetch(self, query: str, *args: object) -> list[dict[str, Any]]:
        connection = await self._session.connection()
        result = await connection.exec_driver_sql(query, args)
        return [dict(row) for row in result.mappings()]

    async def execute(self, query: str, *args: object) -> str:
        connection = await self._session.connection()
        await connection.exec_driver_sql(query, args)
        return ""

    async def notify(self, channel: str, payload: str) -> None:
        await self.execute("SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return
