"""Everything that is known of somebody is handed out to them, and nothing that is secret."""

from typing import Any

import orjson
import pytest
from sqlalchemy import update

from db.models import IdempotencyKey, Model, Session, Template, User
from db.personal_data import ACCOUNT, LEFT_OUT, SECTIONS
from domain.events import EventKind
from domain.permissions import Role
from resolvers import personal_data
from tests import rows
from tests.editorial import COMMENT, DECIDE, history
from tests.messages import told
from tests.test_memberships import REMOVE, membership_of
from tests.test_profiles import SETTINGS, UPDATE
from tests.test_sessions import refresh
from tests.world import Person, Place, World, uuid_of

EXPORT = """
mutation ($input: ExportMyDataInput!) {
  exportMyData(input: $input) { document errors { __typename message path } }
}
"""
SECRET = {"users.password_hash", "users.search", "users.version"}
"""Of the account, what is not handed out."""
UNDECLARED = {"events.actor_id", "events.impersonator_id"}
"""Columns that name people without a foreign key: the record outlives everybody."""
NOT_TOLD = {
    "notifications.actor_id": "who did it, which the text of the notification says",
    "idempotency_keys.actor_id": "answers that are kept for a day, sealed",
}


async def exported(world: World, person: Person, **given: Any) -> dict[str, Any]:
    document = (await world.done(EXPORT, person, **given))["document"]
    assert isinstance(document, dict)
    return document


def naming_people() -> set[str]:
    """The columns that say which person a row has to do with."""
    keys = {
        f"{table.name}.{key.parent.name}"
        for table in Model.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table is User.__table__
    }
    named = {
        f"{table.name}.{column.name}"
        for table in Model.metadata.sorted_tables
        for column in table.columns
        if column.name in {"actor_id", "user_id", "author_id"}
    }
    return keys | named | UNDECLARED


def test_every_column_that_names_a_person_is_exported_or_left_out_for_a_reason() -> None:
    in_sections = {
        f"{section.model.__table__.name}.{name}" for section in SECTIONS for name in section.whose
    }
    assert in_sections | LEFT_OUT.keys() | NOT_TOLD.keys() == naming_people()
    assert in_sections.isdisjoint(LEFT_OUT)
    assert all(LEFT_OUT.values())


def test_everything_of_the_account_is_exported_but_what_is_secret() -> None:
    columns = {f"users.{column.name}" for column in User.__table__.columns}
    assert columns - {f"users.{name}" for name in ACCOUNT.split()} == SECRET


def test_no_section_shows_a_secret() -> None:
    shown = {name for section in SECTIONS for name in section.shown.split()}
    secret = ("hash", "secret", "token", "hint", "url", "body_", "answer")
    assert [name for name in shown if any(each in name for each in secret)] == []


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.APPROVER, Role.VIEWER)


async def test_somebody_gets_what_they_said_wrote_and_did(world: World, place: Place) -> None:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    await world.done(UPDATE, editor, bio="Prints by night.")
    await world.done(SETTINGS, editor, theme="DARK")
    template = await place.template(editor, name="Harvest letter")
    await world.done(COMMENT, editor, template=template["id"], body="Mind the storm.")
    await told(place, editor)
    document = await exported(world, editor)
    account = document["account"]
    assert (account["id"], account["email"]) == (editor.id, editor.email)
    assert (account["bio"], account["theme"]) == ("Prints by night.", "DARK")
    assert (account["firstName"], account["avatar"]) == ("Editor", None)
    found = {name: each["entries"] for name, each in document.items() if "entries" in each}
    assert all(document[name]["complete"] for name in found)
    assert found.keys() == {section.name for section in SECTIONS}
    [written] = found["templates"]
    assert (written["id"], written["organization"]) == (template["id"], place.id)
    assert written["name"] == "Harvest letter"
    [version] = found["templateVersions"]
    assert (version["id"], version["template"]) == (
        template["currentVersion"]["id"],
        template["id"],
    )
    assert version["variables"][0]["name"] == "first_name"
    [comment] = found["comments"]
    assert (comment["body"], comment["subject"]) == ("Mind the storm.", template["id"])
    [belongs] = found["memberships"]
    assert (belongs["organization"], belongs["role"]) == (place.id, "EDITOR")
    [session] = found["sessions"]
    assert session["ip"] == "127.0.0.1"
    [notification] = found["notifications"]
    assert notification["facts"]["organization"] == "Acme Press"
    kinds = [each["kind"] for each in found["events"]]
    assert kinds[0] == "COMMENT_ADDED"
    assert "USER_REGISTERED" in kinds
    assert (await history(world, editor.id))[-1][0] == EventKind.DATA_EXPORTED
    assert approver.id not in orjson.dumps(document).decode()


