"""What happened is kept as it happened: nobody changes it, and whatever is changed shows."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from sqlalchemy import make_url

from db.database import Database
from db.models import NOBODYS
from events import chain
from tests.engines import Engines, connected, empty_database, migrate
from tests.spine import Site, an_event, an_organization, in_background, until
from tests.test_migrations import run

CHANGES = [
    f"{what} {table}{rest}"
    for table in ("events", "event_positions", "{partition}")
    for what, rest in (
        ("UPDATE", " SET {column} = {column}"),
        ("DELETE FROM", ""),
        ("TRUNCATE", ""),
    )
]
CHAIN = f"""
    SELECT {chain.COLUMNS}, event_positions.position, event_positions.hash,
        event_positions.sequence, event_positions.organization_id AS chain
    FROM event_positions JOIN events ON events.id = event_positions.event_id
    ORDER BY event_positions.sequence
"""  # noqa: S608 - our own columns


async def ordered(site: Site) -> list[asyncpg.Record]:
    """Everything in the order of all."""
    async with connected(site.database.url) as connection:
        return list(await connection.fetch(CHAIN))


def verify(rows: list[Any]) -> None:
    """All positions and hashes are what they must be."""
    heads: dict[UUID, tuple[int, bytes]] = {}
    for sequence, row in enumerate(rows, 1):
        position, previous = heads.get(row["chain"], (0, chain.BEGINNING))
        heads[row["chain"]] = position + 1, chain.link(previous, row, position + 1)
        assert (row["sequence"], row["position"]) == (sequence, position + 1)
        assert row["hash"] == heads[row["chain"]][1]


async def test_positions_and_hashes_have_no_gap_in_any_organisation_or_in_none(site: Site) -> None:
    ours, theirs = an_organization(), an_organization()
    async with in_background(site.relay().run()):
        for _ in range(10):
            await site.record(an_event(ours), an_event(None), an_event(theirs, before={"n": 1e30}))
            await site.record(an_event(ours, actor_id=None, after=None))
        await until(site.is_ordered)
    rows = await ordered(site)
    verify(rows)
    assert {row["chain"] for row in rows} == {ours, theirs, NOBODYS}
    heads = "SELECT json_object_agg(organization_id, position) FROM event_heads"
    assert str(await site.ask(heads)).count("10") >= 2


async def test_an_organisations_events_have_the_order_of_their_commits(site: Site) -> None:
    organization = an_organization()
    async with in_background(site.relay().run()):
        ids = [(await site.record(an_event(organization)))[0] for _ in range(50)]
        await until(site.is_ordered)
    assert [row["id"] for row in await ordered(site)] == ids


@pytest.mark.parametrize("change", ["kind = 'STEP_DECIDED'", "after = '{}'", "ip = NULL"])
async def test_a_change_past_every_lock_breaks_the_chain(site: Site, change: str) -> None:
    async with in_background(site.relay().run()):
        [_, changed, _] = await site.record(*(an_event(an_organization()) for _ in range(3)))
        await until(site.is_ordered)
    async with connected(site.database.url) as connection:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(f"UPDATE events SET {change} WHERE id = $1", changed)  # noqa: S608 - one of ours
    with pytest.raises(AssertionError):
        verify(await ordered(site))


@pytest.mark.parametrize("change", CHANGES)
async def test_nobody_can_change_the_record_or_its_order_not_even_a_superuser(
    site: Site, change: str
) -> None:
    async with in_background(site.relay().run()):
        await site.record(an_event(an_organization()))
        await until(site.is_ordered)
    partition = await site.ask("SELECT tableoid::regclass::text FROM events LIMIT 1")
    column = "hash" if "event_positions" in change else "kind"
    with pytest.raises(asyncpg.RaiseError, match="never change"):
        await site.ask(change.format(partition=partition, column=column))


@pytest.fixture(scope="module")
async def modest(engines: Engines) -> AsyncIterator[str]:
    """A database that belongs to a user who is nobody special, migrated and served by them."""
    name = f"app_{uuid4().hex}"
    async with empty_database(engines) as url:
        database = make_url(url).database
        async with connected(engines.database("postgres")) as admin:
            await admin.execute(f"CREATE ROLE {name} LOGIN")
            await admin.execute(f"ALTER DATABASE {database} OWNER TO {name}")
        modest = make_url(url).set(username=name).render_as_string(hide_password=False)
        await migrate(modest)
        yield modest
        async with connected(url) as admin:
            await admin.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            await admin.execute(f"DROP OWNED BY {name}")
    async with connected(engines.database("postgres")) as admin:
        await admin.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize("change", CHANGES)
async def test_the_applications_role_has_no_right_to_change_the_record(
    modest: str, change: str
) -> None:
    statement = "SELECT relname FROM pg_class WHERE relispartition AND relname LIKE 'events_2%'"
    async with connected(modest) as connection:
        partition = await connection.fetchval(statement)
        column = "hash" if "event_positions" in change else "kind"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change.format(partition=partition, column=column))


async def test_the_applications_role_can_record_order_and_read(modest: str, redis_url: str) -> None:
    database = Database(modest)
    site = Site(database, redis_url)
    async with in_background(site.relay().run()):
        [id] = await site.record(an_event(an_organization()))
        await until(site.is_ordered)
    assert [row["id"] for row in await ordered(site)] == [id]
    await database.close()


BEFORE = """
    INSERT INTO events (id, occurred_at, kind, entity, entity_id, subject_id, organization_id,
        actor_id, before, after, request_id, ip)
    VALUES ($1, $2, $3, 'Template', $4, $4, $5, $6, $7, $8, 'a request', NULL)
"""


async def test_what_was_recorded_before_there_were_positions_is_converted_and_given_back(
    engines: Engines,
) -> None:
    organization = an_organization()
    events = [an_event(organization), an_event(None), an_event(organization, before={"ä": 1.50})]
    async with empty_database(engines) as url:
        await run(url, command.upgrade, "0003")
        async with connected(url) as connection:
            for each in events:
                facts = [each.id, each.occurred_at, each.kind, each.entity_id]
                body = ['{"ä": 1.50}' if each.before else None, '{"b": [1, "x"]}']
                owner = [each.organization_id, each.actor_id]
                await connection.execute(BEFORE, *facts, *owner, *body)
            before = await connection.fetch("SELECT * FROM events ORDER BY id")
            await connection.execute("DELETE FROM outbox WHERE event_id <> $1", events[2].id)
        await run(url, command.upgrade, "head")
        async with connected(url) as connection:
            rows = await connection.fetch(CHAIN)
            assert [row["id"] for row in rows] == [event.id for event in events[:2]]
            verify(rows)
            assert await connection.fetchval("SELECT event_id FROM outbox") == events[2].id
            assert await connection.fetchval("SELECT count(*) FROM event_heads") == 2
        await run(url, command.downgrade, "0003")
        async with connected(url) as connection:
            assert await connection.fetch("SELECT * FROM events ORDER BY id") == before
            assert await connection.fetchval("SELECT event_id FROM outbox") == events[2].id


async def test_a_relay_of_the_release_before_takes_nothing_out_of_the_order(site: Site) -> None:
    [id] = await site.record(an_event(an_organization()))
    await site.ask("DELETE FROM outbox")
    assert await site.ask("SELECT event_id FROM outbox") == id
    async with in_background(site.relay().run()):
        await until(site.is_ordered)
    assert [row["id"] for row in await ordered(site)] == [id]
