"""What is to be done later is put on the queue if, and when, what asked for it was committed."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from db import loaders
from domain.errors import NotFound
from jobs import schedules
from jobs.registry import JOBS, SCHEDULES, scheduled
from tests.handlers import Noted, doing, forget_all
from tests.jobs import run_jobs, waiting
from tests.world import World, uuid_of


async def test_a_job_is_on_the_queue_if_and_only_if_its_transaction_was_committed(
    world: World,
) -> None:
    with doing(Noted()) as name:
        ctx = world.resources.own_context("r")
        with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what is tested
            async with ctx.transaction() as work:
                work.later(name, {"n": 1})
                raise ZeroDivisionError
        assert await waiting(world, names=[name]) == []
        async with ctx.transaction() as work:
            work.later(name, {"n": 2})
        [one] = await waiting(world, names=[name])
        assert one.payload == {"n": 2}


async def test_what_is_due_is_done_with_its_payload(world: World) -> None:
    noted = Noted()
    with doing(noted) as name:
        async with world.resources.own_context("r").transaction() as work:
            work.later(name, {"n": 1})
            work.later(name, {"n": 2}, at=datetime.now(UTC) + timedelta(days=1))
        assert await run_jobs(world, names=[name]) == [name]
        assert noted.payloads == [{"n": 1}]
        assert await run_jobs(world, datetime.now(UTC) + timedelta(days=2), names=[name]) == [name]
        assert noted.payloads == [{"n": 1}, {"n": 2}]


async def test_a_job_takes_the_place_of_the_one_that_waits_under_its_key(world: World) -> None:
    noted = Noted()
    with doing(noted) as name:
        ctx, key = world.resources.own_context("r"), uuid4().hex
        for n in (1, 2):
            async with ctx.transaction() as work:
                work.later(name, {"n": n}, key=key)
                work.later(name, {"n": n + 10}, key=key)
        assert [each.payload for each in await waiting(world, names=[name])] == [{"n": 12}]
        async with ctx.transaction() as work:
            work.later(name, {"n": 13}, key=key)
            work.never_mind(key)
        assert await waiting(world, names=[name]) == []


async def test_two_at_once_leave_one_job_under_their_key(world: World) -> None:
    with doing(Noted()) as name:
        ctx, key = world.resources.own_context("r"), uuid4().hex

        async def put(n: int) -> None:
            async with ctx.transaction() as work:
                work.later(name, {"n": n}, key=key)

        await asyncio.gather(*(put(n) for n in range(8)))
        assert len(await waiting(world, names=[name])) == 1


async def test_a_moment_is_kept_to_the_microsecond(world: World) -> None:
    with doing(Noted()) as name:
        at = datetime.now(UTC) + timedelta(days=400)
        async with world.resources.own_context("r").transaction() as work:
            work.later(name, {}, at=at)
        [one] = await waiting(world, names=[name])
        assert one.at == at
        await forget_all(world, name)


async def test_what_is_scheduled_is_queued_once_a_moment(world: World) -> None:
    database = world.resources.database
    name = f"test.{uuid4().hex}"
    scheduled("30 4 * * *", name)(Noted())
    try:
        day = datetime(2031, 5, 1, 4, 31, tzinfo=UTC)
        assert name not in await schedules.put_due(database, day)
        assert name not in await schedules.put_due(database, day + timedelta(hours=23))
        both = await asyncio.gather(
            *(schedules.put_due(database, day + timedelta(days=3)) for _ in range(4))
        )
        assert [names.count(name) for names in both].count(1) == 1
        assert len(await waiting(world, names=[name])) == 1
    finally:
        del JOBS[name], SCHEDULES[name]
    await forget_all(world, name)


async def test_the_server_itself_may_change_what_nobody_may(world: World) -> None:
    place = await world.organization()
    template = uuid_of((await place.template())["id"])
    async with world.resources.own_context("r").transaction() as work:
        assert (await work.lock(loaders.templates, template, at="id")).id == template
        assert work.actor.user_id is None
    nobody = await world.context()
    with pytest.raises(NotFound):
        async with nobody.transaction() as work:
            await work.lock(loaders.templates, template, at="id")
