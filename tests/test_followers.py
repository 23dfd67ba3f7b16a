"""Whoever follows the events handles each exactly once, in order, whoever dies when."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from db.events import PAGE
from db.models import new_id
from domain.events import Event
from events.followers import Follow, Follower, UnknownKind, _lock
from tests.engines import Engines, connected
from tests.spine import (
    NEWER,
    QUEUE,
    Site,
    a_site,
    an_event,
    an_organization,
    in_background,
    terminate,
    until,
)

NOTE = text("INSERT INTO noted SELECT unnest(CAST(:ids AS uuid[])), :by")


@pytest.fixture(scope="module")
async def place(engines: Engines, redis_url: str) -> AsyncIterator[Site]:
    async with a_site(engines, redis_url) as site:
        await site.ask("CREATE TABLE noted (id uuid, by text, n int GENERATED ALWAYS AS IDENTITY)")
        yield site


@pytest.fixture
async def site(place: Site) -> AsyncIterator[Site]:
    await place.clear()
    await place.ask("TRUNCATE noted RESTART IDENTITY")
    async with in_background(place.relay().run()):
        yield place


def noting(by: str) -> Follow:
    async def note(session: AsyncSession, events: Sequence[Event]) -> None:
        await session.execute(NOTE, {"ids": [event.id for event in events], "by": by})

    return note


async def noted(site: Site) -> list[UUID]:
    return list(await site.ask("SELECT array(SELECT id FROM noted ORDER BY n)"))


async def recorded(site: Site, count: int) -> list[UUID]:
    """The ids of new events, each committed by itself, which all have their places."""
    ids = [(await site.record(an_event(an_organization())))[0] for _ in range(count)]
    await until(site.is_ordered)
    return ids


async def leaders(site: Site, name: str) -> list[int]:
    lock = _lock(name) & 0xFFFFFFFF
    return list(await site.ask(f"SELECT array({QUEUE.format('pid', lock, True)})"))


async def test_all_there_is_is_followed_once_in_pages_with_positions(site: Site) -> None:
    ids, seen = await recorded(site, 3), list[tuple[int | None, int]]()
    organization = an_organization()
    ids += await site.record(*(an_event(organization) for _ in range(PAGE)))
    await until(site.is_ordered)

    async def note(session: AsyncSession, events: Sequence[Event]) -> None:
        seen.extend((event.position, len(events)) for event in events)
        await noting("it")(session, events)

    for _ in range(2):
        await Follower(site.database, "notes", note).catch_up()
    assert await noted(site) == ids
    assert [position for position, _ in seen] == [1, 1, 1, *range(1, PAGE + 1)]
    assert {size for _, size in seen} == {PAGE, 3}


async def test_what_fails_is_undone_and_followed_again(site: Site) -> None:
    ids, attempts = await recorded(site, 2), list[int]()

    async def fail_first(session: AsyncSession, events: Sequence[Event]) -> None:
        attempts.append(len(events))
        await noting("it")(session, events)
        if len(attempts) < 3:
            raise ZeroDivisionError

    async with in_background(Follower(site.database, "notes", fail_first).run()):
        await until(lambda: _has_noted(site, 2))
    assert await noted(site) == ids
    assert attempts == [2, 2, 2]


async def _has_noted(site: Site, count: int) -> bool:
    return len(await noted(site)) >= count


async def test_two_at_once_follow_as_one(site: Site) -> None:
    ids = await recorded(site, 30)
    followers = [Follower(site.database, "notes", noting(str(n))) for n in range(4)]
    await asyncio.gather(*(each.catch_up() for each in followers))
    assert await noted(site) == ids


async def test_different_names_follow_each_for_itself(site: Site) -> None:
    ids = await recorded(site, 3)
    for name in ("notes", "others"):
        await Follower(site.database, name, noting(name)).catch_up()
    assert await noted(site) == ids + ids


@pytest.mark.parametrize("how", ["cancelled", "disconnected"])
async def test_when_one_is_killed_another_goes_on_where_it_was(site: Site, how: str) -> None:
    first, second = (Follower(site.database, "notes", noting(by)) for by in ("first", "second"))
    async with in_background(first.run()) as leading, in_background(second.run()):
        ids = await recorded(site, 5)
        await until(lambda: _has_noted(site, 5))
        [pid] = await leaders(site, "notes")
        if how == "cancelled":
            leading.cancel()
        else:
            await terminate(site, pid)
        ids += await recorded(site, 5)
        await until(lambda: _has_noted(site, 10))
    assert await noted(site) == ids


async def test_one_that_is_killed_in_the_middle_has_done_nothing(site: Site) -> None:
    ids, begun = await recorded(site, 3), asyncio.Event()

    async def hang(session: AsyncSession, events: Sequence[Event]) -> None:
        await noting("first")(session, events)
        begun.set()
        await asyncio.Event().wait()

    async with in_background(Follower(site.database, "notes", hang).run()):
        await begun.wait()
    assert await noted(site) == []
    await Follower(site.database, "notes", noting("second")).catch_up()
    assert await noted(site) == ids


async def test_what_only_a_newer_process_knows_waits_for_one(site: Site) -> None:
    ids = await recorded(site, 2)
    async with connected(site.database.url) as newer:
        await newer.execute(NEWER, new_id(), an_organization())
    await until(site.is_ordered)
    await recorded(site, 1)
    with pytest.raises(UnknownKind, match="TEMPLATE_TRANSLATED"):
        await Follower(site.database, "notes", noting("it")).catch_up()
    assert await noted(site) == ids
