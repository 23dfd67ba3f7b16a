"""What people are told by mail: once, to nobody who may no longer know, by the choice they made."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import select

from adapters.mail import sending
from db.models import Notification, User, now
from domain.notifications import EmailTiming, NotificationKind
from domain.permissions import Role
from jobs.running import Outcomes
from jobs.worker import working
from resolvers import mailing
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests import rows
from tests.editorial import COMMENT, REMOVE, membership
from tests.engines import Engines, migrated_database
from tests.jobs import run_jobs, waiting
from tests.messages import everybody_is_told, told
from tests.post_office import PostOffice, post_office
from tests.spine import until
from tests.test_notification_choices import MARK, PREFER
from tests.world import Person, Place, World, uuid_of

SENDER = "Imprimatur <no-reply@example.org>"
DAY = timedelta(days=1)


@pytest.fixture
async def office(world: World) -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@pytest.fixture
def posting(world: World, office: PostOffice) -> World:
    """The world, where mail goes to the post office."""
    return through(world, office)


def through(world: World, office: PostOffice, **changed: Any) -> World:
    send = sending(office.url, SENDER, Path("/nowhere"))
    return replace(world, resources=replace(world.resources, send=send, **changed))


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER)


async def submitted(place: Place) -> None:
    template = await place.template(place[Role.EDITOR])
    await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
    await everybody_is_told(place.world)


async def commented(place: Place, *bodies: str) -> None:
    """By the approver, on a template of the editor's."""
    template = await place.template(place[Role.EDITOR])
    for body in bodies:
        given = {"template": template["id"], "body": body}
        await place.world.done(COMMENT, place[Role.APPROVER], **given)
    await everybody_is_told(place.world)


async def of(world: World, person: Person) -> list[Notification]:
    statement = select(Notification).where(Notification.user_id == uuid_of(person.id))
    async with world.resources.database.read() as session:
        return list(await session.scalars(statement.order_by(Notification.id)))


async def mail(world: World, person: Person) -> list[UUID]:
    """Do the jobs that mail something to the person at once; what they were told."""
    ids = [row.id for row in await of(world, person)]
    for id in ids:
        await run_jobs(world, about=id)
    return ids


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(cast(EmailMessage, part).get_content())


