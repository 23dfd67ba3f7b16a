"""Accounts end: nothing personal is left, and what others need stays."""

import pytest
from sqlalchemy import select, text

from db.models import Membership, Notification, Session, User
from domain.accounts import UserStatus
from domain.avatars import FOLDER
from domain.errors import Unauthenticated
from domain.events import EventKind
from domain.permissions import Role
from engine import ids
from engine.uploads import Upload
from resolvers.avatars import FORGET
from server.settings import Settings
from tests import rows
from tests.editorial import COMMENT, error_of, node, problems_of, refusal
from tests.jobs import run_jobs
from tests.messages import everybody_is_told, told
from tests.pictures import picture
from tests.record import a_platform_admin
from tests.test_accounts import LOGIN
from tests.test_avatars import UPLOAD
from tests.test_profiles import UPDATE
from tests.world import ACCEPT, INVITE, PASSWORD, Person, Place, World, uuid_of

DELETE = """
mutation ($input: DeleteAccountInput!) {
  deleteAccount(input: $input) {
    deleted errors { __typename code message path ... on ConflictError { current { id } } }
  }
}
"""
DELETE_USER = """
mutation ($input: DeleteUserInput!) {
  deleteUser(input: $input) {
    user { id email name { full } bio avatar { small } status version }
    errors { __typename code message path ... on ConflictError { current { id } } }
  }
}
"""
APPENDED = {"events", "event_positions", "outbox"}
"""The record of what happened, which nobody changes."""


async def stored(world: World, person: Person) -> User:
    row: User = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    return row


async def mentions(world: World, words: str) -> list[str]:
    """The tables, but for the record, that have the words anywhere."""
    found = []
    for table in User.metadata.sorted_tables:
        query = f"SELECT true FROM {table.name} r WHERE position(:words IN r::text) > 0 LIMIT 1"  # noqa: S608 - names of our own tables
        async with world.resources.database.read() as session:
            if await session.scalar(text(query), {"words": words}):
                found.append(table.name)
    return [name for name in found if name not in APPENDED]


async def is_signed_out(world: World, person: Person) -> bool:
    try:
        await world.context(person)
    except Unauthenticated:
        return True
    return False


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.APPROVER, Role.VIEWER)


async def test_nothing_personal_is_left_and_the_address_is_free(
    world: World, settings: Settings, place: Place
) -> None:
    person = await place.join(Role.EDITOR, "Zenobia")
    await world.done(
        UPDATE, person, bio="Prints maps of Samarkand.", locale="de", timezone="Europe/Vienna"
    )
    await world.done(UPLOAD, person, file=Upload.of(picture()), idempotencyKey="mine")
    given = {"email": person.email, "role": "VIEWER"}
    elsewhere = await world.organization()
    invited = await world.done(INVITE, elsewhere[Role.ADMIN], organization=elsewhere.id, **given)
    token = world.mailed(invited["invitation"])
    await told(place, person)
    assert await mentions(world, "Zenobia") == ["users"]
    assert (await world.done(DELETE, person, password=PASSWORD))["deleted"] is True
    assert await mentions(world, "Zenobia") == []
    assert await mentions(world, person.email) == []
    assert await mentions(world, "Prints maps of Samarkand.") == []
    left = await stored(world, person)
    assert (left.email, left.status) == (f"{left.id}@deleted.invalid", UserStatus.DELETED)
    assert (left.first_name, left.last_name) == ("Deleted", "user")
    assert (left.password_hash, left.avatar, left.last_login_at) == (None, None, None)
    await run_jobs(world, names={FORGET}, about=left.id.hex)
    assert list((settings.data_dir / "files" / FOLDER).glob(f"{left.id.hex}*")) == []
    assert await is_signed_out(world, person)
    assert await problems_of(world, LOGIN, None, email=person.email, password=PASSWORD)
    again = await world.person("Zenobia", email=person.email)
    await world.done(UPDATE, again, bio="Born again.")
    spent = await error_of(world, ACCEPT, again, token=token)
    assert spent["__typename"] == "NotFoundError"


async def test_what_others_need_stays_under_no_name(world: World, place: Place) -> None:
    editor = await place.join(Role.EDITOR, "Zenon")
    template = await place.template(editor)
    comment = await world.done(COMMENT, editor, template=template["id"], body="Shorter, please.")
    answered = await world.done(
        COMMENT, place[Role.ADMIN], template=template["id"], body="As you like."
    )
    assert answered["comment"]["id"]
    await world.done(DELETE, editor, password=PASSWORD)
    query = "body author { id name { full } email }"
    found = await node(world, comment["comment"]["id"], query, place[Role.VIEWER])
    assert found["body"] == "Shorter, please."
    assert found["author"] == {
        "id": editor.id,
        "name": {"full": "Deleted user"},
        "email": f"{uuid_of(editor.id)}@deleted.invalid",
    }
    kept = await node(world, template["id"], "name author { name { full } }", place[Role.VIEWER])
    assert kept == {"name": "Welcome", "author": {"name": {"full": "Deleted user"}}}


