"""What somebody has read, and how they want to be told."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Notification, User, now
from domain.events import EventKind
from domain.permissions import Role
from tests import rows
from tests.editorial import COMMENT, error_of, problems_of
from tests.messages import everybody_is_told, kinds_of, list_of, told
from tests.world import Person, Place, World, uuid_of

MARK = """
mutation ($input: MarkNotificationsReadInput!) {
  markNotificationsRead(input: $input) {
    viewer { unreadNotificationCount notifications { nodes { id readAt } } }
    errors { __typename code message path }
  }
}
"""
PREFER = """
mutation ($input: UpdateSettingsInput!) {
  updateSettings(input: $input) {
    viewer { version settings { notifications { kind inApp email } } }
    errors { __typename code message path }
  }
}
"""
PREFERENCES = "{ viewer { version settings { notifications { kind inApp email } } } }"


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.APPROVER)


async def preferences(world: World, person: Person) -> dict[str, tuple[bool, str]]:
    answer = await world.ask(PREFERENCES, by=person)
    return by_kind(answer["data"]["viewer"])


def by_kind(viewer: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    return {e["kind"]: (e["inApp"], e["email"]) for e in viewer["settings"]["notifications"]}


async def read_at(world: World, id: str) -> Any:
    row = await rows.one(world, select(Notification).where(Notification.id == uuid_of(id)))
    return row.read_at


async def test_what_is_named_is_read_and_the_rest_is_not(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    one, two, three = [await told(place, editor) for _ in range(3)]
    payload = await world.done(MARK, editor, notifications=[one, three, one])
    assert payload["viewer"]["unreadNotificationCount"] == 1
    unread = [e["id"] for e in payload["viewer"]["notifications"]["nodes"] if not e["readAt"]]
    assert unread == [two]
    assert (await rows.events_about(world, uuid_of(editor.id)))[-1] is EventKind.NOTIFICATIONS_READ


async def test_everything_until_a_moment_is_read(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    early = await told(place, editor, created_at=now() - timedelta(hours=1))
    late = await told(place, editor)
    other = await told(place, place[Role.APPROVER], created_at=now() - timedelta(hours=1))
    before = (now() - timedelta(minutes=1)).isoformat()
    payload = await world.done(MARK, editor, before=before)
    assert payload["viewer"]["unreadNotificationCount"] == 1
    assert await read_at(world, early)
    assert await read_at(world, late) is await read_at(world, other) is None


async def test_what_was_read_before_stays_as_it_was_and_nothing_is_recorded(
    world: World, place: Place
) -> None:
    editor = place[Role.EDITOR]
    id = await told(place, editor)
    await world.done(MARK, editor, notifications=[id])
    first = await read_at(world, id), await rows.events_about(world, uuid_of(editor.id))
    await world.done(MARK, editor, notifications=[id])
    await world.done(MARK, editor, before=now().isoformat())
    assert (await read_at(world, id), await rows.events_about(world, uuid_of(editor.id))) == first


async def test_somebody_elses_cannot_be_marked_and_nothing_is(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    own, others = await told(place, editor), await told(place, place[Role.APPROVER])
    error = await error_of(world, MARK, editor, notifications=[own, others])
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["notifications"])
    assert await read_at(world, own) is await read_at(world, others) is None


async def test_one_says_which_or_until_when(world: World, place: Place) -> None:
    editor, moment = place[Role.EDITOR], now().isoformat()
    id = await told(place, editor)
    wrong: list[dict[str, Any]] = [{}, {"notifications": [id], "before": moment}]
    for given in (*wrong, {"notifications": []}):
        assert list(await problems_of(world, MARK, editor, **given)) == ["notifications"]
    many = [id] * 101
    assert list(await problems_of(world, MARK, editor, notifications=many)) == ["notifications"]
    assert await read_at(world, id) is None


async def test_who_said_nothing_sees_what_holds_for_every_kind(world: World, place: Place) -> None:
    found = await preferences(world, place[Role.EDITOR])
    assert found["STEP_WAITING"] == (True, "IMMEDIATE")
    assert found["COMMENT_ADDED"] == (True, "DIGEST")
    assert len(found) == len(set(found))


async def test_what_somebody_chose_holds_and_the_rest_stays(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    usual = await preferences(world, editor)
    chosen = [
        {"kind": "COMMENT_ADDED", "inApp": False, "email": "OFF"},
        {"kind": "ROLE_CHANGED", "email": "DIGEST"},
    ]
    payload = await world.done(PREFER, editor, notifications=chosen)
    expected = {**usual, "COMMENT_ADDED": (False, "OFF"), "ROLE_CHANGED": (True, "DIGEST")}
    assert by_kind(payload["viewer"]) == await preferences(world, editor) == expected
    last = (await rows.events_about(world, uuid_of(editor.id)))[-1]
    assert last is EventKind.SETTINGS_UPDATED


async def test_a_stale_choice_is_refused_and_changes_nothing(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    version = (await world.ask(PREFERENCES, by=editor))["data"]["viewer"]["version"]
    silent = [{"kind": "COMMENT_ADDED", "email": "OFF"}]
    first = await world.done(PREFER, editor, notifications=silent, ifVersion=version)
    assert first["viewer"]["version"] == version + 1
    loud = [{"kind": "COMMENT_ADDED", "email": "IMMEDIATE"}]
    error = await error_of(world, PREFER, editor, notifications=loud, ifVersion=version)
    assert error["code"] == "CONFLICT"
    stored = await rows.one(world, select(User).where(User.id == uuid_of(editor.id)))
    assert stored.notification_preferences == {"COMMENT_ADDED": {"email": "OFF"}}


async def test_nothing_or_a_kind_twice_is_no_choice(world: World, place: Place) -> None:
    kind = {"kind": "STEP_DUE", "inApp": False}
    assert "notifications" in await problems_of(world, PREFER, place[Role.EDITOR], notifications=[])
    twice = await problems_of(world, PREFER, place[Role.EDITOR], notifications=[kind, kind])
    assert twice == {"notifications.1.kind": "Name each kind once."}


@pytest.mark.parametrize(
    ("chosen", "listed", "stored"),
    [
        ({}, 1, 1),
        ({"inApp": False}, 0, 1),
        ({"email": "OFF"}, 1, 1),
        ({"inApp": False, "email": "OFF"}, 0, 0),
    ],
)
async def test_people_are_told_as_they_chose(
    world: World, place: Place, chosen: dict[str, Any], listed: int, stored: int
) -> None:
    editor = place[Role.EDITOR]
    if chosen:
        await world.done(PREFER, editor, notifications=[{"kind": "COMMENT_ADDED", **chosen}])
    template = await place.template(editor)
    given = {"template": template["id"], "body": "Shorter, please."}
    await world.done(COMMENT, place[Role.APPROVER], **given)
    await everybody_is_told(world)
    assert await kinds_of(world, editor) == ["COMMENT_ADDED"] * listed
    assert (await list_of(world, editor))["unreadNotificationCount"] == listed
    statement = select(Notification).where(Notification.user_id == uuid_of(editor.id))
    async with world.resources.database.read() as session:
        assert len((await session.scalars(statement)).all()) == stored
