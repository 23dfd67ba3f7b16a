"""A process hears of everything that happens, or that it may not have."""

from collections.abc import AsyncIterator, Collection
from uuid import UUID

import pytest
from redis.asyncio import Redis

from db.models import new_id
from domain.events import EventKind
from events.spine import running
from tests.engines import Engines, connected
from tests.spine import NEWER, Site, a_site, an_event, an_organization, cut_readers, next_ids, until


@pytest.fixture
async def site(engines: Engines, redis_url: str) -> AsyncIterator[Site]:
    async with a_site(engines, redis_url) as site:
        yield site


async def test_an_observer_hears_of_everything_before_a_subscriber_of_what_comes_after(
    site: Site,
) -> None:
    organization, heard = an_organization(), list[EventKind | None]()
    ended = an_event(None, kind=EventKind.SESSION_ENDED)
    removed = an_event(an_organization(), kind=EventKind.MEMBER_REMOVED)
    decided = an_event(organization, kind=EventKind.STEP_DECIDED)
    async with (
        running(site.database, site.redis_url, heard.append) as live,
        live.subscribe(organization) as events,
    ):
        for several in ([ended], [removed], [decided]):
            await site.record(*several)
        assert await next_ids(events, 1) == [decided.id]
        assert heard == [None, ended.kind, removed.kind, decided.kind]


async def test_an_observer_hears_that_there_may_be_what_it_has_not_heard(site: Site) -> None:
    heard: list[EventKind | None] = []
    organization = an_organization()

    async def hears_of_nothing_known() -> bool:
        return None in heard

    async with (
        running(site.database, site.redis_url, heard.append) as live,
        live.subscribe(organization) as events,
        connected(site.database.url) as newer,
    ):
        await newer.execute(NEWER, new_id(), organization)
        await until(hears_of_nothing_known)
        heard.clear()
        await cut_readers(site)
        await until(hears_of_nothing_known)
        await next_ids(events, len(await site.record(an_event(organization))))


async def test_an_observer_hears_of_what_redis_lost(site: Site) -> None:
    heard: list[EventKind | None] = []
    async with (
        running(site.database, site.redis_url, heard.append) as live,
        live.subscribe(an_organization()),
    ):
        await site.record(an_event(None, kind=EventKind.SESSION_STARTED))
        await until(site.is_published)
        async with Redis.from_url(site.redis_url) as redis:
            await redis.delete(site.stream)
        await cut_readers(site)
        await site.record(an_event(None, kind=EventKind.SESSION_ENDED))

        async def hears_of_it() -> bool:
            return EventKind.SESSION_ENDED in heard

        await until(hears_of_it)
    assert heard.count(EventKind.SESSION_STARTED) == heard.count(EventKind.SESSION_ENDED) == 1


async def test_a_bystander_hears_whose_credentials_may_have_ended_and_of_nothing_else(
    site: Site,
) -> None:
    heard: list[Collection[UUID] | None] = []
    organization = an_organization()
    ended = an_event(None, kind=EventKind.SESSION_ENDED)
    started = an_event(None, kind=EventKind.SESSION_STARTED)
    decided = an_event(organization, kind=EventKind.STEP_DECIDED)
    async with running(site.database, site.redis_url) as live:
        live.bystanders.append(heard.append)
        async with live.subscribe(organization) as events:
            assert heard
            for each in (started, ended, decided):
                await site.record(each)
            assert await next_ids(events, 1) == [decided.id]
    assert [each for each in heard if each] == [(ended.entity_id, ended.subject_id)]


async def test_a_bystander_hears_of_what_redis_lost_after_it_heard_that_there_may_be_something(
    site: Site,
) -> None:
    heard: list[Collection[UUID] | None] = []
    ended = an_event(None, kind=EventKind.USER_SUSPENDED)
    async with running(site.database, site.redis_url) as live:
        live.bystanders.append(heard.append)
        async with live.subscribe(an_organization()):
            await site.record(an_event(None, kind=EventKind.SESSION_STARTED))
            await until(site.is_published)
            async with Redis.from_url(site.redis_url) as redis:
                await redis.delete(site.stream)
            await cut_readers(site)
            await site.record(ended)

            async def hears_of_it() -> bool:
                return (ended.entity_id, ended.subject_id) in heard

            await until(hears_of_it)
    assert heard.index(None) < heard.index((ended.entity_id, ended.subject_id))
