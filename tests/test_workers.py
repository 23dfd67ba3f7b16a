"""Workers share the jobs, outlive their connections, and give back what they cannot end."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from domain.events import Event
from jobs.registry import FOLLOWERS, Failed, Retries, follower
from jobs.running import Outcomes
from jobs.worker import Manner, working
from resolvers.context import Context
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.engines import Engines, migrated_database
from tests.handlers import doing, forget_all, put, read, status
from tests.world import World, uuid_of

JOBS_AT_ONCE = 40
LOST = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name = 'imprimatur worker' AND datname = current_database()
"""


@pytest.fixture(scope="module")
async def world(engines: Engines, settings: Settings) -> AsyncIterator[World]:
    """A world of its own: a worker does everybody's jobs."""
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        async with open_resources(own) as resources:
            yield World(resources, build_engine(own))


async def test_workers_share_the_jobs_and_do_each_once(world: World) -> None:
    done: list[int] = []
    all_done = asyncio.Event()

    async def note(ctx: Context, n: int) -> None:
        async with ctx.transaction():
            done.append(n)
        if len(done) == JOBS_AT_ONCE:
            all_done.set()

    with doing(note) as name:
        async with world.resources.own_context("r").transaction() as work:
            for n in range(JOBS_AT_ONCE):
                work.later(name, {"n": n})
        outcomes = Outcomes()
        async with working(world.resources, outcomes), working(world.resources, outcomes):
            async with asyncio.timeout(30):
                await all_done.wait()
        assert sorted(done) == list(range(JOBS_AT_ONCE))
        assert outcomes[name, "done"] == JOBS_AT_ONCE
        assert await status(world, name) == []


async def test_a_worker_that_stops_gives_back_what_does_not_end(world: World) -> None:
    begun = asyncio.Event()

    async def linger(ctx: Context) -> None:
        begun.set()
        await asyncio.Event().wait()

    with doing(linger) as name:
        await put(world, name)
        outcomes = Outcomes()
        async with working(world.resources, outcomes, Manner(grace=timedelta())):
            async with asyncio.timeout(30):
                await begun.wait()
        assert (outcomes[name, "given_back"], await status(world, name)) == (1, ["queued"])
        await forget_all(world, name)


async def test_a_worker_outlives_its_connections(world: World) -> None:
    done = asyncio.Queue[int]()

    async def note(ctx: Context, n: int) -> None:
        done.put_nowait(n)

    with doing(note) as name:
        async with working(world.resources, Outcomes()), asyncio.timeout(60):
            for n in range(3):
                await put(world, name, n=n)
                assert await done.get() == n
                assert await read(world, LOST)
    assert done.empty()


async def test_a_repeated_attempt_wakes_a_worker_when_it_is_due(world: World) -> None:
    attempts: list[int] = []
    done = asyncio.Event()

    async def fail_twice(ctx: Context) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise Failed("not yet")
        done.set()

    with doing(fail_twice, Retries(first=timedelta(milliseconds=50))) as name:
        outcomes = Outcomes()
        async with working(world.resources, outcomes), asyncio.timeout(60):
            await put(world, name)
            await done.wait()
        assert (outcomes[name, "retried"], outcomes[name, "done"]) == (2, 1)


async def test_a_worker_follows_what_happens(world: World) -> None:
    heard: list[Event] = []
    is_heard = asyncio.Event()
    name = f"test.{uuid4().hex}"

    @follower(name)
    async def follow(_: AsyncSession, events: Sequence[Event]) -> None:
        heard.extend(events)
        is_heard.set()

    person = await world.person()
    try:
        async with working(world.resources, Outcomes()), asyncio.timeout(60):
            await is_heard.wait()
    finally:
        del FOLLOWERS[name]
    assert uuid_of(person.id) in {event.entity_id for event in heard}
