"""People are told of what concerns them, exactly once, and of nothing else."""

from datetime import timedelta

import pytest

from db.models import now
from domain.notifications import NotificationKind
from domain.permissions import Role
from tests.editorial import (
    CHANGE_ROLE,
    COMMENT,
    DECIDE,
    REMOVE,
    UPDATE,
    WITHDRAW,
    membership,
)
from tests.messages import everybody_is_told, kinds_of, list_of, made, submitted, told
from tests.targets import CREATE_DELEGATION
from tests.world import SUBMIT, Person, Place, World, content, uuid_of

REASSIGN = """
mutation ($input: ReassignStepInput!) {
  reassignStep(input: $input) { step { id } errors { __typename code message path } }
}
"""


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


# Who is told


async def test_an_approver_is_told_what_waits_for_them(world: World, place: Place) -> None:
    await submitted(place)
    await everybody_is_told(world)
    shown = await list_of(world, place[Role.APPROVER])
    [notification] = shown["notifications"]["nodes"]
    assert notification["kind"] == "STEP_WAITING"
    assert notification["eventKind"] == "APPROVAL_SUBMITTED"
    assert notification["title"] == "“Welcome” waits for your decision"
    assert notification["body"] == "Editor Byron asks you in Acme Press to decide on “Welcome”."
    assert notification["subject"]["__typename"] == "ApprovalWorkflow"
    assert notification["actor"] == {"id": place[Role.EDITOR].id}
    assert notification["organization"] == {"id": place.id}
    assert notification["readAt"] is None
    assert shown["unreadNotificationCount"] == 1
    for role in (Role.EDITOR, Role.VIEWER):
        assert await kinds_of(world, place[role]) == []


async def test_a_submitter_is_told_what_became_of_it(world: World, place: Place) -> None:
    template = await place.template(place[Role.EDITOR])
    approval = await place.submitted(template, place[Role.EDITOR], place[Role.APPROVER])
    step = approval["steps"][0]["id"]
    given = {"verdict": "REJECT", "comment": "Too long."}
    await world.done(DECIDE, place[Role.APPROVER], step=step, **given)
    await everybody_is_told(world)
    assert await kinds_of(world, place[Role.EDITOR]) == ["APPROVAL_REJECTED"]


async def test_who_decides_together_is_told_once(world: World, place: Place) -> None:
    """Not again with every verdict of the others."""
    editor, approver, manager = (place[r] for r in (Role.EDITOR, Role.APPROVER, Role.MANAGER))
    stages = [
        {"name": "Both", "approvers": [approver.id, manager.id]},
        {"name": "Last", "approvers": [place[Role.ADMIN].id]},
    ]
    template = await place.template(editor)
    payload = await world.done(SUBMIT, editor, template=template["id"], stages=stages)
    await everybody_is_told(world)
    step = payload["approval"]["steps"][0]["id"]
    await world.done(DECIDE, approver, step=step, verdict="APPROVE")
    await everybody_is_told(world)
    assert await kinds_of(world, approver) == ["STEP_WAITING"]
    assert await kinds_of(world, manager) == ["STEP_WAITING"]
    assert await kinds_of(world, editor) == ["STEP_DECIDED"]
    assert "STEP_WAITING" not in await kinds_of(world, place[Role.ADMIN])


async def test_who_gets_a_step_is_told_and_who_had_it_is_too(world: World, place: Place) -> None:
    editor, approver, manager = (place[r] for r in (Role.EDITOR, Role.APPROVER, Role.MANAGER))
    template = await place.template(editor)
    approval = await place.submitted(template, editor, approver)
    given = {"step": approval["steps"][0]["id"], "to": manager.id, "reason": "On leave."}
    await world.done(REASSIGN, place[Role.ADMIN], **given)
    await everybody_is_told(world)
    assert await kinds_of(world, approver) == ["STEP_WAITING", "STEP_TAKEN_OVER"]
    [told_to] = (await list_of(world, manager))["notifications"]["nodes"]
    assert told_to["kind"] == "STEP_WAITING"
    assert told_to["body"].endswith("“On leave.”")


async def test_who_had_approved_what_was_changed_is_asked_again(world: World, place: Place) -> None:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    approval = await place.submitted(template, editor, approver)
    step = approval["steps"][0]["id"]
    await world.done(DECIDE, approver, step=step, verdict="APPROVE")
    await world.done(UPDATE, editor, template=template["id"], content=content("<p>Anew</p>"))
    await everybody_is_told(world)
    assert await kinds_of(world, approver) == ["STEP_WAITING", "STEP_WAITING_AGAIN"]
    assert await kinds_of(world, editor) == ["APPROVAL_APPROVED"]


async def test_whom_it_waited_for_is_told_when_it_is_withdrawn(world: World, place: Place) -> None:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    approval = await place.submitted(template, editor, approver, place[Role.MANAGER])
    await world.done(WITHDRAW, editor, approval=approval["id"])
    await everybody_is_told(world)
    assert await kinds_of(world, approver) == ["STEP_WAITING", "APPROVAL_WITHDRAWN"]
    assert await kinds_of(world, place[Role.MANAGER]) == []


async def test_a_stand_in_is_told_and_asked(world: World, place: Place) -> None:
    editor, approver, manager = (place[r] for r in (Role.EDITOR, Role.APPROVER, Role.MANAGER))
    until = (now() + timedelta(days=1)).isoformat()
    given = {"organization": place.id, "to": manager.id, "until": until, "reason": "On leave."}
    await world.done(CREATE_DELEGATION, approver, **given)
    await place.submitted(await place.template(editor), editor, approver)
    await everybody_is_told(world)
    assert await kinds_of(world, manager) == ["DELEGATION_STARTED", "STEP_WAITING"]
    assert await kinds_of(world, approver) == []


