"""Whoever changes the record of what happened, even with every right there is, is found out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from db.database import Database
from db.models import NOBODYS, new_id
from domain.events import Event
from domain.ids import OrganizationId
from domain.verification import Fault, Finding
from events import chain, outbox
from events.order import order
from resolvers.verification import Verification
from tests.engines import Engines, connected, migrated_database
from tests.spine import an_event, an_organization

ORDERING = "SET imprimatur.orders = 'yes'"
FORGING = "SET session_replication_role = replica"  # past every trigger
COUNT = 7
Found = list[tuple[Fault, UUID | None, int | None]]


@dataclass
class Archive:
    """A database of the test's own, with some events of two organisations and of none."""

    url: str
    one: OrganizationId = field(default_factory=an_organization)
    other: OrganizationId = field(default_factory=an_organization)
    events: list[Event] = field(default_factory=list)
    looked_at: int = 0

    async def happen(self, *organizations: OrganizationId | None) -> None:
        database = Database(self.url)
        async with database.transaction() as session:
            for each in organizations:
                self.events.append(an_event(each))
                outbox.record(session, self.events[-1])
        await database.close()
        async with connected(self.url) as connection:
            await connection.execute(ORDERING)
            while await order(connection):
                pass

    async def forge(self, statement: str, *values: Any) -> None:
        """As a superuser who has switched off what keeps the record."""
        async with connected(self.url) as connection:
            await connection.execute(FORGING)
            assert await connection.execute(statement, *values) not in {"UPDATE 0", "DELETE 0"}

    async def hash(self, position: int) -> bytes:
        async with connected(self.url) as connection:
            found: bytes = await connection.fetchval(
                "SELECT hash FROM event_positions WHERE organization_id = $1 AND position = $2",
                self.one,
                position,
            )
            return found

    async def find(
        self, only: UUID | None = None, since: int = 0, kept: bytes | None = None
    ) -> Found:
        return [_brief(each) for each in await self.findings(only, since, kept)]

    async def findings(
        self, only: UUID | None = None, since: int = 0, kept: bytes | None = None
    ) -> list[Finding]:
        database = Database(self.url)
        try:
            async with database.engine.connect() as connection:
                verification = Verification(connection, only, since, kept)
                found = [each async for each in verification.findings()]
                self.looked_at = verification.places
                return found
        finally:
            await database.close()

    def event(self, position: int) -> UUID:
        """The event of that place in the first organisation."""
        return [each.id for each in self.events if each.organization_id == self.one][position - 1]


def _brief(finding: Finding) -> tuple[Fault, UUID | None, int | None]:
    return finding.fault, finding.organization, finding.position


@asynccontextmanager
async def an_archive(engines: Engines) -> AsyncIterator[Archive]:
    async with migrated_database(engines) as url:
        archive = Archive(url)
        for _ in range(COUNT):
            await archive.happen(archive.one, archive.other, None)
        yield archive


@pytest.fixture
async def archive(engines: Engines) -> AsyncIterator[Archive]:
    async with an_archive(engines) as made:
        yield made


async def test_an_untouched_record_is_whole(archive: Archive) -> None:
    assert await archive.find() == []
    assert archive.looked_at == 3 * COUNT
    assert await archive.find(archive.one) == []
    assert archive.looked_at == COUNT
    assert await archive.find(NOBODYS, since=3) == []
    assert archive.looked_at == COUNT - 2
    assert await archive.find(archive.one, since=COUNT + 1) == []
    assert await archive.find(archive.one, kept=await archive.hash(4)) == []


