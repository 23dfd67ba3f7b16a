"""What the tests of the spine have in common: events to record, and conditions to wait for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from db.database import Database
from db.models import new_id, now
from domain.events import Event, EventKind
from domain.ids import OrganizationId, UserId
from events import outbox
from events.live import Live
from events.relay import LEADERSHIP, ORDERS, Relay
from events.sessions import session
from events.spine import stream_of
from events.stream import newest
from events.subscriptions import BUFFERED
from tests.engines import Engines, connected, migrated_database

DEADLINE = 10  # seconds
# The leader's session, or those that wait to be it, in the database that is asked.
QUEUE = """
    SELECT {} FROM pg_locks
    WHERE locktype = 'advisory' AND objid = {} AND granted = {}
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


# As a process of a later release would.
NEWER = """
    INSERT INTO events (id, occurred_at, kind, entity, entity_id, subject_id, organization_id)
    VALUES ($1, now(), 'TEMPLATE_TRANSLATED', 'Template', $1, $1, $2)
"""


def an_event(organization: OrganizationId | None, **changed: Any) -> Event:
    """A comment on a template, as a use case would record it."""
    facts: dict[str, Any] = {
        "id": new_id(),
        "kind": EventKind.COMMENT_ADDED,
        "entity": "Comment",
        "entity_id": new_id(),
        "subject_id": new_id(),
        "organization_id": organization,
        "actor_id": UserId(new_id()),
        "occurred_at": now(),
        "before": None,
        "after": {"body": "Größe of the headline: 24 px, please.", "edited": False},
        "request_id": "0197a2-7",
        "ip": "2001:db8::7",
    }
    return Event(**(facts | changed))


def an_organization() -> OrganizationId:
    return OrganizationId(new_id())


@dataclass(frozen=True, slots=True)
class Site:
    """A database of the test's own, and the bus that goes with it."""

    database: Database
    redis_url: str

    @property
    def stream(self) -> str:
        return stream_of(self.database.url)

    def relay(self) -> Relay:
        return Relay(self.database.url, self.redis_url, self.stream)

    def live(self, buffered: int = BUFFERED) -> Live:
        return Live(self.database, self.redis_url, self.stream, buffered=buffered)

    async def clear(self) -> None:
        """Forget everything, as if nothing had ever happened here."""
        async with connected(self.database.url) as connection:
            # Past the triggers that keep what happened for ever.
            await connection.execute("SET session_replication_role = replica")
            await connection.execute(
                "TRUNCATE outbox, events, event_positions, event_heads, event_followers"
            )
        async with Redis.from_url(self.redis_url) as redis:
            await redis.delete(self.stream)

    async def record(self, *events: Event) -> list[UUID]:
        """Record them in one transaction; their ids."""
        async with self.database.transaction() as session:
            for event in events:
                outbox.record(session, event)
        return [event.id for event in events]

    async def ask(self, query: str) -> Any:
        async with connected(self.database.url) as connection:
            return await connection.fetchval(query)

    async def leader(self) -> int | None:
        """The process id of the leading relay's connection."""
        pid: int | None = await self.ask(QUEUE.format("pid", LEADERSHIP, True))
        return pid

    async def followers(self) -> int:
        return int(await self.ask(QUEUE.format("count(*)", LEADERSHIP, False)))

    async def is_ordered(self) -> bool:
        return int(await self.ask("SELECT count(*) FROM outbox")) == 0

    async def is_published(self) -> bool:
        """Whether all has its place, and is in the stream."""
        if not await self.is_ordered():
            return False
        last = int(await self.ask("SELECT coalesce(max(sequence), 0) FROM event_positions"))
        async with Redis.from_url(self.redis_url) as redis:
            return await newest(redis, self.stream) == last


@asynccontextmanager
async def a_site(engines: Engines, redis_url: str) -> AsyncIterator[Site]:
    async with migrated_database(engines) as url:
        database = Database(url)
        yield Site(database, redis_url)
        await database.close()


@pytest.fixture(scope="module")
async def standing_site(engines: Engines, redis_url: str) -> AsyncIterator[Site]:
    async with a_site(engines, redis_url) as site:
        yield site


@pytest.fixture
async def site(standing_site: Site) -> Site:
    """A database and a bus on which nothing has happened yet; a module's tests share them."""
    await standing_site.clear()
    return standing_site


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """A task that is cancelled, and has to end by that, when the block is left."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            async with asyncio.timeout(DEADLINE):
                await task


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await condition():  # noqa: ASYNC110 - a condition elsewhere
            await asyncio.sleep(0.01)


async def next_ids(events: AsyncIterator[Event], count: int) -> list[UUID]:
    async with asyncio.timeout(DEADLINE):
        return [(await anext(events)).id for _ in range(count)]


async def terminate(site: Site, pid: int | None) -> None:
    """End that session of PostgreSQL's, as a restart or a broken network would."""
    async with connected(site.database.url) as connection:
        assert await connection.fetchval("SELECT pg_terminate_backend($1)", pid)


async def cut_readers(site: Site) -> None:
    """End the connections on which this worker's processes read their streams."""
    async with Redis.from_url(site.redis_url) as redis:
        clients: list[dict[str, Any]] = await redis.client_list()
        here = (await redis.client_info())["db"]
        for client in clients:
            if client["db"] == str(here) and client["cmd"] == "xread":
                await redis.client_kill_filter(_id=client["id"])


@asynccontextmanager
async def leading(site: Site) -> AsyncIterator[asyncpg.Connection]:
    """A session like that of the relay that leads, where none does."""
    async with session(site.database.url, **ORDERS) as connection:
        yield connection
