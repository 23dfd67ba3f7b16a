"""Handles every event exactly once, in order, whoever dies when."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.database import Database
from db.events import Placed, after_sequence
from db.models import EventFollower
from domain.events import Event
from events.backoff import Backoff
from events.sessions import lead, listen, session, woken_or_late

log = structlog.get_logger(__name__)

CHANNEL = "imprimatur_ordered"
TOGETHER = 0.05
"""Seconds in which events gather: following many at once costs little more than following one."""

Follow = Callable[[AsyncSession, Sequence[Event]], Awaitable[None]]
"""Is given events in their order, with their positions, in the transaction that notes it.

What it writes there happens once for each event; what it does elsewhere may happen again.
"""


class UnknownKind(Exception):
    """A newer process recorded an event that only a newer process can follow."""


class Follower:
    """One of the processes follows under the name; the others wait for its place.

    A name that follows for the first time begins with the first event there is. To begin with
    those that are yet to come, its migration adds its row to `event_followers`.
    """

    def __init__(self, database: Database, name: str, follow: Follow) -> None:
        self._database, self._name, self._follow = database, name, follow

    async def run(self) -> None:
        """Follow for ever, through every failure, until cancelled.

        Where `follow` raises, nothing was done: another process, or this one, tries again.
        """
        backoff = Backoff()
        while True:
            try:
                await self._take_turn(backoff)
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be passed over
                log.warning("follower_interrupted", name=self._name, error=repr(error))
                await backoff.pause()

    async def _take_turn(self, backoff: Backoff) -> None:
        name = f"imprimatur follower {self._name}"
        async with session(self._database.url, application_name=name) as connection:
            await lead(connection, _lock(self._name))
            woken = await listen(connection, CHANNEL)
            while True:
                await self.catch_up()
                backoff.reset()
                await woken_or_late(woken)
                await asyncio.sleep(TOGETHER)
                await connection.execute("SELECT")

    async def catch_up(self) -> None:
        """Follow all there is now, and return; raises what `follow` raises."""
        while await self._step():
            pass

    async def _step(self) -> bool:
        async with self._database.transaction() as written:
            place = await self._held(written)
            placed = await after_sequence(written, place.sequence)
            known = _known(placed)
            if known:
                await self._follow(written, [event for _, event in known])
                place.sequence = known[-1][0]
        if len(known) < len(placed):
            raise UnknownKind(placed[len(known)].kind)
        return bool(placed)

    async def _held(self, written: AsyncSession) -> EventFollower:
        """How far it has come, for nobody else to change before this is committed."""
        held = select(EventFollower).where(EventFollower.name == self._name).with_for_update()
        place = await written.scalar(held)
        if place is None:
            new = insert(EventFollower).values(name=self._name, sequence=0)
            await written.execute(new.on_conflict_do_nothing())
            place = (await written.scalars(held)).one()
        return place


def _known(placed: Sequence[Placed]) -> list[tuple[int, Event]]:
    """The events up to the first of an unknown kind."""
    known: list[tuple[int, Event]] = []
    for each in placed:
        if each.event is None:
            break
        known.append((each.sequence, each.event))
    return known


def _lock(name: str) -> int:
    """The number of the advisory lock of that name."""
    digest = sha256(f"imprimatur follower {name}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)
