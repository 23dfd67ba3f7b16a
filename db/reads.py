"""Reading: single statements on connections that are kept for it."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import asyncpg
import orjson
from asyncpg.exceptions import (
    AdminShutdownError,
    CannotConnectNowError,
    CrashShutdownError,
    InterfaceError,
    InternalClientError,
    PostgresConnectionError,
    TooManyConnectionsError,
)
from sqlalchemy.engine import make_url

from db.rows import DIALECT
from db.statements import Statement
from domain.errors import Unavailable

PATIENCE = 10.0
"""Seconds that a read waits for a connection."""
PREPARED = 250
"""Statements that a connection keeps prepared; each holds memory in the server too."""

UNREACHABLE = "The database cannot be reached now; try again in a moment."
AWAY = (
    AdminShutdownError,
    CannotConnectNowError,
    CrashShutdownError,
    InterfaceError,
    InternalClientError,
    PostgresConnectionError,
    TooManyConnectionsError,
)


class Reads:
    """Up to `size` connections to one database, opened when they are needed.

    A statement is sent outside any transaction. `observers` are told the SQL of each.
    """

    def __init__(self, url: str, size: int) -> None:
        self.observers: list[Callable[[str], None]] = []
        self._options = {
            "timeout": PATIENCE,
            "statement_cache_size": PREPARED,
            **connection_options(url),
            "max_cached_statement_lifetime": 0,
            "max_cacheable_statement_size": 0,
        }
        self._idle: list[asyncpg.Connection] = []
        self._free = asyncio.Semaphore(size)
        self._closed = False

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        """What the statement finds; raises `Unavailable` where PostgreSQL cannot be reached.

        Who is cancelled while waiting stops the statement.
        """
        for tell in self.observers:
            tell(statement.sql)
        try:
            connection = await self._taken()
            try:
                return await connection.fetch(
                    statement.sql, *statement.arguments(values), record_class=statement.record
                )
            except (InterfaceError, InternalClientError) as error:
                if not _is_lost(connection, error):
                    raise
                raise Unavailable(UNREACHABLE) from error
            finally:
                self._give_back(connection)
        except (OSError, *AWAY) as error:
            raise Unavailable(UNREACHABLE) from error

    async def close(self) -> None:
        """Close what is idle now; what is in use is closed as soon as it is not."""
        self._closed = True
        idle, self._idle = self._idle, []
        closing = [connection.close(timeout=PATIENCE) for connection in idle]
        await asyncio.gather(*closing, return_exceptions=True)

    async def _taken(self) -> asyncpg.Connection:
        # asyncpg's own pool starts a task to take each connection back; that costs as much
        # as a read.
        if self._free.locked():
            async with asyncio.timeout(PATIENCE):
                await self._free.acquire()
        else:
            await self._free.acquire()
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        try:
            return await self._opened()
        except BaseException:
            self._free.release()
            raise

    def _give_back(self, connection: asyncpg.Connection) -> None:
        # Where a statement is still being stopped, asyncpg lets the next one wait for that.
        if self._closed:
            connection.terminate()
        elif not connection.is_closed():
            self._idle.append(connection)
        self._free.release()

    async def _opened(self) -> asyncpg.Connection:
        connection: asyncpg.Connection = await asyncpg.connect(**self._options)
        try:
            await connection.execute(_PLANS_ARE_KEPT)
            for name, encode, decode in _JSON:
                await connection.set_type_codec(
                    name, encoder=encode, decoder=decode, schema="pg_catalog", format="binary"
                )
        except BaseException:
            connection.terminate()
            raise
        return connection


class Within(Reads):
    """Reads in a transaction of somebody else's, one after the other."""

    def __init__(
        self, connection: asyncpg.Connection, observers: list[Callable[[str], None]]
    ) -> None:
        self.observers = observers
        self._connection = connection
        self._turn = asyncio.Lock()

    async def rows(self, statement: Statement, values: Mapping[str, Any]) -> list[Any]:
        for tell in self.observers:
            tell(statement.sql)
        async with self._turn:
            found: list[Any] = await self._connection.fetch(
                statement.sql, *statement.arguments(values), record_class=statement.record
            )
        return found


def _is_lost(connection: asyncpg.Connection, error: Exception) -> bool:
    """Whether the error means that the connection can no longer be used."""
    if isinstance(error, InternalClientError):
        # The server said goodbye while nobody was listening, and has not hung up yet.
        connection.terminate()
    return connection.is_closed()


# Otherwise most statements are planned each time, which costs more than running them does: what
# differs between two calls, such as the number of keys, makes no difference to the best plan.
_PLANS_ARE_KEPT = "SET plan_cache_mode = force_generic_plan"

# PostgreSQL puts the number of a format before a jsonb.
_JSON: list[tuple[str, Callable[[str], bytes], Callable[[bytes], Any]]] = [
    ("json", str.encode, orjson.loads),
    ("jsonb", lambda text: b"\x01" + text.encode(), lambda raw: orjson.loads(raw[1:])),
]


def connection_options(url: str) -> dict[str, Any]:
    """What asyncpg is to be told of the database of an SQLAlchemy URL."""
    _, options = DIALECT.create_connect_args(make_url(url))  # type: ignore[no-untyped-call] # SQLAlchemy has no type for it
    kept = options.pop("prepared_statement_cache_size", None)
    return options if kept is None else {**options, "statement_cache_size": kept}
