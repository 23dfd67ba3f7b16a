"""Nothing committed stays unpublished, whoever dies when; nothing else is published."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from events import order, outbox, sessions
from server.embedded import embedded_engines
from server.settings import Settings
from tests.engines import Engines, connected
from tests.spine import (
    Site,
    an_event,
    an_organization,
    in_background,
    leading,
    next_ids,
    terminate,
    until,
)


async def _published(site: Site) -> list[UUID]:
    """The ids of all events in the stream, in its order."""
    async with Redis.from_url(site.redis_url) as redis:
        entries: Any = await redis.xrange(site.stream)
    return [UUID(orjson.loads(entry[b"event"])["id"]) for _, entry in entries]


async def test_a_committed_event_is_published_and_leaves_the_outbox(site: Site) -> None:
    async with in_background(site.relay().run()):
        ids = await site.record(an_event(an_organization()), an_event(None))
        await until(site.is_published)
    assert await _published(site) == ids
    assert await site.ask("SELECT count(*) FROM events") == 2


async def test_what_was_committed_while_no_relay_ran_is_published_by_the_next(site: Site) -> None:
    ids = [(await site.record(an_event(an_organization())))[0] for _ in range(5)]
    async with in_background(site.relay().run()):
        await until(site.is_published)
    assert await _published(site) == ids


async def test_more_than_one_batch_is_published_in_order(site: Site) -> None:
    ids = await site.record(*(an_event(an_organization()) for _ in range(order.BATCH * 2 + 1)))
    async with in_background(site.relay().run()):
        await until(site.is_published)
    assert await _published(site) == ids


async def test_an_event_that_commits_late_is_published_behind_later_ones(site: Site) -> None:
    slow = an_event(an_organization())
    async with in_background(site.relay().run()):
        async with site.database.transaction() as session:
            outbox.record(session, slow)
            await session.flush()
            [quick] = await site.record(an_event(an_organization()))
            await until(lambda: _is_in_stream(site, quick))
        await until(site.is_published)
    assert await _published(site) == [quick, slow.id]


async def _is_in_stream(site: Site, event_id: UUID) -> bool:
    return event_id in await _published(site)


async def _cancel(_site: Site, leader: asyncio.Task[None]) -> None:
    leader.cancel()


async def _disconnect(site: Site, _leader: asyncio.Task[None]) -> None:
    await terminate(site, await site.leader())


@pytest.mark.parametrize("kill", [_cancel, _disconnect])
async def test_when_the_leader_is_gone_a_follower_leads_and_nothing_is_lost(
    site: Site, kill: Callable[[Site, asyncio.Task[None]], Awaitable[None]]
) -> None:
    async with AsyncExitStack() as running:
        first = await running.enter_async_context(in_background(site.relay().run()))
        await until(site.leader)
        await running.enter_async_context(in_background(site.relay().run()))
        await until(site.followers)
        pid = await site.leader()
        ids = await site.record(an_event(an_organization()))
        await kill(site, first)
        ids += await site.record(an_event(an_organization()))
        await until(lambda: _leads_another(site, pid))
        ids += await site.record(an_event(an_organization()))
        await until(site.is_published)
    assert list(dict.fromkeys(await _published(site))) == ids


async def _leads_another(site: Site, pid: int | None) -> bool:
    return await site.leader() not in {None, pid}


async def test_a_follower_holds_no_snapshot_for_ever_and_keeps_waiting(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sessions.SETTINGS, "lock_timeout", "50ms")
    started = "SELECT max(query_start) FROM pg_stat_activity WHERE wait_event = 'advisory'"
    async with in_background(site.relay().run()) as first:
        await until(site.leader)
        async with in_background(site.relay().run()):
            await until(site.followers)
            before = await site.ask(started)
            await until(lambda: _differs(site, started, before))
            first.cancel()
            await site.record(an_event(an_organization()))
            await until(site.is_published)


async def _differs(site: Site, query: str, before: object) -> bool:
    return await site.ask(query) not in {None, before}


async def test_what_has_its_place_when_the_leader_dies_is_published_once_by_the_next(
    site: Site,
) -> None:
    organization = an_organization()
    live = site.live()
    async with in_background(live.run()), live.subscribe(organization) as events:
        ids = await site.record(an_event(organization), an_event(organization))
        async with leading(site) as leader:
            await order.order(leader)
        assert await site.is_ordered()
        async with in_background(site.relay().run()):
            ids += await site.record(an_event(organization))
            assert await next_ids(events, 3) == ids
            await until(site.is_published)
    assert await _published(site) == ids


async def test_what_is_published_when_the_leader_dies_is_not_published_again(site: Site) -> None:
    ids = []
    for _ in range(3):
        async with in_background(site.relay().run()):
            ids += await site.record(an_event(an_organization()))
            await until(site.is_published)
    assert await _published(site) == ids


async def test_a_stream_that_lost_everything_goes_on_and_one_of_another_past_is_discarded(
    site: Site,
) -> None:
    async with in_background(site.relay().run()), Redis.from_url(site.redis_url) as redis:
        await site.record(an_event(an_organization()))
        await until(site.is_published)
        await redis.delete(site.stream)
        ids = await site.record(an_event(an_organization()))
        await until(site.is_published)
        assert await _published(site) == ids
        await redis.xadd(site.stream, {"of": "another past"}, id="1000-0")
    async with in_background(site.relay().run()):
        ids += await site.record(an_event(an_organization()))
        await until(site.is_published)
    assert (await _published(site))[-2:] == ids


async def test_while_postgresql_takes_no_connections_the_relay_waits_for_it(
    site: Site, engines: Engines
) -> None:
    name = site.database.url.rpartition("/")[2].partition("?")[0]
    async with (
        connected(engines.database("postgres")) as admin,
        in_background(site.relay().run()),
    ):
        await until(site.leader)
        leader = await site.leader()
        with capture_logs() as logs:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await admin.execute("SELECT pg_terminate_backend($1)", leader)
            await until(lambda: _interrupted(logs, times=3))
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await site.record(an_event(an_organization()))
        await until(site.is_published)


async def _interrupted(logs: list[MutableMapping[str, Any]], times: int) -> bool:
    interruptions = {"relay_interrupted", "publishing_interrupted"}
    return [line["event"] in interruptions for line in logs].count(True) >= times


async def test_while_redis_is_down_events_wait_and_are_published_when_it_is_back(
    site: Site, tmp_path: Path
) -> None:
    without_redis = Settings(data_dir=tmp_path, database_url=site.database.url, redis_url=None)
    async with AsyncExitStack() as running:
        with embedded_engines(without_redis) as settings:
            site = replace(site, redis_url=str(settings.redis_url))
            await running.enter_async_context(in_background(site.relay().run()))
            await site.record(an_event(an_organization()))
            await until(site.is_published)
        with capture_logs() as logs:
            ids = await site.record(an_event(an_organization()), an_event(None))
            await until(lambda: _interrupted(logs, times=2))
            await until(site.is_ordered)
        assert await site.ask("SELECT max(sequence) FROM event_positions") == 3
        with embedded_engines(without_redis):
            await until(site.is_published)
            assert (await _published(site))[-2:] == ids
