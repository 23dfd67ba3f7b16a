"""What happens, told to whoever listens in this process."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

import structlog
from redis.exceptions import RedisError

from domain.errors import Unavailable
from domain.events import Event, EventKind
from domain.ids import OrganizationId
from events import stream
from events.backoff import Backoff
from events.wire import Message, decode

log = structlog.get_logger(__name__)

BUFFERED = 1_000
REMEMBERED = 10_000
READY_SECONDS = 5.0

FELL_BEHIND = "This subscription fell behind; subscribe again."
MISSED = "Events may have been missed; subscribe again."
NOT_READY = "Live updates are not available now; try again."

Observer = Callable[[EventKind | None], None]
"""Is told the kind of each event of every organisation and of none; None may be anything."""


class Subscription:
    """One subscriber's events: `async for` takes them, and ends after the last one."""

    def __init__(self, buffered: int) -> None:
        self._buffered = buffered
        self._events: deque[Event] = deque()
        self._ended = False
        self._reason: str | None = None
        self._changed = asyncio.Event()

    def deliver(self, event: Event) -> None:
        """Add an event, unless the subscription has ended; one too many ends it."""
        if self._ended:
            return
        if len(self._events) == self._buffered:
            self.end(FELL_BEHIND)
        else:
            self._events.append(event)
            self._changed.set()

    def end(self, reason: str | None = None) -> None:
        """Let the iteration end after what is buffered; with a reason, by raising Unavailable."""
        if not self._ended:
            self._ended, self._reason = True, reason
            self._changed.set()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        while not self._events:
            if self._ended:
                raise Unavailable(self._reason) if self._reason else StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        return self._events.popleft()


class Recent:
    """The ids of the latest messages, to know one that comes again."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def first_time(self, event_id: str) -> bool:
        if event_id in self._ids:
            return False
        self._ids[event_id] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
        return True


class Live:
    """One reader a process; each event is decoded once and handed to those it concerns.

    Observers hear of an event before its subscribers do. They hear None where it is of a kind
    that this process does not know, where events were missed, and where they may come late.
    """

    def __init__(
        self,
        redis_url: str,
        stream: str,
        *,
        buffered: int = BUFFERED,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._redis_url = redis_url
        self._stream = stream
        self._buffered = buffered
        self._observers = observers
        self._subscribers: dict[str, set[Subscription]] = {}
        self._recent = Recent()
        self._ready = asyncio.Event()

    async def run(self) -> None:
        """Read for ever, through every failure of Redis; cancelling ends all subscriptions."""
        backoff = Backoff()
        try:
            async with stream.connect(self._redis_url) as redis:
                reader = stream.Reader(redis, self._stream)
                while True:
                    try:
                        await self._follow(reader, backoff)
                    except stream.Missed:
                        self._tell(None)
                        self._end_all(MISSED)
                    except (RedisError, OSError) as error:
                        self._tell(None)
                        log.warning("live_interrupted", error=repr(error))
                        await backoff.pause()
        finally:
            self._ready.clear()
            self._end_all()

    @asynccontextmanager
    async def subscribe(self, organization: OrganizationId) -> AsyncIterator[AsyncIterator[Event]]:
        """That organisation's events: every one that is committed from now on, once, in order.

        Iterating raises Unavailable once there is something it cannot give: the subscriber
        fell behind by more than the buffer, or Redis lost messages. It ends when `run` does.
        """
        await self._until_ready()
        with self._registered(str(organization)) as subscription:
            yield subscription

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise Unavailable(NOT_READY) from None

    @contextmanager
    def _registered(self, organization: str) -> Iterator[Subscription]:
        subscription = Subscription(self._buffered)
        together = self._subscribers.setdefault(organization, set())
        together.add(subscription)
        try:
            yield subscription
        finally:
            together.discard(subscription)
            if not together:
                self._subscribers.pop(organization, None)

    async def _follow(self, reader: stream.Reader, backoff: Backoff) -> None:
        await reader.resume()
        backoff.reset()
        self._ready.set()
        while True:
            for message in await reader.next():
                self._dispatch(message)

    def _dispatch(self, message: Message) -> None:
        if not self._recent.first_time(message.event_id):
            return
        self._tell(_kind(message))
        subscribers = self._subscribers.get(message.organization_id)
        if not subscribers:
            return
        try:
            event = decode(message)
        except ValueError:
            log.warning("live_unknown_event", event_id=message.event_id)
            return
        for subscriber in subscribers:
            subscriber.deliver(event)

    def _tell(self, kind: EventKind | None) -> None:
        for observer in self._observers:
            observer(kind)

    def _end_all(self, reason: str | None = None) -> None:
        for together in self._subscribers.values():
            for subscription in together:
                subscription.end(reason)


def _kind(message: Message) -> EventKind | None:
    try:
        return EventKind(message.kind)
    except ValueError:
        return None
