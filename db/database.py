"""The connection to PostgreSQL: short reads, and transactions that write."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import orjson
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionToSpare
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from db.reads import AWAY, UNREACHABLE, Reads
from domain.errors import Unavailable

APART = 2
"""Connections for transactions that are made beside others; they are short."""


@contextmanager
def _reachable() -> Iterator[None]:
    """Raises `Unavailable` where PostgreSQL cannot be reached, or has no connection to spare."""
    try:
        yield
    except (OSError, NoConnectionToSpare, *AWAY) as error:
        raise Unavailable(UNREACHABLE) from error
    except DBAPIError as error:
        if not (error.connection_invalidated or isinstance(error.driver_exception, AWAY)):
            raise
        raise Unavailable(UNREACHABLE) from error


def _to_json(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """Connections to one database (`postgresql+asyncpg://…`), opened when they are needed.

    Up to `pool_size` of them serve transactions, and as many again `primary`, which reads what
    was written last. `replica` reads what was written a moment ago, from `replica_url` where
    there is one. Another `APART` serve what must not wait for the transactions.
    """

    def __init__(self, url: str, *, replica_url: str | None = None, pool_size: int = 10) -> None:
        self.url = url
        self.primary = Reads(url, pool_size)
        self.replica = Reads(replica_url, pool_size) if replica_url else self.primary
        self.engine, self.aside = _engine(url, pool_size), _engine(url, APART)
        # A single statement needs no transaction of its own: that saves two round trips.
        reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._read = async_sessionmaker(reading, expire_on_commit=False)
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)
        self._apart = async_sessionmaker(self.aside, expire_on_commit=False)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session for one batch of reading; close it before waiting for anything else."""
        with _reachable():
            async with self._read() as session:
                yield session

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed whole, or not at all when the block raises."""
        with _reachable():
            async with self._write() as session, session.begin():
                yield session

    @asynccontextmanager
    async def apart(self) -> AsyncIterator[AsyncSession]:
        """As `transaction`, also within one: it never waits for a connection that one holds."""
        with _reachable():
            async with self._apart() as session, session.begin():
                yield session

    async def close(self) -> None:
        await self.replica.close()
        await self.primary.close()
        await self.engine.dispose()
        await self.aside.dispose()


def _engine(url: str, connections: int) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
    )
