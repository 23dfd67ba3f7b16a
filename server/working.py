"""A worker: a process that does jobs, and serves nobody."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from jobs.worker import working
from server import exposition, health
from server.embedded import embedded_engines
from server.garbage import keep_what_is_loaded
from server.job_counts import JobCounts
from server.metrics import Metrics
from server.middleware import Edge
from server.readiness import make_ready
from server.serving import stopped_by_signals
from server.settings import Settings
from server.wiring import manner, open_resources


def work(settings: Settings, ready: Callable[[], None]) -> None:
    """Do jobs until SIGINT or SIGTERM; raises OperatorError where an engine is not to be had."""
    with stopped_by_signals(), embedded_engines(settings) as running:
        make_ready(running)
        asyncio.run(_work(running, ready))


async def _work(settings: Settings, ready: Callable[[], None]) -> None:
    async with open_resources(settings) as resources:
        counts = JobCounts(resources.database)
        async with (
            _observable(settings, counts),
            working(resources, counts.outcomes, manner(settings)) as doing,
        ):
            keep_what_is_loaded()
            ready()
            await _until_stopped(doing)
    if not doing.cancelled() and (error := doing.exception()):
        raise error


async def _until_stopped(doing: asyncio.Task[None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


@asynccontextmanager
async def _observable(settings: Settings, counts: JobCounts) -> AsyncIterator[None]:
    """Health and metrics at WORKER_PORT, where there is one."""
    if settings.worker_port is None:
        yield
        return
    server = _Quiet(
        uvicorn.Config(
            _app(settings, counts),
            host=settings.host,
            port=settings.worker_port,
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _Quiet(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the worker's."""
        yield


def _app(settings: Settings, counts: JobCounts) -> Starlette:
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        yield {"jobs": counts, "registry": exposition.of_process(counts)}

    routes = [Route("/health/live", health.live), *exposition.routes(settings)]
    return Starlette(routes=routes, middleware=[Middleware(Edge, Metrics())], lifespan=lifespan)
