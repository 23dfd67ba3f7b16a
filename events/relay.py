"""Gives what was committed its place, and publishes it to the stream that every process reads."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import asyncpg
import structlog

from events.backoff import Backoff
from events.order import BATCH, order
from events.publishing import INTERRUPTIONS, Publisher
from events.sessions import lead, listen, session, woken_or_late

log = structlog.get_logger(__name__)

LEADERSHIP = 724302
CHANNEL = "imprimatur_outbox"
# A trigger keeps what is in the outbox from whoever cannot say this.
ORDERS = {"application_name": "imprimatur relay", "imprimatur.orders": "yes"}


class Relay:
    """Takes committed events from the outbox, gives each its place, and publishes it.

    Any number of them may run on one database: one leads, the others queue for its place.
    What Redis does or does not do keeps nothing from having a place.
    """

    def __init__(self, database_url: str, redis_url: str, stream: str) -> None:
        self._database_url = database_url
        self._redis_url = redis_url
        self._stream = stream
        self._backoff = Backoff()

    async def run(self) -> None:
        """Lead whenever nobody else does, until cancelled; outlives both servers' failures."""
        while True:
            try:
                await self._take_turn()
            except INTERRUPTIONS as error:
                log.warning("relay_interrupted", error=repr(error))
                await self._backoff.pause()

    async def _take_turn(self) -> None:
        async with session(self._database_url, **ORDERS) as connection:
            await lead(connection, LEADERSHIP)
            log.info("relay_leads", stream=self._stream)
            woken = await listen(connection, CHANNEL)
            publisher = Publisher(self._database_url, self._redis_url, self._stream)
            async with _beside(publisher.run(), woken) as publishing:
                while not publishing.done():
                    await self._drain(connection, publisher)
                    await woken_or_late(woken)
                publishing.result()

    async def _drain(self, connection: asyncpg.Connection, publisher: Publisher) -> None:
        full = True
        while full:
            messages = await order(connection)
            self._backoff.reset()
            publisher.publish(messages)
            full = len(messages) == BATCH


@asynccontextmanager
async def _beside(
    work: Coroutine[None, None, None], ended: asyncio.Event
) -> AsyncIterator[asyncio.Task[None]]:
    """A task that goes on as long as the block does; where it ends before, `ended` is set."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda _: ended.set())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
