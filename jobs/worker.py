"""Does the jobs of the queue, keeps the schedules and follows the events, until it is stopped."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.types import Channel

from db.database import Database
from db.jobs import TABLES
from db.reads import connection_options
from domain.errors import Unavailable
from events.backoff import Backoff
from events.followers import Follower
from jobs import schedules
from jobs.queue import Queue
from jobs.registry import FOLLOWERS, JOBS
from jobs.running import Outcomes, Runner
from resolvers.context import Resources

CONNECTIONS = 3
"""One listens; two send the library's short statements."""

TIMEOUT_SECONDS = 10
GIVING_BACK_SECONDS = 5
SILENT_FOR = timedelta(seconds=30)
"""A job whose worker was not heard of for so long is given to another one."""

LONGEST_SLEEP = timedelta(seconds=10)
"""Without a word of new jobs, in case it was lost."""

INTERRUPTIONS = (
    OSError,
    Unavailable,
    FailingListenerError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a worker works: how many jobs at once, and how long they may go on at its end."""

    at_once: int = 10
    grace: timedelta = timedelta(seconds=20)
    silent_for: timedelta = SILENT_FOR


@asynccontextmanager
async def working(
    resources: Resources, outcomes: Outcomes, manner: Manner | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """Jobs are done as long as the block lasts; the task given ends before it only by a fault.

    At the end of the block, what runs may go on within the grace; the rest is given back.
    """
    worker = Worker(resources, outcomes, manner or Manner())
    doing = asyncio.create_task(worker.run())
    others = [asyncio.create_task(each) for each in _beside(resources.database)]
    for task in (doing, *others):
        task.add_done_callback(_tell_if_broken)
    try:
        yield doing
    finally:
        for task in others:
            task.cancel()
        await worker.stop(doing)
        await asyncio.gather(doing, *others, return_exceptions=True)


def _beside(database: Database) -> Iterator[Coroutine[Any, Any, None]]:
    """What goes on beside the jobs, for ever."""
    yield schedules.run(database)
    for name, follow in FOLLOWERS.items():
        yield Follower(database, name, follow).run()


@dataclass(slots=True)
class Worker:
    """Takes jobs from the queue; outlives PostgreSQL's failures."""

    resources: Resources
    outcomes: Outcomes
    manner: Manner
    _runner: Runner = field(init=False)
    _manager: QueueManager | None = field(init=False, default=None)
    _is_stopped: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._runner = Runner(self.resources, self.outcomes)

    async def run(self) -> None:
        """Do jobs until stopped."""
        backoff = Backoff()
        while not self._is_stopped:
            try:
                await self._work()
            except INTERRUPTIONS as error:
                log.warning("worker_interrupted", error=repr(error))
                await backoff.pause()

    async def stop(self, running: asyncio.Task[None]) -> None:
        """Take no more; wait for what runs, then give it back."""
        self._is_stopped = True
        if self._manager is not None:
            self._manager.shutdown.set()
        done, _ = await asyncio.wait({running}, timeout=self.manner.grace.total_seconds())
        if not done:
            self._runner.give_back()
            await asyncio.wait({running}, timeout=GIVING_BACK_SECONDS)
        running.cancel()

    async def _work(self) -> None:
        pool = await asyncpg.create_pool(
            **connection_options(self.resources.database.url),
            min_size=1,
            max_size=CONNECTIONS,
            timeout=TIMEOUT_SECONDS,
            command_timeout=TIMEOUT_SECONDS,
            server_settings={"application_name": "imprimatur worker"},
        )
        try:
            queue = Queue(AsyncpgPoolDriver(pool), self.resources.database)
            await self._manage(QueueManager(queue, channel=Channel(TABLES.channel)))
        finally:
            self._manager = None
            pool.terminate()

    async def _manage(self, manager: QueueManager) -> None:
        for name in JOBS:
            manager.entrypoint(name, on_failure="hold", accepts_context=False)(self._runner.run)
        self._manager = manager
        if self._is_stopped:
            return
        await manager.run(
            dequeue_timeout=min(LONGEST_SLEEP, self.manner.silent_for),
            batch_size=max(self.manner.at_once // 2, 1),
            max_concurrent_tasks=max(self.manner.at_once, 2),
            heartbeat_timeout=self.manner.silent_for,
            shutdown_on_listener_failure=True,
            log_aggregation_interval=timedelta(),
        )


def _tell_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("worker_broken", exc_info=error)
