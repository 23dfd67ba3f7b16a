"""There is always a partition for what happens, and old ones are detached and said to be gone."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from uuid import UUID

import asyncpg
import pytest

from db.events import AHEAD, months_from, partitions
from db.models import new_id
from domain.errors import BadInput, PositionGone
from domain.events import Event
from domain.ids import OrganizationId
from events.followers import Follower
from events.partitions import detach_old, make_ahead, this_day
from tests.engines import Engines, connected
from tests.spine import (
    Site,
    a_site,
    an_event,
    an_organization,
    in_background,
    next_ids,
    until,
)

HOLD = "SELECT count(*) FROM {}"


@pytest.fixture
async def site(engines: Engines, redis_url: str) -> AsyncIterator[Site]:
    async with a_site(engines, redis_url) as site:
        # Those who follow in a whole server do not run here.
        await site.ask("DELETE FROM event_followers")
        yield site


def in_month(month: date) -> UUID:
    """An id from the middle of the month."""
    moment = datetime(month.year, month.month, 15, tzinfo=UTC)
    high = int(moment.timestamp() * 1000) << 80
    return UUID(int=high | (new_id().int & ((1 << 80) - 1)))


async def months(site: Site) -> list[date]:
    async with site.database.read() as session:
        return [each.month for each in await partitions(session)]


async def happened(site: Site, organization: OrganizationId, month: date, count: int) -> list[UUID]:
    async with connected(site.database.url) as connection:
        await connection.execute("SELECT make_event_partition($1)", months_from(month, 0))
    ids = await site.record(*(an_event(organization, id=in_month(month)) for _ in range(count)))
    await until(site.is_ordered)
    return ids


async def test_there_are_partitions_for_the_months_ahead_and_making_them_again_changes_nothing(
    site: Site,
) -> None:
    today = this_day()
    expected = [months_from(today, each) for each in range(-1, AHEAD + 1)]
    assert await months(site) == expected
    for _ in range(2):
        await make_ahead(site.database, today)
        assert await months(site) == expected
    await make_ahead(site.database, months_from(today, 2))
    assert await months(site) == [*expected, *(months_from(today, each) for each in (4, 5))]


async def test_an_event_is_in_the_partition_of_its_month_and_without_one_it_is_not_recorded(
    site: Site,
) -> None:
    [id] = await site.record(an_event(an_organization()))
    where = await site.ask("SELECT tableoid::regclass::text FROM events")
    assert where == f"events_{this_day():%Y_%m}"
    assert await site.ask("SELECT id FROM events") == id
    with pytest.raises(Exception, match="no partition"):
        await site.record(an_event(an_organization(), id=in_month(date(2001, 1, 1))))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 11, 21), 3, date(2027, 2, 1)),
        (date(2026, 11, 21), 0, date(2026, 11, 1)),
        (date(2026, 12, 31), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), -1, date(2025, 12, 1)),
        (date(2026, 3, 31), -14, date(2025, 1, 1)),
    ],
)
def test_months_are_counted_across_years(day: date, months: int, expected: date) -> None:
    assert months_from(day, months) == expected


async def test_old_months_are_detached_whole_and_what_they_held_is_said_to_be_gone(
    site: Site,
) -> None:
    organization, today = an_organization(), this_day()
    live = site.live()
    async with in_background(site.relay().run()), in_background(live.run()):
        await happened(site, organization, months_from(today, -7), 3)
        kept = await happened(site, organization, months_from(today, -6), 2)
        kept += await site.record(an_event(organization))
        await until(site.is_published)
        [name] = await detach_old(site.database, today, 6)
        assert await site.ask(HOLD.format(name)) == 3
        assert await site.ask(HOLD.format("events")) == 3
        assert await site.ask(HOLD.format("event_positions")) == 6
        assert await detach_old(site.database, today, 6) == []
        for after in (0, 2):
            with pytest.raises(PositionGone) as gone:
                async with live.subscribe(organization, after=after):
                    pass
            assert gone.value.details == {"oldestPosition": 4}
        async with live.subscribe(organization, after=3) as events:
            assert await next_ids(events, 3) == kept
        with pytest.raises(BadInput, match="up to 6"):
            async with live.subscribe(organization, after=7):
                pass
        with pytest.raises(BadInput):
            async with live.subscribe(organization, after=-1):
                pass


async def test_nothing_is_detached_that_somebody_has_still_to_follow(site: Site) -> None:
    organization, today = an_organization(), this_day()

    async def follow(_session: object, _events: object) -> None:
        pass

    follower = Follower(site.database, "slow", follow)
    async with in_background(site.relay().run()):
        await happened(site, organization, months_from(today, -2), 1)
        await follower.catch_up()
        await happened(site, organization, months_from(today, -2), 1)
        assert await detach_old(site.database, today, 1) == []
        await follower.catch_up()
        assert len(await detach_old(site.database, today, 1)) == 1


async def test_nothing_is_detached_that_has_no_position_yet(site: Site) -> None:
    month = months_from(this_day(), -1)
    await site.record(an_event(an_organization(), id=in_month(month)))
    assert await detach_old(site.database, this_day(), 0) == []


async def test_who_resumes_while_months_are_detached_is_told(site: Site) -> None:
    organization, today = an_organization(), this_day()
    live = site.live()
    async with in_background(site.relay().run()), in_background(live.run()):
        await happened(site, organization, months_from(today, -3), 300)
        await happened(site, organization, today, 1)
        async with live.subscribe(organization, after=0) as events:
            await anext(events)
            await detach_old(site.database, today, 1)
            with pytest.raises(PositionGone) as gone:
                await _rest(events)
    assert gone.value.details == {"oldestPosition": 301}


async def _rest(events: AsyncIterator[Event]) -> None:
    async for _ in events:
        pass


async def test_a_detachment_that_was_interrupted_is_finished(site: Site) -> None:
    organization, today = an_organization(), this_day()
    month = months_from(today, -3)
    async with in_background(site.relay().run()):
        await happened(site, organization, month, 1)
    name = f"events_{month:%Y_%m}"
    async with (
        connected(site.database.url) as reading,
        connected(site.database.url) as detaching,
        reading.transaction(),
    ):
        await reading.execute("SELECT 1 FROM events")
        await detaching.execute("SET statement_timeout = '200ms'")
        with pytest.raises(asyncpg.QueryCanceledError):
            await detaching.execute(f"ALTER TABLE events DETACH PARTITION {name} CONCURRENTLY")
    assert await detach_old(site.database, today, 1) == [name]
    assert month not in await months(site)
