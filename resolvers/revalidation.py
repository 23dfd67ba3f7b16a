"""What a process remembers is confirmed again and again, so that it may go on remembering it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from auth.keyring import Keyring
from db.revalidation import Unheard, unheard
from domain.errors import Unavailable
from events.backoff import Backoff
from events.live import Live
from events.sessions import session
from resolvers.actors import Actors

log = structlog.get_logger(__name__)

PERIOD = 0.3
"""Seconds between two questions; three of them may fail before anybody has to be read anew."""
PATIENCE = 0.5
ENDLESS = 2**63 - 1
INTERRUPTIONS = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    Unavailable,
)


class Revalidation:
    """Asks the primary what was committed that this process has not heard of.

    If that changes what somebody may do, everybody is forgotten. Either way, all that is
    remembered afterwards is as it was when the question was asked, whatever became of Redis or of
    the relay: nobody has to be waited for. Events make the process forget sooner, within
    milliseconds. It asks on a connection of its own, behind no request's statement.
    """

    def __init__(self, database_url: str, live: Live, actors: Actors, keyring: Keyring) -> None:
        self._database_url = database_url
        self._live, self._actors, self._keyring = live, actors, keyring
        self._confirmed = ENDLESS
        """Up to here in the order of all events, everything was heard or asked for; but nothing
        before the first question, after which everybody is forgotten.
        """

    async def run(self) -> None:
        """Go on for ever, through every failure."""
        backoff = Backoff()
        while True:
            try:
                await self._ask_on(backoff)
            except INTERRUPTIONS as error:
                log.warning("revalidation_interrupted", error=repr(error))
                await backoff.pause()

    async def _ask_on(self, backoff: Backoff) -> None:
        async with session(
            self._database_url, application_name="imprimatur revalidation"
        ) as connection:
            while True:
                asked_at = self._actors.clock()
                await self.ask(connection)
                backoff.reset()
                # As long as it takes, so that a slow database is not asked all the time.
                await asyncio.sleep(max(PERIOD, self._actors.clock() - asked_at))

    async def ask(self, connection: asyncpg.Connection) -> None:
        """Confirm what is remembered, or forget it."""
        asked_at = self._actors.clock()
        heard = max(self._confirmed, self._live.heard)
        found = await unheard(connection, heard, PATIENCE)
        self._take_note(found, heard, asked_at)
        if found.keys != self._keyring.times():
            await self._keyring.read()

    def _take_note(self, found: Unheard, heard: int, asked_at: float) -> None:
        # The order never ends sooner than it did, unless the database was restored.
        if found.changes_rights or found.last < heard:
            self._actors.forget()
        self._confirmed = found.last
        self._actors.confirmed(asked_at)


@asynccontextmanager
async def revalidating(
    database_url: str, live: Live, actors: Actors, keyring: Keyring
) -> AsyncIterator[None]:
    """What the process remembers is confirmed until the context is left."""
    task = asyncio.create_task(Revalidation(database_url, live, actors, keyring).run())
    task.add_done_callback(_tell_if_broken)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _tell_if_broken(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.critical("revalidation_broken", exc_info=error)
