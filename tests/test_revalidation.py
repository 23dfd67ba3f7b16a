"""What is remembered is confirmed by the primary: it costs nothing, and is never out of date for
longer than a second, whatever became of Redis or of the relay.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from db.models import new_id
from db.revalidation import MOST
from db.sessions import actor as read_actor
from domain.events import RIGHTS_EVENTS, EventKind
from domain.permissions import Role
from events.live import Live
from events.order import order
from events.sessions import session
from resolvers.actors import LIFETIME, Actors
from resolvers.revalidation import Revalidation
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.engines import connected
from tests.key_rings import Kept, tokens_of
from tests.spine import NEWER, Site, an_event, an_organization, in_background, leading, until
from tests.test_actors import Clock, gets_another_role, key_of
from tests.test_keyring import is_good
from tests.world import Person, World


class Process:
    """What a process has in its memory, and a connection to ask on; it hears nothing by itself."""

    def __init__(self, site: Site, connection: asyncpg.Connection) -> None:
        self.live, self.connection = site.live(), connection
        self.actors = Actors(site.database.primary, clock=Clock())
        ring = Kept().ring()
        self.revalidation = Revalidation(site.database.url, self.live, self.actors, ring)

    async def forgets(self) -> bool:
        """Whether it forgets everybody when it asks now."""
        before = self.actors.generation
        await self.revalidation.ask(self.connection)
        return self.actors.generation > before


@pytest.fixture
async def process(site: Site) -> AsyncIterator[Process]:
    """A process that has asked before."""
    async with session(site.database.url) as connection:
        process = Process(site, connection)
        await process.forgets()
        yield process


async def test_the_first_answer_is_a_reason_to_forget(site: Site) -> None:
    async with session(site.database.url) as connection:
        process = Process(site, connection)
        assert [await process.forgets(), await process.forgets()] == [True, False]


@pytest.mark.parametrize("kind", sorted(RIGHTS_EVENTS))
async def test_a_change_of_rights_is_known_while_the_relay_is_frozen(
    site: Site, process: Process, kind: EventKind
) -> None:
    await site.record(an_event(None, kind=kind))
    assert await process.forgets()


async def test_a_change_of_rights_is_known_once_while_redis_hangs(
    site: Site, process: Process
) -> None:
    await site.record(an_event(an_organization(), kind=EventKind.MEMBER_REMOVED))
    async with leading(site) as relay:
        assert len(await order(relay)) == 1
    assert [await process.forgets(), await process.forgets()] == [True, False]


async def test_what_was_heard_already_is_no_reason_to_forget(site: Site, process: Process) -> None:
    async def is_heard() -> bool:
        return process.live.heard == 1

    async with in_background(process.live.run()), in_background(site.relay().run()):
        await site.record(an_event(an_organization(), kind=EventKind.MEMBER_REMOVED))
        await until(is_heard)
        assert not await process.forgets()


async def test_other_events_in_flight_keep_nobody_from_being_confirmed(
    site: Site, process: Process
) -> None:
    for _ in range(3):
        await site.record(*(an_event(an_organization()) for _ in range(5)))
        assert not await process.forgets()
        async with leading(site) as relay:
            await order(relay)


async def test_a_kind_that_a_newer_release_records_may_change_rights(
    site: Site, process: Process
) -> None:
    async with connected(site.database.url) as newer:
        await newer.execute(NEWER, new_id(), an_organization())
    assert await process.forgets()


async def test_too_many_events_to_look_at_may_do_anything(site: Site, process: Process) -> None:
    await site.record(*(an_event(an_organization()) for _ in range(MOST)))
    assert await process.forgets()


async def test_a_database_that_was_restored_is_a_reason_to_forget(
    site: Site, process: Process
) -> None:
    await site.record(an_event(an_organization()))
    async with leading(site) as relay:
        await order(relay)
    assert not await process.forgets()
    await site.clear()
    assert await process.forgets()


# A whole process

Remembered = tuple[Actors, Revalidation, Clock, Person]


@pytest.fixture
async def remembered(world: World) -> Remembered:
    """Somebody in a process that hears of nothing, and asks when it is told to."""
    ada, clock = await world.person(), Clock()
    primary = world.resources.database.primary
    actors = Actors(primary, clock=clock)
    ring = world.resources.tokens.keyring
    silent = Live(world.resources.database, "redis://nowhere", "nothing")
    asking = Revalidation(world.resources.database.url, silent, actors, ring)
    await world.settled()
    return actors, asking, clock, ada


@asynccontextmanager
async def asked_on(world: World) -> AsyncIterator[asyncpg.Connection]:
    async with session(world.resources.database.url) as connection:
        yield connection


async def test_who_is_confirmed_is_not_read_again_and_who_is_not_is_after_a_second(
    world: World, remembered: Remembered
) -> None:
    actors, asking, clock, ada = remembered
    key = await key_of(world, ada)
    async with asked_on(world) as connection:
        await asking.ask(connection)
        with world.statements() as statements:
            await actors.actor(*key)
            for _ in range(10):
                clock.now += 0.9 * LIFETIME
                await asking.ask(connection)
                clock.now += 0.9 * LIFETIME
                assert await actors.actor(*key)
            assert len(statements) == 1
            clock.now += 0.1 * LIFETIME
            assert await actors.actor(*key)
            assert len(statements) == 2


@pytest.fixture
async def silence() -> AsyncIterator[str]:
    """The URL of a Redis that takes connections and never says a word."""
    held: list[asyncio.StreamWriter] = []

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer)

    server = await asyncio.start_server(hold, "127.0.0.1", 0)
    yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0"
    server.close()
    for writer in held:
        writer.close()


async def test_a_process_whose_redis_hangs_follows_a_change_of_rights(
    world: World, settings: Settings, silence: str
) -> None:
    """No time passes for it: so neither an event nor the second is what it knows it from."""
    place = await world.organization(Role.VIEWER)
    key = await key_of(world, place[Role.VIEWER])
    own = settings.model_copy(update={"redis_url": silence})
    async with open_resources(own) as resources:
        resources.actors.clock = lambda: 0.0
        deaf = World(resources, build_engine(own))
        before = await deaf.resources.actors.actor(*key)
        await gets_another_role(place, place[Role.VIEWER])
        now = await read_actor(world.resources.database.primary, *key)

        async def follows() -> bool:
            return await resources.actors.actor(*key) == now

        assert now != before
        await until(follows)


NEWEST = """
    SELECT pid FROM pg_stat_activity
    WHERE application_name = 'imprimatur revalidation' AND datname = current_database()
    ORDER BY backend_start DESC LIMIT 1
