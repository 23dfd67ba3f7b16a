"""Publishes what was committed: from the outbox to the stream that every process reads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import make_url

from events import stream
from events.backoff import Backoff
from events.wire import encode

log = structlog.get_logger(__name__)

LEADERSHIP = 724302
CHANNEL = "imprimatur_outbox"
BATCH = 500
STATEMENT_SECONDS = 10
HEARTBEAT_SECONDS = 10

SESSION = {
    "application_name": "imprimatur relay",
    "lock_timeout": f"{HEARTBEAT_SECONDS}s",
    # A leader whose machine is gone, and a follower that was killed while it waited, must
    # not keep their place in the queue for the lock. Unix sockets ignore the first three.
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "2",
    "client_connection_check_interval": "1s",
}
INTERRUPTIONS = (
    OSError,
    RedisError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)

# Numbers are drawn before their transactions commit, so a lower one can still appear later:
# the order of events is the order in which they are taken from here.
WAITING = """
    SELECT outbox.sequence, events.*
    FROM outbox JOIN events ON events.id = outbox.event_id
    ORDER BY outbox.sequence LIMIT $1
"""
PUBLISHED = "DELETE FROM outbox WHERE sequence = ANY($1::bigint[])"


class Relay:
    """Takes committed events from the outbox, in order, and publishes each at least once.

    Any number of them may run on one database: one leads, the others queue for its place.
    """

    def __init__(self, database_url: str, redis_url: str, stream: str) -> None:
        self._database_url = database_url
        self._redis_url = redis_url
        self._stream = stream
        self._backoff = Backoff()

    async def run(self) -> None:
        """Lead whenever nobody else does, until cancelled; outlives both servers' failures."""
        async with stream.connect(self._redis_url) as redis:
            while True:
                try:
                    await self._take_turn(redis)
                except INTERRUPTIONS as error:
                    log.warning("relay_interrupted", error=repr(error))
                    await self._backoff.pause()

    async def _take_turn(self, redis: Redis) -> None:
        async with _session(self._database_url) as connection:
            await _lead(connection)
            log.info("relay_leads", stream=self._stream)
            # Not before: a session that listens while it waits for the lock cannot take
            # its notifications, and PostgreSQL keeps them until its queue is full.
            woken = await _listen(connection)
            while True:
                woken.clear()
                await self._drain(connection, redis)
                await _within(HEARTBEAT_SECONDS, woken)

    async def _drain(self, connection: asyncpg.Connection, redis: Redis) -> None:
        full = True
        while full:
            rows = await connection.fetch(WAITING, BATCH, timeout=STATEMENT_SECONDS)
            if rows:
                await self._publish(connection, redis, rows)
            self._backoff.reset()
            full = len(rows) == BATCH

    async def _publish(
        self, connection: asyncpg.Connection, redis: Redis, rows: Sequence[asyncpg.Record]
    ) -> None:
        """Publish, then forget: dying between the two publishes again, which receivers ignore."""
        await stream.append(redis, self._stream, [encode(dict(row)) for row in rows])
        sequences = [row["sequence"] for row in rows]
        await connection.execute(PUBLISHED, sequences, timeout=STATEMENT_SECONDS)


@asynccontextmanager
async def _session(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own: leading and listening belong to a session, not to a pool."""
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    _, options = url.get_dialect()().create_connect_args(url)
    connection = await asyncpg.connect(
        **options, timeout=STATEMENT_SECONDS, server_settings=SESSION
    )
    try:
        yield connection
    finally:
        with suppress(*INTERRUPTIONS):
            await connection.close(timeout=1)


async def _lead(connection: asyncpg.Connection) -> None:
    """Wait for the leadership, which PostgreSQL hands over the moment a leader's session ends.

    A waiting statement holds a snapshot, and that holds back VACUUM: so it waits anew, at the
    cost of its place in the queue, every time `lock_timeout` has passed.
    """
    while True:
        with suppress(asyncpg.LockNotAvailableError):
            await connection.execute(
                "SELECT pg_advisory_lock($1)", LEADERSHIP, timeout=2 * HEARTBEAT_SECONDS
            )
            return


async def _listen(connection: asyncpg.Connection) -> asyncio.Event:
    """An event that is set by every notification, and when the connection is lost."""
    woken = asyncio.Event()
    connection.add_termination_listener(lambda _: woken.set())
    await connection.add_listener(CHANNEL, lambda *_: woken.set())
    return woken


async def _within(seconds: float, woken: asyncio.Event) -> None:
    """Wait; no longer than that, because a connection can be dead without a word."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
