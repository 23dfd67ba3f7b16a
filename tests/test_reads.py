"""What reading promises: only what is asked for, on few connections that stay in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from sqlalchemy import func, literal, select

from db import listings, loaders, reads
from db.database import Database
from db.models import Template
from db.reads import PREPARED, Reads
from db.rows import NotSelected, row_of, usual
from db.statements import MOST_STATEMENTS, Written, compiled
from db.visibility import seen_by
from domain.actor import ANONYMOUS, Actor
from domain.errors import Unavailable
from domain.ids import OrganizationId, UserId
from domain.permissions import BUILT_IN, PlatformRole, Role
from engine.pages import Window
from tests.engines import Engines, connected, migrated_database
from tests.marked import a_marked_organization
from tests.rows import one
from tests.spine import until
from tests.world import Person, Place, World, uuid_of

NEWEST = Window(None, (), None, backwards=False, size=20)
RENAME = """
mutation ($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) {
    organization { name members { nodes { user { id } } } } errors { message }
  }
}
"""
SLUG = "query ($slug: String!) { organization(slug: $slug) { name } }"


class Reading:
    """Reads on a pool, seeing what an actor may see."""

    def __init__(self, reads: Reads, actor: Actor) -> None:
        self.reads, self.actor, self.seeing = reads, actor, seen_by(actor)


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization()


@pytest.fixture(scope="module")
def admin(world: World, place: Place) -> Reading:
    return _reading(world, place)


def _reading(world: World, place: Place) -> Reading:
    user = UserId(uuid_of(place[Role.ADMIN].id))
    actor = Actor(user_id=user, grants={OrganizationId(uuid_of(place.id)): BUILT_IN[Role.ADMIN]})
    return Reading(world.resources.database.primary, actor)


@pytest.fixture
def sent(admin: Reading) -> Iterator[list[str]]:
    """The SQL that is sent."""
    found: list[str] = []
    admin.reads.observers.append(found.append)
    yield found
    admin.reads.observers.remove(found.append)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Reads]:
    """One connection at most."""
    pool = Reads(database_url, 1)
    yield pool
    await pool.close()


@pytest.fixture
async def monitor(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    async with connected(database_url) as connection:
        yield connection


def _backend() -> Written:
    return select(func.pg_backend_pid())


def _sleeping(seconds: float) -> Written:
    return select(func.pg_sleep(seconds), func.pg_backend_pid())


def _number(number: int) -> Written:
    return select(literal(number).label(f"number_{number}"))


async def backend(pool: Reads) -> int:
    """The server's process behind the connection that is used."""
    [row] = await pool.rows(compiled(None, _backend), {})
    return int(row[0])


async def sleep(pool: Reads, seconds: float) -> int:
    [row] = await pool.rows(compiled(None, _sleeping, seconds), {})
    return int(row[1])


async def test_only_what_is_wanted_is_read(admin: Reading, place: Place, sent: list[str]) -> None:
    template = uuid_of((await place.template())["id"])
    organization = uuid_of(place.id)
    found: list[list[Any]] = [
        await loaders.templates.load(admin, [template], ("name",)),
        *await listings.templates_of_organization.pages(admin, [organization], NEWEST, ("name",)),
        await loaders.organizations_by_slug.load(admin, [place.slug], ("name",)),
    ]
    assert [set(rows[0].keys()) for rows in found] == [
        {"name", "id"},
        {"name", "id", "organization_id", "updated_at"},
        {"name", "slug"},
    ]
    assert [sql for sql in sent if "search" in sql or "description" in sql] == []


async def test_an_attribute_that_was_not_selected_is_named(admin: Reading, place: Place) -> None:
    template = uuid_of((await place.template())["id"])
    [row] = await loaders.templates.load(admin, [template], ("name",))
    with pytest.raises(NotSelected, match=r"Template\.status was not selected"):
        _ = row.status  # type: ignore[union-attr] # it is there


@pytest.fixture(scope="module")
async def full(world: World) -> Place:
    """An organisation with one of everything."""
    return (await a_marked_organization(world)).place


@pytest.mark.parametrize("entity", [*loaders.BY_ENTITY])
async def test_a_row_has_the_values_of_its_model(world: World, full: Place, entity: str) -> None:
    source = loaders.BY_ENTITY[entity]
    model: Any = source.model
    id = await _one_of(full, model)
    row: Any = (await source.load(_reading(world, full), [id]))[0]
    stored = await one(world, select(model).where(model.id == id))
    names = usual(model)
    assert {n: getattr(row, n) for n in names} == {n: getattr(stored, n) for n in names}
    plain = row_of(model).plain
    assert {n: row[n] for n in plain & {*names}} == {n: getattr(row, n) for n in plain & {*names}}
    assert type(row).model is model


async def _one_of(place: Place, model: Any) -> Any:
    """The id of a thing of that kind in the place, or of who administers it."""
    admin = uuid_of(place[Role.ADMIN].id)
    if model is loaders.users.model:
        return admin
    owned = model is loaders.own_sessions.model
    mine = select(model.id).where(
        model.user_id == admin if owned else model.organization_id == uuid_of(place.id)
    )
    return await one(place.world, mine.order_by(model.id.desc()).limit(1))