async def test_what_waits_for_somebody_is_mailed_at_once(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    approver = place[Role.APPROVER]
    [id] = await mail(posting, approver)
    [received] = office.mails
    assert received["To"] == approver.email
    assert received["From"] == SENDER
    assert received["Subject"] == "“Welcome” waits for your decision"
    assert received["Message-ID"] == f"<{id}@example.org>"
    assert "asks you in Acme Press to decide on “Welcome”" in text_of(received)
    [row] = await of(posting, approver)
    assert row.mailed_at


async def test_a_mail_links_to_its_notification_where_there_is_an_address(
    world: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    linking = through(world, office, public_url="https://front.example.com")
    await mail(linking, place[Role.APPROVER])
    assert "\nhttps://front.example.com/notifications/" in text_of(office.mails[0])


async def test_without_a_server_it_is_a_file(
    world: World, place: Place, settings: Settings
) -> None:
    await submitted(place)
    [id] = await mail(world, place[Role.APPROVER])
    file = settings.data_dir / "mail" / f"{id}.eml"
    received = message_from_bytes(file.read_bytes(), policy=default)
    assert received["To"] == place[Role.APPROVER].email


async def test_a_mail_is_sent_once_however_often_its_job_is_done(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    [id] = await mail(posting, place[Role.APPROVER])
    ctx = posting.resources.own_context("test")
    await mailing.mail_notification(ctx, id)
    await mail(posting, place[Role.APPROVER])
    assert len(office.mails) == 1


async def test_a_server_that_is_away_gets_the_mail_when_it_is_back(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    approver = place[Role.APPROVER]
    office.refuses[approver.email] = 450
    [id] = await mail(posting, approver)
    [job] = await waiting(posting, about=id)
    assert job.failures == 1
    assert office.mails == []
    del office.refuses[approver.email]
    await run_jobs(posting, job.at, about=id)
    assert [each["To"] for each in office.mails] == [approver.email]


async def test_an_address_that_is_refused_for_good_is_not_tried_again(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    office.refuses[place[Role.APPROVER].email] = 550
    [id] = await mail(posting, place[Role.APPROVER])
    assert await waiting(posting, about=id) == []
    assert office.mails == []


async def test_who_may_no_longer_see_it_gets_no_mail_of_it(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    approver = place[Role.APPROVER]
    given = {"membership": await membership(place, approver)}
    await place.world.done(REMOVE, place[Role.ADMIN], **given)
    await mail(posting, approver)
    assert office.mails == []
    await everybody_is_told(place.world)
    await mail(posting, approver)
    assert [each["Subject"] for each in office.mails] == [
        "You are no longer a member of Acme Press"
    ]


async def test_who_was_suspended_gets_no_mail(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    person = select(User).where(User.id == uuid_of(place[Role.APPROVER].id))
    await rows.change(posting, await rows.one(posting, person), status="SUSPENDED")
    await mail(posting, place[Role.APPROVER])
    assert office.mails == []


async def test_who_has_read_it_or_wants_no_mail_by_now_gets_none(
    posting: World, place: Place, office: PostOffice
) -> None:
    await submitted(place)
    approver = place[Role.APPROVER]
    await posting.done(MARK, approver, before=now().isoformat())
    await mail(posting, approver)
    await submitted(place)
    silent = [{"kind": "STEP_WAITING", "email": "OFF"}]
    await posting.done(PREFER, approver, notifications=silent)
    await mail(posting, approver)
    assert office.mails == []


async def test_a_digest_holds_everything_until_the_morning_and_comes_once(
    posting: World, place: Place, office: PostOffice
) -> None:
    editor = place[Role.EDITOR]
    await commented(place, "Shorter, please.", "And bolder.")
    await mail(posting, editor)
    assert office.mails == []
    [job] = await waiting(posting, about=uuid_of(editor.id))
    assert (job.at.hour, job.at.minute) == (8, 0)
    assert now() < job.at <= now() + DAY
    await run_jobs(posting, job.at, about=uuid_of(editor.id))
    await run_jobs(posting, job.at + DAY, about=uuid_of(editor.id))
    [received] = office.mails
    assert received["To"] == editor.email
    assert received["Subject"] == "2 things happened while you were away"
    assert "== Acme Press ==" in text_of(received)
    assert text_of(received).count("Approver Byron commented on “Welcome”") == 2
    assert all(row.mailed_at for row in await of(posting, editor))


async def test_a_digest_comes_in_the_morning_of_where_its_reader_lives(
    posting: World, place: Place
) -> None:
    person = select(User).where(User.id == uuid_of(place[Role.EDITOR].id))
    await rows.change(posting, await rows.one(posting, person), timezone="Asia/Tokyo")
    await commented(place, "Shorter, please.")
    [job] = await waiting(posting, about=uuid_of(place[Role.EDITOR].id))
    assert job.at.hour == 23


async def test_a_digest_that_is_sent_again_has_the_same_name(
    posting: World, place: Place, office: PostOffice
) -> None:
    """Who died between sending and noting it."""
    editor = place[Role.EDITOR]
    await commented(place, "Shorter, please.")
    ctx = posting.resources.own_context("test")
    for _ in range(2):
        await mailing.mail_digest(ctx, uuid_of(editor.id))
        [row] = await of(posting, editor)
        await rows.change(posting, row, mailed_at=None)
    assert len({each["Message-ID"] for each in office.mails}) == 1 < len(office.mails)


async def test_a_digest_of_what_was_read_is_not_sent(
    posting: World, place: Place, office: PostOffice
) -> None:
    editor = place[Role.EDITOR]
    await commented(place, "Shorter, please.")
    await posting.done(MARK, editor, before=now().isoformat())
    await mailing.mail_digest(posting.resources.own_context("test"), uuid_of(editor.id))
    assert office.mails == []
    assert all(row.mailed_at for row in await of(posting, editor))


async def test_more_than_a_digest_holds_comes_in_several(
    posting: World, place: Place, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailing, "MOST_IN_DIGEST", 2)
    editor = place[Role.EDITOR]
    for _ in range(3):
        await told(place, editor, email=EmailTiming.DIGEST)
    await mailing.mail_digest(posting.resources.own_context("test"), uuid_of(editor.id))
    await run_jobs(posting, about=uuid_of(editor.id))
    assert len(office.mails) == 2


async def test_no_name_becomes_a_header_or_markup(
    posting: World, place: Place, office: PostOffice
) -> None:
    name = "A\r\nBcc: everybody@example.com\r\n\r\n<script>"
    editor = place[Role.EDITOR]
    facts = {"template": name, "actor": name, "organization": name}
    kind = NotificationKind.COMMENT_ADDED
    given = {"kind": kind, "facts": facts, "email": EmailTiming.IMMEDIATE}
    id = uuid_of(await told(place, editor, **given))
    await mailing.mail_notification(posting.resources.own_context("test"), id)
    [received] = office.mails
    assert office.envelopes == [editor.email]
    assert received["Bcc"] is None
    html = received.get_body(("html",))
    assert html is not None
    assert "<script>" not in cast(EmailMessage, html).get_content()


async def test_a_worker_tells_and_mails_by_itself(
    engines: Engines, settings: Settings, office: PostOffice
) -> None:
    async with migrated_database(engines) as url:
        alone = settings.model_copy(
            update={"database_url": url, "smtp_url": office.url, "mail_from": SENDER}
        )
        async with open_resources(alone) as resources, working(resources, Outcomes()):
            place = await World(resources, build_engine(alone)).organization(
                Role.EDITOR, Role.APPROVER
            )
            template = await place.template(place[Role.EDITOR])
            await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])

            def told() -> list[str]:
                return [each["To"] for each in office.mails if "invites you" not in each["Subject"]]

            async def a_mail_has_come() -> bool:
                return bool(told())

            await until(a_mail_has_come)
    assert told() == [place[Role.APPROVER].email]


async def test_what_was_read_is_forgotten_after_90_days_and_nothing_else(
    world: World, place: Place
) -> None:
    editor = place[Role.EDITOR]
    old, young = now() - timedelta(days=91), now() - timedelta(days=89)
    gone = await told(place, editor, created_at=old, read_at=old)
    kept = [
        await told(place, editor, created_at=old),
        await told(place, editor, created_at=young, read_at=young),
    ]
    await mailing.forget_read(world.resources.own_context("test"))
    left = [row.id for row in await of(world, editor)]
    assert left == [uuid_of(id) for id in kept]
    assert uuid_of(gone) not in left
