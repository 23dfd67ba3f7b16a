"""What was committed reaches exactly those who listen for it: once, in order, or they are told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from uuid import UUID

import pytest
from redis.asyncio import Redis

from db.models import new_id
from domain.errors import Resync, Unavailable
from domain.events import Event, EventKind
from domain.ids import OrganizationId
from events import live as live_module
from events import outbox
from events.live import Live
from events.relay import Relay
from events.spine import running
from tests.engines import connected
from tests.spine import (
    DEADLINE,
    NEWER,
    Site,
    an_event,
    an_organization,
    cut_readers,
    in_background,
    next_ids,
    until,
)


@pytest.fixture
async def live(site: Site) -> AsyncIterator[Live]:
    async with running(site.database, site.redis_url) as live:
        yield live


async def _rest(events: AsyncIterator[Event]) -> list[UUID]:
    """Everything up to the end of the iteration."""
    async with asyncio.timeout(DEADLINE):
        return [event.id async for event in events]


async def _replayed(site: Site, organization: OrganizationId, after: int) -> list[UUID]:
    """What a process that begins now has of the past; all of it is published."""
    await until(site.is_published)
    last = await site.ask("SELECT position FROM event_heads")
    live = site.live()
    async with in_background(live.run()), live.subscribe(organization, after=after) as events:
        ids = []
        async with asyncio.timeout(DEADLINE):
            async for event in events:
                ids.append(event.id)
                if event.position == last:
                    return ids
    raise AssertionError(ids)


async def test_a_committed_event_arrives_as_it_was_recorded(site: Site, live: Live) -> None:
    organization = an_organization()
    event = an_event(
        organization, before={"body": "24 px"}, after={"body": "Größe", "n": [1, None]}
    )
    bare = an_event(organization, actor_id=None, after=None, request_id=None, ip=None)
    async with live.subscribe(organization) as events, asyncio.timeout(DEADLINE):
        await site.record(event)
        await site.record(bare)
        whole = [replace(event, position=1), replace(bare, position=2)]
        assert [await anext(events), await anext(events)] == whole


async def test_what_is_rolled_back_never_arrives(site: Site, live: Live) -> None:
    organization = an_organization()
    async with live.subscribe(organization) as events:
        async with site.database.transaction() as session:
            outbox.record(session, an_event(organization))
            await session.flush()
            await session.rollback()
        committed = await site.record(an_event(organization))
        assert await next_ids(events, 1) == committed


async def test_events_arrive_in_the_order_they_were_committed_in(site: Site, live: Live) -> None:
    organization = an_organization()
    async with live.subscribe(organization) as events:
        ids = []
        for _ in range(100):
            ids += await site.record(an_event(organization), an_event(organization))
        assert await next_ids(events, 200) == ids


async def test_a_subscriber_hears_of_no_other_organization(site: Site, live: Live) -> None:
    ours, theirs = an_organization(), an_organization()
    async with live.subscribe(ours) as our_events, live.subscribe(theirs) as their_events:
        ids = await site.record(an_event(theirs), an_event(None), an_event(ours), an_event(theirs))
        assert await next_ids(our_events, 1) == [ids[2]]
        assert await next_ids(their_events, 2) == [ids[0], ids[3]]
        last = await site.record(an_event(ours))
        assert await next_ids(our_events, 1) == last


async def test_every_process_hears_of_what_one_of_them_records(site: Site, live: Live) -> None:
    organization = an_organization()
    async with (
        running(site.database, site.redis_url) as other,
        live.subscribe(organization) as here,
        other.subscribe(organization) as there,
        other.subscribe(organization) as there_too,
    ):
        ids = await site.record(an_event(organization), an_event(organization))
        for events in (here, there, there_too):
            assert await next_ids(events, 2) == ids


async def test_events_committed_while_the_connection_to_redis_is_lost_arrive(
    site: Site, live: Live
) -> None:
    organization = an_organization()
    async with live.subscribe(organization) as events:
        ids = []
        for _ in range(5):
            await cut_readers(site)
            ids += [(await site.record(an_event(organization)))[0] for _ in range(20)]
        assert await next_ids(events, 100) == ids


async def test_when_redis_has_lost_events_subscribers_hear_them_all_the_same(
    site: Site, live: Live
) -> None:
    organization = an_organization()
    async with live.subscribe(organization) as events, Redis.from_url(site.redis_url) as redis:
        ids = []
        for _ in range(5):
            ids += await site.record(an_event(organization))
            await redis.delete(site.stream)
            await cut_readers(site)
            ids += await site.record(an_event(organization))
        assert await next_ids(events, 10) == ids


async def test_a_subscriber_that_falls_behind_is_told_and_nobody_waits_for_it(site: Site) -> None:
    organization, live = an_organization(), site.live(buffered=5)
    async with (
        in_background(live.run()),
        in_background(site.relay().run()),
        live.subscribe(organization) as slow,
        live.subscribe(organization) as quick,
    ):
        ids = []
        for _ in range(12):
            ids += await site.record(an_event(organization))
            assert await next_ids(quick, 1) == ids[-1:]
        assert await next_ids(slow, 5) == ids[:5]
        with pytest.raises(Resync, match="fell behind") as ended:
            await anext(slow)
        assert ended.value.details == {"position": 5}
    assert ids[5:] == await _replayed(site, organization, after=5)


async def test_a_kind_of_event_from_a_newer_process_is_passed_over(site: Site, live: Live) -> None:
    organization = an_organization()
    async with live.subscribe(organization) as events:
        [first] = await site.record(an_event(organization))
        async with connected(site.database.url) as newer:
            await newer.execute(NEWER, new_id(), organization)
        ids = await site.record(an_event(organization, kind=EventKind.STEP_DECIDED))
        assert await next_ids(events, 2) == [first, *ids]
    assert await _replayed(site, organization, after=0) == [first, *ids]


async def test_closing_ends_every_subscription_and_accepts_no_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_module, "READY_SECONDS", 0.01)
    organization, live = an_organization(), site.live()
    async with in_background(live.run()) as process:
        await until(live._ready.wait)
        async with live.subscribe(organization) as first, live.subscribe(organization) as second:
            waiting = asyncio.create_task(_rest(first))
            process.cancel()
            assert await waiting == []
            assert await _rest(second) == []
        with pytest.raises(Unavailable, match="not available now"):
            await live.subscribe(organization).__aenter__()


async def test_nothing_is_kept_of_a_subscription_that_was_left(live: Live) -> None:
    organization = an_organization()
    async with live.subscribe(organization), live.subscribe(organization):
        pass
    assert live._subscribers == {}


@pytest.mark.parametrize("part", [Site.live, Site.relay])
async def test_cancelling_ends_a_part_whatever_it_is_doing(
    site: Site, part: Callable[[Site], Live | Relay]
) -> None:
    for steps in range(60):
        async with in_background(part(site).run()):
            for _ in range(steps):
                await asyncio.sleep(0)
