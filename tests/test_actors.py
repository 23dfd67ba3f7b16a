"""Who asks is remembered for a moment, and never longer than they are who they were."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest

from db.models import Session
from db.sessions import actor as read_actor
from domain.errors import Unavailable
from domain.events import RIGHTS_EVENTS, EventKind
from domain.ids import SessionId, UserId
from domain.permissions import Role
from resolvers.accounts import Register, make_admin
from resolvers.actors import LIFETIME, Actors
from resolvers.context import Context
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.editorial import CHANGE_ROLE, REMOVE, membership
from tests.spine import until
from tests.test_memberships import invited
from tests.test_sessions import LOGOUT, past_the_grace, refresh, refreshed, session_of
from tests.world import ACCEPT, CREATE_ORGANIZATION, PASSWORD, Person, Place, World, uuid_of

Key = tuple[SessionId, UserId]


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def actors(world: World, clock: Clock) -> Actors:
    """A memory that no event reaches, so that none that comes late can empty it."""
    return Actors(world.resources.database.primary, clock=clock)


@pytest.fixture
def deaf(world: World, actors: Actors) -> World:
    """A process that hears of its own commits only, and for which no time passes."""
    return replace(world, resources=replace(world.resources, actors=actors), core=None)


@pytest.fixture(scope="module")
async def elsewhere(settings: Settings) -> AsyncIterator[World]:
    """A second process on the same database and Valkey, for which no time passes."""
    async with open_resources(settings) as resources:
        resources.actors.clock = lambda: 0.0
        yield World(resources, build_engine(settings))


async def key_of(world: World, person: Person) -> Key:
    """What the person's session is remembered by."""
    return SessionId((await session_of(world, person)).id), UserId(uuid_of(person.id))


async def test_who_is_remembered_costs_no_statement(deaf: World) -> None:
    ada = await deaf.person()
    with deaf.statements() as statements:
        for _ in range(3):
            assert await deaf.ask("{ __typename }", by=ada) == {"data": {"__typename": "Query"}}
            assert len(statements) == 1


async def test_nobody_is_remembered_for_longer_than_a_second(
    world: World, actors: Actors, clock: Clock
) -> None:
    ada = await world.person()
    key = await key_of(world, ada)
    before = await actors.actor(*key)
    await world.done(CREATE_ORGANIZATION, ada, slug=f"slow-{key[1].hex}", name="Slow")
    clock.now = LIFETIME - 0.001
    assert await actors.actor(*key) == before
    clock.now = LIFETIME
    assert await actors.actor(*key) == await read_actor(world.resources.database.primary, *key)
    assert await actors.actor(*key) != before


async def test_only_so_many_are_remembered_and_the_latest_of_them(deaf: World) -> None:
    people = [await deaf.person() for _ in range(3)]
    few = Actors(deaf.resources.database.primary, most=2, clock=Clock())
    keys = [await key_of(deaf, each) for each in people]
    with deaf.statements() as statements:
        for key, sent in zip([*keys, keys[1], keys[0]], (1, 2, 3, 3, 4), strict=True):
            assert await few.actor(*key)
            assert len(statements) == sent
    assert len(few) == 2


async def test_that_a_session_has_ended_is_not_remembered(deaf: World, actors: Actors) -> None:
    ada = await deaf.person()
    key = await key_of(deaf, ada)
    await deaf.done(LOGOUT, ada)
    with deaf.statements() as statements:
        assert [await actors.actor(*key) for _ in range(2)] == [None, None]
        assert len(statements) == 2
    assert len(actors) == 0


async def test_what_was_being_read_when_rights_changed_is_not_remembered(
    deaf: World, actors: Actors
) -> None:
    key, primary = await key_of(deaf, await deaf.person()), deaf.resources.database.primary
    actors.forget()

    def change_meanwhile(_: str) -> None:
        primary.observers.remove(change_meanwhile)
        actors.heard(EventKind.MEMBER_REMOVED)

    primary.observers.append(change_meanwhile)
    assert await actors.actor(*key)
    assert len(actors) == 0
    assert await actors.actor(*key)
    assert len(actors) == 1