async def test_others_are_no_longer_told_the_name(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    talkative = await place.join(Role.EDITOR, "Zacharias")
    template = await place.template(editor)
    await world.done(COMMENT, talkative, template=template["id"], body="Shorter, please.")
    await everybody_is_told(world)
    mine = select(Notification).where(
        Notification.user_id == uuid_of(editor.id), Notification.actor_id == uuid_of(talkative.id)
    )
    assert (await rows.one(world, mine)).facts["actor"] == "Zacharias Byron"
    await world.done(DELETE, talkative, password=PASSWORD)
    assert (await rows.one(world, mine)).facts["actor"] == "Deleted user"


async def test_memberships_end_and_what_waits_is_handed_over(world: World, place: Place) -> None:
    approver = await place.join(Role.APPROVER, "Zelda")
    template = await place.template(place[Role.EDITOR])
    approval = await place.submitted(template, place[Role.EDITOR], approver, place[Role.APPROVER])
    await world.done(DELETE, approver, password=PASSWORD)
    left = select(Membership).where(Membership.user_id == uuid_of(approver.id))
    assert (await rows.one(world, left)).left_at is not None
    state = await node(world, approval["id"], "status", place[Role.EDITOR])
    assert state == {"status": "VOIDED"}
    kinds = await rows.events_about(world, uuid_of(place.id))
    assert kinds[-1] is EventKind.MEMBER_REMOVED
    about = await rows.events_about(world, uuid_of(approver.id))
    assert about[-1] is EventKind.USER_DELETED


async def test_a_wrong_password_is_refused_and_nothing_changes(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    before = await rows.of_organization(world, uuid_of(place.id))
    assert list(await problems_of(world, DELETE, editor, password="not it, I fear")) == ["password"]
    await rows.change(world, await stored(world, editor), password_hash=None)
    assert list(await problems_of(world, DELETE, editor, password=PASSWORD)) == ["password"]
    assert await rows.of_organization(world, uuid_of(place.id)) == before
    assert (await stored(world, editor)).status is UserStatus.ACTIVE


async def test_an_organization_keeps_its_last_admin_while_others_stay(
    world: World, place: Place
) -> None:
    admin = place[Role.ADMIN]
    before = await rows.of_organization(world, uuid_of(place.id))
    error = await error_of(world, DELETE, admin, password=PASSWORD)
    assert (error["code"], error["current"]) == ("CONFLICT", {"id": place.id})
    assert "Acme Press" in error["message"]
    assert await rows.of_organization(world, uuid_of(place.id)) == before
    assert not await is_signed_out(world, admin)
    await place.join(Role.ADMIN, "Successor")
    await world.done(DELETE, admin, password=PASSWORD)


async def test_who_is_alone_in_an_organization_may_leave_it_empty(world: World) -> None:
    alone = await world.organization()
    await world.done(DELETE, alone[Role.ADMIN], password=PASSWORD)
    left = select(Membership).where(Membership.organization_id == uuid_of(alone.id))
    assert (await rows.one(world, left)).left_at is not None


async def test_trying_it_ends_nothing(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    tried = await world.done(DELETE, editor, password=PASSWORD, dryRun=True)
    assert tried["deleted"] is True
    assert not await is_signed_out(world, editor)
    assert (await stored(world, editor)).status is UserStatus.ACTIVE


async def test_an_administrator_ends_the_account_of_somebody(world: World, place: Place) -> None:
    root, editor = await a_platform_admin(world), place[Role.EDITOR]
    version = (await stored(world, editor)).version
    given = {"user": editor.id, "ifVersion": version}
    gone = (await world.done(DELETE_USER, root, **given))["user"]
    assert (gone["name"]["full"], gone["status"], gone["bio"]) == ("Deleted user", "DELETED", "")
    assert await is_signed_out(world, editor)
    sessions = select(Session).where(Session.user_id == uuid_of(editor.id))
    async with world.resources.database.read() as session:
        assert (await session.scalars(sessions)).all() == []
    again = await error_of(world, DELETE_USER, root, user=editor.id)
    assert (again["code"], again["current"]) == ("CONFLICT", {"id": editor.id})


async def test_a_stale_version_oneself_or_nobody_is_refused(world: World, place: Place) -> None:
    root, editor = await a_platform_admin(world), place[Role.EDITOR]
    stale = await error_of(world, DELETE_USER, root, user=editor.id, ifVersion=7)
    assert (stale["code"], stale["path"]) == ("CONFLICT", ["ifVersion"])
    own = await error_of(world, DELETE_USER, root, user=root.id)
    assert "deleteAccount" in own["message"]
    unknown = await error_of(world, DELETE_USER, root, user=ids.encode("User", uuid_of(place.id)))
    assert unknown["code"] == "NOT_FOUND"
    assert await refusal(world, DELETE_USER, place[Role.ADMIN], user=editor.id) == "FORBIDDEN"
    for person in (root, editor):
        assert (await stored(world, person)).status is UserStatus.ACTIVE


async def test_the_platform_keeps_its_last_administrator(world: World) -> None:
    root = await a_platform_admin(world)
    demote = text(
        "UPDATE users SET platform_role = 'USER' WHERE platform_role = 'ADMIN' AND id <> :id"
    )
    async with world.resources.database.transaction() as session:
        await session.execute(demote, {"id": uuid_of(root.id)})
    error = await error_of(world, DELETE, root, password=PASSWORD)
    assert (error["code"], error["current"]) == ("CONFLICT", {"id": root.id})
    assert (await stored(world, root)).status is UserStatus.ACTIVE
    await a_platform_admin(world)
    await world.done(DELETE, root, password=PASSWORD)