async def test_an_author_is_told_of_comments_and_a_thread_of_its_answers(
    world: World, place: Place
) -> None:
    template = await place.template(place[Role.EDITOR])
    viewer, approver = place[Role.MANAGER], place[Role.APPROVER]
    said = await world.done(COMMENT, viewer, template=template["id"], body="Shorter, please.")
    answered = {"template": template["id"], "parent": said["comment"]["id"]}
    await world.done(COMMENT, approver, body="Why?", **answered)
    await world.done(COMMENT, viewer, body="It is long.", **answered)
    await everybody_is_told(world)
    assert await kinds_of(world, place[Role.EDITOR]) == ["COMMENT_ADDED"] * 3
    assert await kinds_of(world, viewer) == ["COMMENT_ANSWERED"]
    assert await kinds_of(world, approver) == ["COMMENT_ANSWERED"]


async def test_who_invited_is_told_who_accepted(world: World, place: Place) -> None:
    await everybody_is_told(world)
    kinds = await kinds_of(world, place[Role.ADMIN])
    assert kinds == ["INVITATION_ACCEPTED"] * 4


async def test_a_member_is_told_of_another_role_and_by_whom(world: World, place: Place) -> None:
    viewer = place[Role.VIEWER]
    given = {"membership": await membership(place, viewer), "role": "EDITOR"}
    await world.done(CHANGE_ROLE, place[Role.ADMIN], **given)
    await everybody_is_told(world)
    [notification] = (await list_of(world, viewer))["notifications"]["nodes"]
    assert notification["title"] == "You are EDITOR in Acme Press"
    assert notification["actor"] == {"id": place[Role.ADMIN].id}


async def test_who_has_left_sees_that_they_have_and_nothing_else(
    world: World, place: Place
) -> None:
    await submitted(place)
    await everybody_is_told(world)
    approver = place[Role.APPROVER]
    assert await kinds_of(world, approver) == ["STEP_WAITING"]
    await world.done(REMOVE, place[Role.ADMIN], membership=await membership(place, approver))
    await everybody_is_told(world)
    shown = await list_of(world, approver)
    [left] = shown["notifications"]["nodes"]
    assert left["kind"] == "MEMBERSHIP_ENDED"
    assert (left["organization"], left["subject"]) == (None, None)
    assert shown["unreadNotificationCount"] == shown["notifications"]["totalCount"] == 1


async def test_who_is_not_a_member_when_they_would_be_told_is_not_told(
    world: World, place: Place
) -> None:
    """What happened before they left, and is told after it."""
    await submitted(place)
    approver = place[Role.APPROVER]
    await world.done(REMOVE, place[Role.ADMIN], membership=await membership(place, approver))
    await everybody_is_told(world)
    assert ("APPROVAL_SUBMITTED", str(uuid_of(approver.id))) not in await made(world, place)


async def test_nobody_sees_the_notifications_of_somebody_else(world: World, place: Place) -> None:
    query = """query ($id: ID!) { node(id: $id) { ... on User {
        notifications { nodes { id } } unreadNotificationCount settings { theme }
    } } }"""
    answer = await world.ask(query, {"id": place[Role.EDITOR].id}, by=place[Role.ADMIN])
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"] * 3
    assert set(answer["data"]["node"].values()) == {None}
    own = await told(place, place[Role.EDITOR])
    by_id = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await world.ask(by_id, {"id": own}, by=place[Role.EDITOR]))["data"]["node"]
    found = await world.ask(by_id, {"id": own}, by=place[Role.ADMIN])
    assert found["errors"][0]["extensions"]["code"] == "NOT_FOUND"


# The list


async def test_the_list_is_narrowed_and_paged(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    others = await world.organization()
    ids = [await told(place, editor) for _ in range(3)]
    await told(others, editor, kind=NotificationKind.MEMBERSHIP_ENDED, read_at=now())
    shown = await list_of(world, editor, first=2, filter={"unread": True})
    assert [each["id"] for each in shown["notifications"]["nodes"]] == ids[:0:-1]
    cursor = shown["notifications"]["pageInfo"]["endCursor"]
    rest = await list_of(world, editor, first=2, after=cursor, filter={"unread": True})
    assert [each["id"] for each in rest["notifications"]["nodes"]] == ids[:1]
    for filter, count in (
        ({}, 4),
        ({"unread": False}, 1),
        ({"kind": {"in": ["STEP_WAITING"]}}, 0),
        ({"kind": {"notIn": ["STEP_WAITING"]}}, 4),
        ({"organization": {"in": [others.id]}}, 1),
        ({"createdAt": {"lt": "2026-01-01T00:00:00Z"}}, 0),
    ):
        found = await list_of(world, editor, filter=filter)
        assert found["notifications"]["totalCount"] == count, filter
        assert found["unreadNotificationCount"] == 3


@pytest.mark.parametrize("count", [1, 10])
async def test_reading_costs_the_same_however_much_there_is(
    world: World, place: Place, count: int
) -> None:
    person: Person = place[Role.EDITOR]
    for _ in range(count):
        await told(place, person)
    for selection, cost in (
        ("unreadNotificationCount", 1),
        ("settings { notifications { kind inApp email } }", 0),
        ("notifications(first: 50) { nodes { id title body } }", 1),
        ("notifications(first: 50) { totalCount nodes { id } }", 2),
        ("notifications(first: 50) { nodes { actor { id createdAt } } }", 1),
        ("notifications(first: 50) { nodes { organization { name } } }", 2),
        ("notifications(first: 50) { nodes { subject { id } } }", 2),
    ):
        with world.statements() as statements:
            answer = await world.ask(f"{{ viewer {{ {selection} }} }}", by=person)
        assert "errors" not in answer, answer
        assert len(statements) == 2 + cost, selection
