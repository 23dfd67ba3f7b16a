"""Brings what has its place into the stream, as soon as Redis takes it."""

import asyncio
from collections import deque
from collections.abc import Sequence

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from events import chain, stream
from events.backoff import Backoff
from events.sessions import STATEMENT_SECONDS, session
from events.wire import Message, encode

log = structlog.get_logger(__name__)

AT_ONCE = 500
MOST_BEHIND = 1_000
"""Whoever missed more than so many events reads them from PostgreSQL."""

INTERRUPTIONS = (
    OSError,
    RedisError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
LAST = "SELECT coalesce(max(sequence), 0) FROM event_positions"
PLACED = f"""
    SELECT {chain.COLUMNS}, event_positions.sequence, event_positions.position
    FROM event_positions JOIN events ON events.id = event_positions.event_id
    WHERE event_positions.sequence > $1 ORDER BY event_positions.sequence LIMIT $2
"""  # noqa: S608 - our own columns


class Publisher:
    """The leader's way to the stream, whose last entry tells where to go on.

    Events come straight from being ordered. What Redis missed comes from PostgreSQL.
    """

    def __init__(self, database_url: str, redis_url: str, name: str) -> None:
        self._database_url = database_url
        self._redis_url = redis_url
        self._stream = name
        self._ordered: deque[Message] = deque(maxlen=MOST_BEHIND)
        self._more = asyncio.Event()

    def publish(self, messages: Sequence[Message]) -> None:
        """Have these published, now that they have their places."""
        self._ordered.extend(messages)
        self._more.set()

    async def run(self) -> None:
        """Publish for ever, through every failure of Redis, until cancelled."""
        backoff = Backoff()
        async with stream.connect(self._redis_url) as redis:
            while True:
                try:
                    await self._go_on(redis, await self._begin(redis), backoff)
                except INTERRUPTIONS as error:
                    log.warning("publishing_interrupted", error=repr(error))
                    await backoff.pause()

    async def _begin(self, redis: Redis) -> int:
        """The place after which to publish; a stream of another past than ours is discarded."""
        newest = await stream.newest(redis, self._stream)
        async with session(self._database_url) as connection:
            last: int = await connection.fetchval(LAST, timeout=STATEMENT_SECONDS)
        if newest > last:
            log.warning("stream_discarded", newest=newest, last=last)
            await stream.discard(redis, self._stream)
            newest = 0
        return max(newest, last - MOST_BEHIND)

    async def _go_on(self, redis: Redis, place: int, backoff: Backoff) -> None:
        while True:
            place = await self._catch_up(redis, place)
            backoff.reset()
            while self._follows(place):
                if self._ordered:
                    place = await self._send(redis, self._taken())
                else:
                    self._more.clear()
                    await self._more.wait()

    async def _catch_up(self, redis: Redis, place: int) -> int:
        async with session(self._database_url) as connection:
            while rows := await connection.fetch(PLACED, place, AT_ONCE, timeout=STATEMENT_SECONDS):
                missed = [encode(dict(row), row["sequence"], row["position"]) for row in rows]
                place = await self._send(redis, missed)
        return place

    def _follows(self, place: int) -> bool:
        """Whether what is at hand goes on right after the place."""
        while self._ordered and self._ordered[0].sequence <= place:
            self._ordered.popleft()
        return not self._ordered or self._ordered[0].sequence == place + 1

    def _taken(self) -> list[Message]:
        return [self._ordered.popleft() for _ in range(min(AT_ONCE, len(self._ordered)))]

    async def _send(self, redis: Redis, messages: Sequence[Message]) -> int:
        await stream.append(redis, self._stream, messages)
        return messages[-1].sequence
