"""What a use case records is in the outbox exactly when it is in the record of events."""

from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import select

from db.models import Event, Outbox
from domain.events import EventKind
from events import outbox
from tests.engines import connected
from tests.spine import Site, an_event, an_organization, until


async def test_a_recorded_event_is_kept_whole_and_waits_to_be_published(site: Site) -> None:
    event = an_event(an_organization(), before={"body": "24 px"}, kind=EventKind.COMMENT_EDITED)
    await site.record(event)
    async with site.database.read() as session:
        row = (await session.scalars(select(Event))).one()
        waiting = (await session.scalars(select(Outbox.event_id))).all()
    assert {name: getattr(row, name) for name in outbox.STORED} == {
        name: getattr(event, name) for name in outbox.STORED
    }
    assert waiting == [event.id]


async def test_what_is_rolled_back_was_never_recorded(site: Site) -> None:
    async with site.database.transaction() as session:
        outbox.record(session, an_event(an_organization()))
        await session.flush()
        await session.rollback()
    assert await site.ask("SELECT count(*) FROM events") == 0
    assert await site.ask("SELECT count(*) FROM outbox") == 0


async def test_events_of_one_transaction_wait_in_the_order_they_were_made_in(site: Site) -> None:
    ids = await site.record(*(an_event(an_organization()) for _ in range(50)))
    async with site.database.read() as session:
        waiting = await session.scalars(select(Outbox.event_id).order_by(Outbox.sequence))
    assert list(waiting) == ids


async def test_recording_takes_one_statement(site: Site) -> None:
    statements: list[str] = []
    async with site.database.transaction() as session:
        for _ in range(3):
            outbox.record(session, an_event(an_organization()))
        sqlalchemy_event.listen(
            site.database.engine.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: statements.append(statement),
        )
    assert len(statements) == 1


async def test_the_relay_is_woken_once_for_a_transaction_when_it_commits(site: Site) -> None:
    woken: list[str] = []

    async def was_woken() -> bool:
        return bool(woken)

    async with connected(site.database.url) as listener:
        await listener.add_listener("imprimatur_outbox", lambda *_: woken.append("woken"))
        async with site.database.transaction() as session:
            for _ in range(2):
                outbox.record(session, an_event(an_organization()))
                await session.flush()
            assert await listener.fetchval("SELECT count(*) FROM outbox") == 0
            assert woken == []
        await until(was_woken)
        await listener.execute("SELECT 1")
    assert woken == ["woken"]