async def test_what_was_decided_is_the_approvers_own(world: World, place: Place) -> None:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    approval = await place.submitted(template, editor, approver)
    step = approval["steps"][0]["id"]
    await world.done(DECIDE, approver, step=step, verdict="APPROVE", comment="Well said.")
    [decision] = (await exported(world, approver))["decisions"]["entries"]
    assert (decision["id"], decision["approval"]) == (step, approval["id"])
    assert (decision["status"], decision["comment"]) == ("APPROVED", "Well said.")
    [submitted] = (await exported(world, editor))["approvals"]["entries"]
    assert submitted["id"] == approval["id"]


async def test_no_secret_and_nothing_of_anybody_else_is_in_it(world: World, place: Place) -> None:
    person = await place.join(Role.EDITOR, "Eve")
    await refresh(world, person.refresh_token)
    document = orjson.dumps(await exported(world, person)).decode()
    for secret in (person.refresh_token, person.access_token, "$argon2"):
        assert secret not in document
    assert place[Role.EDITOR].email not in document
    row = await rows.one(
        world, Session.__table__.select().with_only_columns(Session.current_hash).limit(1)
    )
    assert row.hex() not in document


async def test_what_belongs_to_an_organization_that_one_has_left_is_not_in_it(
    world: World, place: Place
) -> None:
    editor = place[Role.EDITOR]
    template = await place.template(editor)
    await world.done(COMMENT, editor, template=template["id"], body="Mind the storm.")
    id = await membership_of(place, editor)
    await world.done(REMOVE, place[Role.ADMIN], membership=id)
    document = await exported(world, editor)
    assert document["templates"]["entries"] == document["templateVersions"]["entries"] == []
    assert [each["body"] for each in document["comments"]["entries"]] == ["Mind the storm."]
    assert document["memberships"]["entries"][0]["leftAt"] is not None


async def test_where_there_is_no_room_the_newest_are_told_and_that_others_are_not(
    world: World, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = place[Role.EDITOR]
    for name in ("One", "Two", "Three"):
        await place.template(editor, name=name)
    monkeypatch.setattr(personal_data, "MOST_ENTRIES", 2)
    section = (await exported(world, editor))["templates"]
    assert section["complete"] is False
    assert [each["name"] for each in section["entries"]] == ["Three", "Two"]
    monkeypatch.setattr(personal_data, "MOST_BYTES", 10)
    assert (await exported(world, editor))["templates"] == {"complete": False, "entries": []}


async def test_long_sections_are_read_some_at_a_time(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    for n in range(11):
        await place.template(editor, name=f"Letter {n}")
    async with world.resources.database.transaction() as session:
        theirs = Template.author_id == uuid_of(editor.id)
        await session.execute(update(Template).where(theirs).values(description="Seen."))
    document = await exported(world, editor)
    assert len(document["templateVersions"]["entries"]) == 11
    assert {each["description"] for each in document["templates"]["entries"]} == {"Seen."}


async def test_a_repeat_under_its_key_is_the_same_document_and_kept_sealed(
    world: World, place: Place
) -> None:
    editor = place[Role.EDITOR]
    first = await exported(world, editor, idempotencyKey="mine")
    await world.done(UPDATE, editor, bio="Later.")
    assert await exported(world, editor, idempotencyKey="mine") == first
    kept = IdempotencyKey.__table__.select().with_only_columns(IdempotencyKey.answer)
    mine = kept.where(IdempotencyKey.actor_id == uuid_of(editor.id))
    assert editor.email.encode() not in await rows.one(world, mine)
