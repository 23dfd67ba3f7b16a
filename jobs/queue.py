"""The library's queue, where a worker has a say only in jobs that are still its own."""

from datetime import timedelta

import structlog
from pgqueuer.domain.models import Job, TracebackRecord
from pgqueuer.domain.types import JOB_STATUS
from pgqueuer.ports.driver import Driver
from pgqueuer.queries import Queries

from db.database import Database
from db.jobs import SessionDriver, builders, owned, queries, wake
from domain.errors import Unavailable

log = structlog.get_logger(__name__)

Ended = tuple[Job, JOB_STATUS, TracebackRecord | None]


class Queue(Queries):
    """What becomes of a job is written by the worker that has it; what it had is another's.

    A job that nobody writes the end of is taken by another worker when its heartbeat has stopped.
    """

    def __init__(self, driver: Driver, database: Database) -> None:
        super().__init__(driver, **builders())
        self._database = database

    async def log_jobs(self, job_status: list[Ended]) -> None:
        """Write what became of them. An interrupted job is not done: it waits again."""
        async with self._database.transaction() as session:
            own = await owned(session, [job for job, *_ in job_status])
            ours = [each for each in job_status if each[0].id in own]
            written = queries(SessionDriver(session))
            await written.log_jobs([each for each in ours if each[1] != "canceled"])
            for job, status, record in ours:
                if status == "canceled":
                    await written.retry_job(job, timedelta(), record)

    async def retry_job(
        self, job: Job, delay: timedelta, traceback_record: TracebackRecord | None
    ) -> None:
        """Let it wait for the next attempt; the library would bury it where this raises."""
        try:
            async with self._database.transaction() as session:
                if await owned(session, [job]):
                    written = queries(SessionDriver(session))
                    await written.retry_job(job, delay, traceback_record)
                    await wake(session)
        except Unavailable:
            log.warning("job_left_behind", job=job.entrypoint, id=job.id)