"""


async def test_a_connection_that_is_lost_is_opened_anew(
    world: World, remembered: Remembered
) -> None:
    actors, asking, _, _ = remembered

    async def has_asked() -> bool:
        return actors.generation > 1  # what it is at first, and the first answer's

    async def is_confirmed() -> bool:
        return await actors.actor(*key) is not None and _confirmed_at(actors) == 0.0

    key = await key_of(world, remembered[3])
    async with in_background(asking.run()), connected(world.resources.database.url) as admin:
        await until(has_asked)
        assert await admin.fetchval("SELECT pg_terminate_backend($1)", await admin.fetchval(NEWEST))
        actors.confirmed(float("-inf"))
        await until(is_confirmed)


def _confirmed_at(actors: Actors) -> float:
    return actors._confirmed_at


async def test_keys_that_were_changed_are_read_without_a_token_of_theirs(
    world: World, remembered: Remembered
) -> None:
    _, _, _, ada = remembered
    stale = Kept()
    ring = stale.ring()
    await ring.read()
    stale.extend(world.resources.tokens.keyring._keys.values())
    live, primary = world.resources.live, world.resources.database
    asking = Revalidation(primary.url, live, Actors(primary.primary), ring)
    async with asked_on(world) as connection:
        for _ in range(3):
            await asking.ask(connection)
    assert stale.readings == 2
    assert await is_good(ada.access_token, tokens_of(ring))
