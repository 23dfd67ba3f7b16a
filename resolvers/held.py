"""A transaction that is held open beyond the use case that works in it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from db.database import Database
from db.reads import Reads, Within
from domain.events import Event
from resolvers.caller import Caller

Concluding = Callable[[AsyncSession], Awaitable[None]]
"""What is done in a transaction last, before it is committed."""


class Held:
    """What the use cases of a request work in, where one of them is repeatable or a trial.

    While there is a `session`, transactions join it, and what is read includes what it wrote.
    """

    def __init__(self) -> None:
        self.session: AsyncSession | None = None
        self.reads: Reads | None = None
        self.events: list[Event] = []
        self.is_done = False
        """Whether the latest use case came to the end of its own transaction."""

        self._trial: AsyncExitStack | None = None

    @asynccontextmanager
    async def transaction(self, database: Database) -> AsyncIterator[AsyncSession]:
        """Committed at the end of the block, whatever joined it; undone where that raises."""
        try:
            async with database.transaction() as session:
                self.session, self.reads = session, await _reads(session, database)
                self.events, self.is_done = [], False
                yield session
        finally:
            self.session = self.reads = None

    @property
    def is_trial(self) -> bool:
        """Whether nothing of what is done is kept."""
        return self._trial is not None

    async def begin_trial(self, database: Database, caller: Caller) -> AsyncSession:
        """Everything is joined and nothing kept until `end_trial`."""
        stack = AsyncExitStack()
        stack.callback(caller.become, caller.actor)
        session = await stack.enter_async_context(self._undone(database))
        self._trial = stack
        return session

    async def end_trial(self) -> None:
        """Undo what was tried, if anything was; everybody is again who they were."""
        trial, self._trial = self._trial, None
        if trial is not None:
            await trial.aclose()

    @asynccontextmanager
    async def _undone(self, database: Database) -> AsyncIterator[AsyncSession]:
        async with self.transaction(database) as session:
            yield session
            await session.rollback()


async def _reads(session: AsyncSession, database: Database) -> Reads:
    raw = await (await session.connection()).get_raw_connection()
    connection: Any = raw.driver_connection
    return Within(connection, database.primary.observers)
