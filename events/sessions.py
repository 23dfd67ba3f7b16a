"""Sessions with PostgreSQL that lead, of many that could, and are woken when there is work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from db.reads import connection_options

STATEMENT_SECONDS = 10
HEARTBEAT_SECONDS = 10

SETTINGS = {
    "lock_timeout": f"{HEARTBEAT_SECONDS}s",
    # A leader whose machine is gone, and a follower that was killed while it waited, must
    # not keep their place in the queue for the lock. Unix sockets ignore the first four.
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "1",
    "tcp_user_timeout": "2000",
    "client_connection_check_interval": "1s",
    # Nor may a leader that is there, but does nothing any more.
    "idle_session_timeout": f"{2 * HEARTBEAT_SECONDS}s",
    # To plan for all partitions takes longer than to read a few events.
    "plan_cache_mode": "force_generic_plan",
}


@asynccontextmanager
async def session(database_url: str, **settings: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of its own: leading and listening belong to a session, not to a pool."""
    connection = await asyncpg.connect(
        **connection_options(database_url),
        timeout=STATEMENT_SECONDS,
        server_settings={**SETTINGS, **settings},
    )
    try:
        yield connection
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=1)


async def lead(connection: asyncpg.Connection, lock: int) -> None:
    """Wait for the leadership, which PostgreSQL hands over the moment a leader's session ends.

    A waiting statement holds a snapshot, and that holds back VACUUM: so it waits anew, at the
    cost of its place in the queue, every time `lock_timeout` has passed.
    """
    while True:
        with suppress(asyncpg.LockNotAvailableError):
            await connection.execute(
                "SELECT pg_advisory_lock($1)", lock, timeout=2 * HEARTBEAT_SECONDS
            )
            return


async def listen(connection: asyncpg.Connection, channel: str) -> asyncio.Event:
    """An event that is set by every notification, and when the connection is lost.

    Not before leading: a session that listens while it waits for the lock cannot take its
    notifications, and PostgreSQL keeps them until its queue is full.
    """
    woken = asyncio.Event()
    connection.add_termination_listener(lambda _: woken.set())
    await connection.add_listener(channel, lambda *_: woken.set())
    return woken


async def woken_or_late(woken: asyncio.Event) -> None:
    """Wait; no longer than a heartbeat, because a connection can be dead without a word."""
    with suppress(TimeoutError):
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await woken.wait()
    woken.clear()
