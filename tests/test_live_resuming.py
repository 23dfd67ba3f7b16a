"""Whoever resumes after a position hears exactly the rest: nothing lost, nothing twice, in order,
wherever it was interrupted and whatever went away meanwhile.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from redis.asyncio import Redis

from db.events import PAGE
from domain.errors import Resync
from domain.events import Event, EventKind
from domain.ids import OrganizationId
from events import live as live_module
from events import stream
from events.live import Live
from events.spine import running
from server.embedded import embedded_engines
from server.settings import Settings
from tests.spine import (
    DEADLINE,
    Site,
    an_event,
    an_organization,
    cut_readers,
    in_background,
    next_ids,
    terminate,
    until,
)


@pytest.fixture
async def live(site: Site) -> AsyncIterator[Live]:
    async with running(site.database, site.redis_url) as live:
        yield live


async def happened(site: Site, organization: OrganizationId, count: int) -> list[UUID]:
    """Events that have their places, in the order of these."""
    ids = await site.record(*(an_event(organization) for _ in range(count)))
    await until(site.is_published)
    return ids


@pytest.mark.parametrize("after", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE + 3])
async def test_what_followed_the_position_comes_first_and_then_what_happens(
    site: Site, live: Live, after: int
) -> None:
    organization = an_organization()
    ids = await happened(site, organization, 2 * PAGE + 3)
    async with live.subscribe(organization, after=after) as events:
        ids += await site.record(an_event(organization), an_event(organization))
        assert await next_ids(events, len(ids) - after) == ids[after:]


async def test_what_is_not_wanted_is_passed_over_before_and_after(site: Site, live: Live) -> None:
    organization = an_organization()
    kinds = [EventKind.STEP_DECIDED, EventKind.COMMENT_ADDED] * PAGE
    await site.record(*(an_event(organization, kind=kind) for kind in kinds))
    await until(site.is_published)
    wanted = await site.record(an_event(organization, kind=EventKind.COMMENT_DELETED))
    await until(site.is_published)
    async with live.subscribe(
        organization, after=0, wanted=lambda event: event.kind is EventKind.COMMENT_DELETED
    ) as events:
        await site.record(an_event(organization))
        wanted += await site.record(an_event(organization, kind=EventKind.COMMENT_DELETED))
        assert await next_ids(events, 2) == wanted


async def _until_broken(events: AsyncIterator[Event], dice: random.Random) -> list[Event]:
    """Some of the events, until a moment that nobody chose."""
    taken: list[Event] = []
    for _ in range(dice.randint(0, 40)):
        try:
            async with asyncio.timeout(dice.choice([0, 0.001, 0.05, DEADLINE])):
                taken.append(await anext(events))
        except TimeoutError:
            break
    return taken


@pytest.mark.parametrize("seed", range(8))
async def test_over_any_number_of_interruptions_exactly_what_was_committed_arrives_in_order(
    site: Site, live: Live, seed: int
) -> None:
    organization, dice, heard = an_organization(), random.Random(seed), list[Event]()  # noqa: S311 - no secret

    async def write() -> None:
        for _ in range(60):
            several = [an_event(organization) for _ in range(dice.randint(1, 8))]
            await site.record(an_event(an_organization()), *several)

    async with in_background(write()) as writing:
        while not (writing.done() and await _is_all(site, organization, heard)):
            after = heard[-1].position if heard else 0
            async with live.subscribe(organization, after=after) as events:
                heard += await _until_broken(events, dice)
    assert [event.position for event in heard] == list(range(1, len(heard) + 1))


async def _is_all(site: Site, organization: OrganizationId, heard: list[Event]) -> bool:
    count = await site.ask(f"SELECT count(*) FROM events WHERE organization_id = '{organization}'")  # noqa: S608 - a UUID
    return len(heard) == count and await site.is_ordered()


async def test_it_goes_on_whatever_dies_while_events_are_recorded(site: Site, live: Live) -> None:
    organization = an_organization()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(site.database, site.redis_url))
        begun = await stack.enter_async_context(live.subscribe(organization))
        resumed = await stack.enter_async_context(live.subscribe(organization, after=0))
        redis = await stack.enter_async_context(Redis.from_url(site.redis_url))
        ids = []
        for turn in range(15):
            ids += await site.record(an_event(organization), an_event(organization))
            if turn % 3 == 0:
                await until(site.leader)
                await terminate(site, await site.leader())
            elif turn % 3 == 1:
                await redis.delete(site.stream)
            else:
                await cut_readers(site)
        assert await next_ids(begun, 30) == ids
        assert await next_ids(resumed, 30) == ids


async def _take_all(events: AsyncIterator[Event], taken: list[UUID]) -> None:
    async for event in events:
        taken.append(event.id)  # noqa: PERF401 - what was taken before it ended counts


async def test_a_slow_subscriber_that_resumes_where_it_is_told_misses_nothing(site: Site) -> None:
    organization, live, taken = an_organization(), site.live(buffered=5), list[UUID]()
    async with in_background(live.run()), in_background(site.relay().run()):
        async with live.subscribe(organization, after=0) as slow:
            ids = await site.record(an_event(organization))
            taken += await next_ids(slow, 1)
            ids += await happened(site, organization, 50)
            with pytest.raises(Resync) as ended:
                await _take_all(slow, taken)
        after = ended.value.details["position"]
        assert taken == ids[:after]
        async with live.subscribe(organization, after=after) as events:
            assert await next_ids(events, len(ids) - after) == ids[after:]


async def test_a_replay_that_is_read_slowly_is_not_ended_by_what_happens_meanwhile(
    site: Site,
) -> None:
    organization, live = an_organization(), site.live(buffered=5)
    async with in_background(live.run()), in_background(site.relay().run()):
        ids = await happened(site, organization, PAGE + 1)
        async with live.subscribe(organization, after=0) as events:
            first = await next_ids(events, 1)
            ids += await happened(site, organization, 20)
            assert first + await next_ids(events, len(ids) - 1) == ids


async def test_while_redis_is_down_what_happens_arrives_all_the_same(
    site: Site, tmp_path: Path
) -> None:
    without_redis = Settings(data_dir=tmp_path, database_url=site.database.url, redis_url=None)
    organization = an_organization()
    async with AsyncExitStack() as stack:
        with embedded_engines(without_redis) as settings:
            site = replace(site, redis_url=str(settings.redis_url))
            live = await stack.enter_async_context(running(site.database, site.redis_url))
            events = await stack.enter_async_context(live.subscribe(organization))
            ids = await site.record(an_event(organization))
            assert await next_ids(events, 1) == ids
        during = await site.record(an_event(organization), an_event(organization))
        assert await next_ids(events, 2) == during
        later = await stack.enter_async_context(live.subscribe(organization, after=1))
        assert await next_ids(later, 2) == during
        with embedded_engines(without_redis):
            after = await site.record(an_event(organization))
            assert await next_ids(events, 1) == after
            assert await next_ids(later, 1) == after


async def test_while_redis_hangs_what_happens_arrives_when_that_is_noticed(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK_SECONDS", 1)
    monkeypatch.setattr(stream, "TIMEOUT_SECONDS", 0.2)
    without_redis = Settings(data_dir=tmp_path, database_url=site.database.url, redis_url=None)
    organization = an_organization()
    with embedded_engines(without_redis) as settings:
        site = replace(site, redis_url=str(settings.redis_url))
        async with (
            running(site.database, site.redis_url) as live,
            live.subscribe(organization) as events,
            Redis.from_url(site.redis_url) as redis,
        ):
            ids = await happened(site, organization, 1)
            await redis.client_pause(3_000)
            ids += await site.record(an_event(organization), an_event(organization))
            assert await next_ids(events, 3) == ids
            await redis.client_unpause()
            ids += await site.record(an_event(organization))
            assert await next_ids(events, 1) == ids[3:]


async def test_thousands_are_woken_in_turns_in_which_others_have_theirs(
    site: Site, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "AT_ONCE", 10)
    organization, turns, woken = an_organization(), list[int](), [0]

    async def wake(events: AsyncIterator[Event]) -> None:
        await anext(events)
        woken[0] += 1

    async def watch() -> None:
        while woken[0] < 100:
            turns.append(woken[0])
            await asyncio.sleep(0)

    async with AsyncExitStack() as stack:
        subscriptions = [
            await stack.enter_async_context(live.subscribe(organization)) for _ in range(100)
        ]
        tasks = [asyncio.create_task(wake(each)) for each in subscriptions]
        watching = asyncio.create_task(watch())
        await site.record(an_event(organization))
        await asyncio.gather(*tasks, watching)
    assert max(later - earlier for earlier, later in pairwise(turns)) <= 10


async def test_a_database_that_was_restored_to_an_earlier_state_ends_what_was_live(
    site: Site,
) -> None:
    organization, live = an_organization(), site.live()
    async with in_background(live.run()):
        async with (
            in_background(site.relay().run()),
            live.subscribe(organization) as events,
        ):
            await happened(site, organization, 3)
            await next_ids(events, 3)
            await site.clear()
            await cut_readers(site)
            with pytest.raises(Exception, match="restored"):
                await next_ids(events, 1)
        async with (
            in_background(site.relay().run()),
            live.subscribe(organization) as events,
        ):
            ids = await site.record(an_event(organization))
            assert await next_ids(events, 1) == ids
