"""What happens, told to whoever listens in this process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from db import events as history
from db.database import Database
from db.events import Placed
from domain.errors import BadInput, PositionGone, Unavailable
from domain.events import ENDING_EVENTS, Event, EventKind
from domain.ids import OrganizationId
from events import stream
from events.backoff import Backoff
from events.subscriptions import BUFFERED, Subscription, Wanted
from events.wire import Message, concerned, decode, known

log = structlog.get_logger(__name__)

READY_SECONDS = 5.0
READERS = 4
"""Subscribers that may read history at the same time; those behind them wait."""
AT_ONCE: Final = 200
"""Subscribers that are woken before everything else in the process has its turn."""

REWOUND = "The record was restored to an earlier state; subscribe again."
NOT_READY = "Live updates are not available now; try again."

Observer = Callable[[EventKind | None], None]
"""Is told the kind of each event of every organisation and of none; None may be anything."""

Bystander = Callable[[Collection[UUID] | None], None]
"""Is told whose credentials may have ended, by the ids of users, sessions and tokens; None may be
anybody's.
"""


class Live:
    """One reader a process; each event is decoded once and handed to those it concerns.

    Events have a place in the order of all, counted without a gap. So what comes again is known,
    and what is missing too: it is read from PostgreSQL, before anything that follows it.

    Observers hear of an event before its subscribers do, and bystanders after the observers. They
    hear None where it is of a kind that this process does not know, where events may come late, and
    for all that came before.
    """

    def __init__(
        self,
        database: Database,
        redis_url: str,
        stream: str,
        *,
        buffered: int = BUFFERED,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._database = database
        self._redis_url = redis_url
        self._stream = stream
        self._buffered = buffered
        self._observers = observers
        self.bystanders: list[Bystander] = []
        self._subscribers: dict[str, set[Subscription]] = {}
        self._sequence: int | None = None
        self._ready = asyncio.Event()
        self._readers = asyncio.Semaphore(READERS)

    @property
    def heard(self) -> int:
        """The place, in the order of all events, up to which observers were told."""
        return self._sequence or 0

    async def run(self) -> None:
        """Read for ever, through every failure; cancelling ends all subscriptions.

        While Redis is away, what happens is read from PostgreSQL with every attempt to reach it.
        """
        backoff = Backoff()
        try:
            while True:
                try:
                    await self._follow(backoff)
                except (RedisError, OSError, SQLAlchemyError, Unavailable) as error:
                    self._tell(None)
                    log.warning("live_interrupted", error=repr(error))
                    await backoff.pause()
        finally:
            self._ready.clear()
            self._end_all()

    @asynccontextmanager
    async def subscribe(
        self,
        organization: OrganizationId,
        *,
        after: int | None = None,
        wanted: Wanted | None = None,
    ) -> AsyncIterator[Subscription]:
        """That organisation's events that are wanted, once, in order: every one after the
        position or, without one, every one that is committed from now on.

        Raises BadInput for a position that is yet to come, and PositionGone for one of which what
        follows is no longer kept. Iterating raises Resync for a subscriber that fell behind by
        more than the buffer. It ends when `run` does.
        """
        await self._until_ready()
        if after is not None:
            await self._check(organization, after)
        subscription = Subscription(
            partial(self._history, organization),
            buffered=self._buffered,
            after=after,
            wanted=wanted,
        )
        with self._registered(organization, subscription):
            yield subscription

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable(NOT_READY) from None

    async def _check(self, organization: OrganizationId, after: int) -> None:
        async with self._readers, self._database.read() as session:
            head = await history.head(session, organization)
        if not 0 <= after <= head.position:
            raise BadInput(f"`after` must be a position up to {head.position}, which is the last.")
        if after < head.forgotten:
            raise PositionGone(head.forgotten + 1)

    async def _history(
        self, organization: OrganizationId, position: int, most: int
    ) -> Sequence[Placed]:
        async with self._readers, self._database.read() as session:
            placed = await history.after_position(session, organization, position, most)
            if placed and placed[-1].position != position + len(placed):
                head = await history.head(session, organization)
                raise PositionGone(head.forgotten + 1)
        return placed

    @contextmanager
    def _registered(
        self, organization: OrganizationId, subscription: Subscription
    ) -> Iterator[None]:
        together = self._subscribers.setdefault(str(organization), set())
        together.add(subscription)
        try:
            yield
        finally:
            together.discard(subscription)
            if not together:
                self._subscribers.pop(str(organization), None)

    async def _follow(self, backoff: Backoff) -> None:
        await self._catch_up()
        self._ready.set()
        async with stream.connect(self._redis_url) as redis:
            while True:
                messages = await stream.read(redis, self._stream, self._sequence or 0)
                for message in messages:
                    await self._take(message)
                backoff.reset()
                if not messages and await stream.newest(redis, self._stream) != self._sequence:
                    await self._catch_up()

    async def _take(self, message: Message) -> None:
        if message.sequence > (self._sequence or 0) + 1:
            await self._catch_up()
        if message.sequence <= (self._sequence or 0):
            return
        self._sequence = message.sequence
        if self._tell(message.kind) in ENDING_EVENTS:
            self._tell_bystanders(concerned(message))
        if message.organization_id not in self._subscribers:
            return
        try:
            event = decode(message)
        except ValueError:
            log.warning("live_unknown_event", kind=message.kind)
            return
        await self._deliver(message.organization_id, event)

    async def _catch_up(self) -> None:
        """Deliver all that has a place and was not delivered; at first, all is to come yet."""
        async with self._database.read() as session:
            last = await history.last_sequence(session)
        place = self._place(last)
        while place < last:
            async with self._database.read() as session:
                placed = await history.after_sequence(session, place)
            for each in placed:
                await self._give(each)
            # Where there is nothing between, the events were forgotten.
            place = self._sequence = placed[-1].sequence if placed else last

    async def _give(self, placed: Placed) -> None:
        self._sequence = placed.sequence
        kind, event = self._tell(placed.kind), placed.event
        if event is not None:
            if kind in ENDING_EVENTS:
                self._tell_bystanders((event.entity_id, event.subject_id))
            await self._deliver(str(placed.organization_id), event)

    def _place(self, last: int) -> int:
        """How far events were delivered, where all there are end with the last."""
        if self._sequence is not None and last < self._sequence:
            log.warning("live_rewound", sequence=self._sequence, last=last)
            self._end_all(REWOUND)
        if self._sequence is None or last < self._sequence:
            self._sequence = last
            self._tell(None)
        return self._sequence

    async def _deliver(self, organization: str, event: Event) -> None:
        woken = 0
        for subscriber in tuple(self._subscribers.get(organization, ())):
            woken += subscriber.deliver(event)
            if woken == AT_ONCE:
                woken = 0
                await asyncio.sleep(0)

    def _tell(self, kind: str | None) -> EventKind | None:
        """The kind as it was told."""
        told = None if kind is None else known(kind)
        for observer in self._observers:
            observer(told)
        if told is None:
            self._tell_bystanders(None)
        return told

    def _tell_bystanders(self, ids: Collection[UUID] | None) -> None:
        for bystander in self.bystanders:
            bystander(ids)

    def _end_all(self, reason: str | None = None) -> None:
        for together in self._subscribers.values():
            for subscription in together:
                subscription.end(reason)