async def test_deferred_columns_are_read_only_where_they_are_named() -> None:
    assert "search" not in usual(Template)
    assert "search_text" in usual(Template)


async def test_a_key_may_be_asked_for_twice(admin: Reading, place: Place) -> None:
    template = uuid_of((await place.template())["id"])
    organization = uuid_of(place.id)
    twice = await loaders.templates.load(admin, [template, template])
    assert twice[0] == twice[1] is not None
    lists = listings.templates_of_organization
    once = await lists.pages(admin, [organization], NEWEST)
    assert await lists.pages(admin, [organization, organization], NEWEST) == once * 2
    assert len({await _total(admin, keys) for keys in ([organization], [organization] * 2)}) == 1


async def _total(admin: Reading, keys: list[Any]) -> int:
    counts = await listings.templates_of_organization.counts(admin, keys, NEWEST)
    assert len({*counts}) == 1
    return counts[0]


async def test_one_statement_serves_everybody(admin: Reading, place: Place) -> None:
    user = uuid_of(place[Role.ADMIN].id)
    platform = Actor(user_id=UserId(uuid_of(place.id)), platform_role=PlatformRole.ADMIN)
    known = compiled.cache_info().currsize
    seen = [
        await loaders.users.load(reading, [user], ("email",))
        for reading in (
            admin,
            Reading(admin.reads, platform),
            Reading(admin.reads, ANONYMOUS),
            Reading(admin.reads, replace(platform, platform_role=PlatformRole.USER)),
        )
    ]
    assert [row is not None for [row] in seen] == [True, True, False, False]
    assert compiled.cache_info().currsize <= known + 1


async def test_who_is_cancelled_stops_the_statement_and_leaves_a_good_connection(
    pool: Reads, monitor: asyncpg.Connection
) -> None:
    process = await backend(pool)
    active = "SELECT state = 'active' FROM pg_stat_activity WHERE pid = $1"

    async def runs() -> bool:
        return bool(await monitor.fetchval(active, process))

    reading = asyncio.create_task(sleep(pool, 600))
    await until(runs)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert await backend(pool) == process
    assert not await runs()


async def test_no_more_connections_are_opened_than_there_may_be(pool: Reads) -> None:
    processes = await asyncio.gather(*(sleep(pool, 0.01) for _ in range(10)))
    assert len({*processes}) == 1


async def test_who_waits_too_long_for_a_connection_is_told(
    pool: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "PATIENCE", 0.01)
    holding = asyncio.create_task(sleep(pool, 600))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await backend(pool)
    holding.cancel()
    await asyncio.gather(holding, return_exceptions=True)


async def test_a_connection_that_was_lost_is_replaced(
    pool: Reads, monitor: asyncpg.Connection
) -> None:
    process = await backend(pool)
    await monitor.execute("SELECT pg_terminate_backend($1, 10000)", process)
    try:
        assert await backend(pool) != process
    except Unavailable:  # it had not been noticed yet
        assert await backend(pool) != process


async def test_a_database_that_is_not_there_is_unavailable(database_url: str) -> None:
    nowhere = Reads(database_url.replace("imprimatur-test", "imprimatur-gone"), 1)
    for _ in range(3):
        with pytest.raises(Unavailable):
            await backend(nowhere)
    await nowhere.close()


async def test_only_so_many_statements_are_remembered(pool: Reads) -> None:
    for number in range(MOST_STATEMENTS + 10):
        compiled(None, _number, number)
    assert compiled.cache_info().currsize <= MOST_STATEMENTS
    for number in range(PREPARED + 10):
        await pool.rows(compiled(None, _number, number), {})

    def prepared() -> Written:
        return select(func.count()).select_from(func.pg_prepared_statement())

    [row] = await pool.rows(compiled(None, prepared), {})
    assert row[0] <= PREPARED + 1


async def test_queries_read_the_replica_and_whoever_has_written_the_primary(
    world: World, engines: Engines, place: Place
) -> None:
    async with migrated_database(engines) as behind:
        database = Database(world.resources.database.url, replica_url=behind)
        apart = World(replace(world.resources, database=database), world.engine)
        await _reads_apart(apart, place, place[Role.ADMIN])
        await database.close()


async def _reads_apart(world: World, place: Place, admin: Person) -> None:
    """Nothing has reached the replica yet: who is asking is known, but nothing can be found."""
    context = await world.context(admin)
    id = uuid_of(place.id)
    assert context.actor.user_id == uuid_of(admin.id)
    assert await loaders.organizations.load(context, [id]) == [None]
    assert await loaders.organizations.load(context.fresh(), [id]) != [None]
    [refused] = (await world.ask(SLUG, {"slug": place.slug}, by=admin))["errors"]
    assert refused["extensions"]["code"] == "NOT_FOUND"
    renamed = await world.done(RENAME, admin, organization=place.id, name="New Press")
    assert renamed["organization"]["name"] == "New Press"
    assert {"user": {"id": admin.id}} in renamed["organization"]["members"]["nodes"]
