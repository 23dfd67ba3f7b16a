"""The way of an event through one process, from the outbox to its subscribers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import make_url

from db.database import Database
from events.live import Live, Observer
from events.relay import Relay

log = structlog.get_logger(__name__)


def stream_of(database_url: str) -> str:
    """The stream's key in Redis, so that installations that share a Redis do not mix."""
    return f"imprimatur:{make_url(database_url).database}:ordered"


@asynccontextmanager
async def running(database: Database, redis_url: str, *observers: Observer) -> AsyncIterator[Live]:
    """The process's relay and live events; both are gone when the context is left."""
    stream = stream_of(database.url)
    live = Live(database, redis_url, stream, observers=observers)
    relay = Relay(database.url, redis_url, stream)
    tasks = [asyncio.create_task(live.run()), asyncio.create_task(relay.run())]
    for task in tasks:
        task.add_done_callback(_tell_if_broken)
    try:
        yield live
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _tell_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("spine_broken", exc_info=error)