CHANGES = {
    "what it did": 'after = \'{"body": "Nothing of the kind."}\'',
    "who did it": "actor_id = gen_random_uuid()",
    "that somebody did it": "actor_id = NULL",
    "when it was": "occurred_at = occurred_at - interval '1 microsecond'",
    "what it was": "kind = 'COMMENT_DELETED'",
    "what it was, to something unheard of": "kind = 'NOBODY_KNOWS'",
    "where it came from": "ip = '2001:db8::8'",
    "from which device": "session_id = gen_random_uuid()",
    "what it is about": "subject_id = gen_random_uuid()",
    "where it was": "organization_id = NULL",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_changed_event_is_found_where_it_is(archive: Archive, change: str) -> None:
    await archive.forge(f"UPDATE events SET {change} WHERE id = $1", archive.event(4))  # noqa: S608 - ours
    assert await archive.find() == [(Fault.CHANGED, archive.one, 4)]
    assert await archive.find(archive.one, since=5) == []
    assert await archive.find(archive.other) == []


async def test_a_removed_event_is_found_where_it_was(archive: Archive) -> None:
    await archive.forge("DELETE FROM events WHERE id = $1", archive.event(4))
    [finding] = await archive.findings()
    assert _brief(finding) == (Fault.MISSING, archive.one, 4)
    assert finding.event == archive.event(4)


async def test_a_removal_does_not_pass_for_old_age(archive: Archive) -> None:
    await archive.forge("DELETE FROM events WHERE id = $1", archive.event(2))
    await archive.forge("UPDATE event_heads SET forgotten = 5")
    assert await archive.find() == [(Fault.MISSING, archive.one, 2)]


async def test_what_was_put_away_with_its_month_is_not_missed(archive: Archive) -> None:
    async with connected(archive.url) as connection:
        [month] = await connection.fetch(
            "SELECT DISTINCT tableoid::regclass::text AS it FROM events"
        )
        await connection.execute(f"ALTER TABLE events DETACH PARTITION {month['it']}")
        await _drop_older(connection)
    assert {fault for fault, *_ in await archive.find()} == {Fault.MISSING}
    await archive.forge("UPDATE event_heads SET forgotten = position")
    assert await archive.find() == []


async def _drop_older(connection: asyncpg.Connection) -> None:
    """Months are put away from the oldest on."""
    oldest = await connection.fetchval(
        "SELECT inhrelid::regclass::text FROM pg_inherits"
        " WHERE inhparent = 'events'::regclass ORDER BY 1 LIMIT 1"
    )
    await connection.execute(f"ALTER TABLE events DETACH PARTITION {oldest}")


async def test_a_removed_place_is_found_and_so_is_its_event(archive: Archive) -> None:
    await archive.forge("DELETE FROM event_positions WHERE event_id = $1", archive.event(4))
    found = await archive.findings()
    assert [_brief(each) for each in found] == [
        (Fault.MISSING, archive.one, 4),
        (Fault.INSERTED, archive.one, None),
        (Fault.MISSING, None, None),
    ]
    assert found[1].event == archive.event(4)


async def test_an_event_and_its_place_that_were_removed_are_found(archive: Archive) -> None:
    for table, key in (("event_positions", "event_id"), ("events", "id")):
        await archive.forge(f"DELETE FROM {table} WHERE {key} = $1", archive.event(1))  # noqa: S608 - ours
    assert await archive.find(archive.one) == [(Fault.MISSING, archive.one, 1)]


async def test_a_smuggled_event_is_found(archive: Archive) -> None:
    smuggled = new_id()
    await archive.forge(_COPY.format(id=f"'{smuggled}'"), archive.event(4))
    [finding] = await archive.findings()
    assert (finding.fault, finding.event) == (Fault.INSERTED, smuggled)


_COPY = """
    INSERT INTO events (id, occurred_at, kind, entity, entity_id, subject_id, organization_id)
    SELECT {id}, occurred_at, kind, entity, entity_id, subject_id, organization_id
    FROM events WHERE id = $1
"""
_PLACE = "INSERT INTO event_positions VALUES ($1, $2, $3, $4, $5)"


async def test_a_smuggled_event_with_a_place_of_its_own_is_found(archive: Archive) -> None:
    smuggled = new_id()
    await archive.forge(_COPY.format(id=f"'{smuggled}'"), archive.event(4))
    place = (3 * COUNT + 1, archive.one, COUNT + 1, smuggled, b"\1" * 32)
    await archive.forge(_PLACE, *place)
    found = await archive.find()
    assert found == [
        (Fault.CHANGED, archive.one, COUNT + 1),
        (Fault.INSERTED, archive.one, COUNT + 1),
    ]


async def test_a_cut_off_end_is_found(archive: Archive) -> None:
    for position in (COUNT, COUNT - 1):
        await archive.forge(
            "DELETE FROM event_positions WHERE event_id = $1", archive.event(position)
        )
        await archive.forge("DELETE FROM events WHERE id = $1", archive.event(position))
    [finding] = await archive.findings(archive.one)
    assert _brief(finding) == (Fault.MISSING, archive.one, COUNT - 1)
    assert f"the places up to {COUNT} are gone" in finding.text


async def test_exchanged_events_are_found(archive: Archive) -> None:
    third, fourth = archive.event(3), archive.event(4)
    spare = new_id()
    for old, new in ((third, spare), (fourth, third), (spare, fourth)):
        await archive.forge("UPDATE events SET id = $2 WHERE id = $1", old, new)
    assert await archive.find() == [
        (Fault.CHANGED, archive.one, 3),
        (Fault.CHANGED, archive.one, 4),
    ]


@pytest.mark.parametrize("position", [1, 4, COUNT])
async def test_a_changed_hash_is_found_where_it_is(archive: Archive, position: int) -> None:
    await archive.forge(
        "UPDATE event_positions SET hash = $2 WHERE event_id = $1",
        archive.event(position),
        b"\1" * 32,
    )
    found = await archive.find()
    assert found[0] == (Fault.CHANGED, archive.one, position)
    assert {each[2] for each in found} == {position}


async def test_a_changed_head_is_found(archive: Archive) -> None:
    await archive.forge(
        "UPDATE event_heads SET hash = $2 WHERE organization_id = $1", archive.one, b"\1" * 32
    )
    assert await archive.find() == [(Fault.CHANGED, archive.one, COUNT)]
    await archive.forge("DELETE FROM event_heads WHERE organization_id = $1", archive.one)
    assert await archive.find() == [(Fault.INSERTED, archive.one, 1)]


async def test_an_order_whose_places_are_all_gone_is_found(archive: Archive) -> None:
    await archive.forge("DELETE FROM event_positions WHERE organization_id = $1", archive.one)
    assert (await archive.find(archive.one))[0] == (Fault.MISSING, archive.one, 1)


async def test_a_chain_that_was_made_anew_is_known_by_the_hash_that_was_kept(
    archive: Archive,
) -> None:
    kept = await archive.hash(COUNT)
    await archive.forge("UPDATE events SET ip = NULL WHERE id = $1", archive.event(4))
    await _make_anew(archive)
    assert await archive.find() == []
    assert await archive.find(archive.one, kept=kept) == [(Fault.REWRITTEN, archive.one, None)]


async def _make_anew(archive: Archive) -> None:
    """What somebody does who knows how the chain is made, and may do everything."""
    async with connected(archive.url) as connection:
        await connection.execute(FORGING)
        previous = chain.BEGINNING
        for position in range(1, COUNT + 1):
            row = await connection.fetchrow(
                f"SELECT {chain.COLUMNS} FROM events WHERE id = $1",  # noqa: S608 - ours
                archive.event(position),
            )
            previous = chain.link(previous, dict(row or {}), position)
            await connection.execute(
                "UPDATE event_positions SET hash = $2 WHERE event_id = $1",
                archive.event(position),
                previous,
            )
        await connection.execute(
            "UPDATE event_heads SET hash = $2 WHERE organization_id = $1", archive.one, previous
        )


async def test_what_waits_for_its_place_is_no_fault_unless_it_is_gone(archive: Archive) -> None:
    database = Database(archive.url)
    async with database.transaction() as session:
        waiting = an_event(archive.one)
        outbox.record(session, waiting)
    await database.close()
    assert await archive.find() == []
    await archive.forge("DELETE FROM events WHERE id = $1", waiting.id)
    [finding] = await archive.findings()
    assert (finding.fault, finding.event) == (Fault.MISSING, waiting.id)


async def test_any_number_of_faults_is_found_at_once(archive: Archive) -> None:
    await archive.forge("UPDATE events SET ip = NULL WHERE id = $1", archive.event(2))
    await archive.forge("DELETE FROM events WHERE id = $1", archive.event(3))
    await archive.forge("UPDATE events SET ip = NULL WHERE id = $1", archive.event(6))
    assert await archive.find() == [
        (Fault.CHANGED, archive.one, 2),
        (Fault.MISSING, archive.one, 3),
        (Fault.CHANGED, archive.one, 6),
    ]