@pytest.mark.parametrize("kind", [*EventKind, None])
async def test_only_what_changes_rights_or_may_do_so_is_a_reason_to_forget(
    deaf: World, actors: Actors, kind: EventKind | None
) -> None:
    await actors.actor(*await key_of(deaf, await deaf.person()))
    actors.heard(kind)
    assert len(actors) == (0 if kind is None or kind in RIGHTS_EVENTS else 1)


async def test_a_transaction_that_fails_is_a_reason_to_forget_too(
    deaf: World, actors: Actors
) -> None:
    """Its commit may have been made, and only the answer lost."""
    ada = await deaf.person()
    ctx, session = await deaf.context(ada), await session_of(deaf, ada)
    assert len(actors) == 1
    with pytest.raises(Unavailable):
        await _lost(ctx, session)
    assert len(actors) == 0


async def _lost(ctx: Context, session: Session) -> None:
    async with ctx.transaction() as work:
        work.record(EventKind.SESSION_ENDED, session)
        raise ConnectionError


# What changes who somebody is


async def signs_out(place: Place, person: Person) -> None:
    await place.world.done(LOGOUT, person)


async def has_a_copied_token(place: Place, person: Person) -> None:
    await refreshed(place.world, person.refresh_token)
    await past_the_grace(place.world, person)
    await place.world.context(person)
    await refresh(place.world, person.refresh_token)


async def founds_an_organization(place: Place, person: Person) -> None:
    slug = f"own-{uuid_of(person.id).hex}"
    await place.world.done(CREATE_ORGANIZATION, person, slug=slug, name="Own")


async def joins_another(place: Place, person: Person) -> None:
    other = await place.world.organization()
    token = await invited(other, person.email)
    await place.world.context(person)
    await place.world.done(ACCEPT, person, token=token)


async def gets_another_role(place: Place, person: Person) -> None:
    given = {"membership": await membership(place, person), "role": "EDITOR"}
    await place.world.done(CHANGE_ROLE, place[Role.ADMIN], **given)


async def is_removed(place: Place, person: Person) -> None:
    await place.world.done(REMOVE, place[Role.ADMIN], membership=await membership(place, person))


async def becomes_an_administrator(place: Place, person: Person) -> None:
    given = Register(person.email, PASSWORD, "Vera", "Byron")
    await make_admin(await place.world.context(), given)


CHANGES = [
    signs_out,
    has_a_copied_token,
    founds_an_organization,
    joins_another,
    gets_another_role,
    is_removed,
    becomes_an_administrator,
]
Change = Callable[[Place, Person], Awaitable[None]]


@pytest.mark.parametrize("change", CHANGES)
async def test_in_the_process_that_makes_it_a_change_holds_at_once(
    deaf: World, change: Change
) -> None:
    place = await deaf.organization(Role.VIEWER)
    key = await key_of(deaf, place[Role.VIEWER])
    before = await deaf.resources.actors.actor(*key)
    await change(place, place[Role.VIEWER])
    after = await deaf.resources.actors.actor(*key)
    assert after == await read_actor(deaf.resources.database.primary, *key)
    assert after != before


@pytest.mark.parametrize("change", CHANGES)
async def test_in_another_process_a_change_holds_with_its_event(
    world: World, elsewhere: World, change: Change
) -> None:
    place = await world.organization(Role.VIEWER)
    key = await key_of(world, place[Role.VIEWER])
    there = elsewhere.resources.actors
    before = await there.actor(*key)
    await change(place, place[Role.VIEWER])
    here = await world.resources.actors.actor(*key)

    async def holds_there() -> bool:
        return await there.actor(*key) == here

    assert here != before
    await until(holds_there)
