"""`events`: everything that happens in an organisation, as far as one may see it, and from where
one was interrupted.
"""

from typing import Any

import pytest

from domain.permissions import Role
from engine.execution import Rejected
from tests.editorial import CHANGE_ROLE, COMMENT, REMOVE, UPDATE, membership
from tests.messages import everybody_is_told, published
from tests.test_live_changes import Listener, listening
from tests.world import Place, World

EVENTS = """
subscription ($id: ID!, $after: Int, $kinds: [EventKind!], $entity: ID) {
  events(organization: $id, after: $after, kinds: $kinds, entity: $entity) {
    position kind entityType entityId actor { id }
    entity { __typename id ... on Template { name } ... on Comment { body } }
  }
}
"""
CHANGES = """
subscription ($id: ID!) {
  events(organization: $id, kinds: [TEMPLATE_CREATED]) { position kind before after }
}
"""
RESUMED = {
    "template": """
subscription ($id: ID!, $after: Int) { templateChanged(template: $id, after: $after) {
  position kind } }
""",
    "comments": """
subscription ($id: ID!, $after: Int) { commentAdded(template: $id, after: $after) {
  position kind } }
""",
    "approvals": """
subscription ($id: ID!, $after: Int) { approvalChanged(organization: $id, after: $after) {
  position kind } }
""",
}
ACCEPT = """
mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) { membership { id } errors { message } }
}
"""


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.APPROVER, Role.VIEWER)


async def heard(listener: Listener, count: int) -> list[dict[str, Any]]:
    return [await listener.next() for _ in range(count)]


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["kind"] for event in events]


async def test_everything_arrives_with_what_it_happened_to(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    wanted = {"kinds": ["TEMPLATE_CREATED", "COMMENT_ADDED"]}
    async with listening(world, EVENTS, place.id, place[Role.VIEWER], **wanted) as listener:
        template = await place.template(editor)
        said = await world.done(COMMENT, editor, template=template["id"], body="Shorter.")
        created, commented = await heard(listener, 2)
    assert created["position"] + 1 == commented["position"]
    assert created["entity"] == {
        "__typename": "Template",
        "id": template["id"],
        "name": template["name"],
    }
    assert (commented["kind"], commented["entityType"]) == ("COMMENT_ADDED", "Comment")
    assert commented["entityId"] == commented["entity"]["id"] == said["comment"]["id"]
    assert commented["actor"] == {"id": editor.id}


async def test_what_followed_a_position_comes_first(world: World, place: Place) -> None:
    editor = place[Role.EDITOR]
    await place.template(editor, name="First")
    async with listening(world, EVENTS, place.id, editor, after=0) as listener:
        events = await heard(listener, 1)
        while events[-1]["kind"] != "TEMPLATE_CREATED":
            events += await heard(listener, 1)
    assert events[0]["position"] == 1
    assert events[0]["kind"] == "ORGANIZATION_CREATED"
    last = events[-1]["position"]
    await place.template(editor, name="Second")
    async with listening(world, EVENTS, place.id, editor, after=last) as listener:
        [second] = await heard(listener, 1)
        await place.template(editor, name="Third")
        [third] = await heard(listener, 1)
    assert [second["position"], third["position"]] == [last + 1, last + 2]
    assert [second["entity"]["name"], third["entity"]["name"]] == ["Second", "Third"]


async def test_only_the_kinds_and_the_thing_that_were_asked_for(world: World, place: Place) -> None:
    editor, template = place[Role.EDITOR], await place.template()
    some = {"kinds": ["TEMPLATE_UPDATED"]}
    about = {"entity": template["id"], "after": 0}
    async with (
        listening(world, EVENTS, place.id, editor, **some) as updates,
        listening(world, EVENTS, place.id, editor, **about) as about_it,
    ):
        await place.template(editor, name="Another")
        await world.done(COMMENT, editor, template=template["id"], body="Shorter.")
        await world.done(UPDATE, editor, template=template["id"], name="Renamed")
        assert kinds(await heard(updates, 1)) == ["TEMPLATE_UPDATED"]
        told = kinds(await heard(about_it, 3))
    assert told == ["TEMPLATE_CREATED", "COMMENT_ADDED", "TEMPLATE_UPDATED"]


async def test_who_else_was_told_of_something_is_heard_by_nobody(
    world: World, place: Place
) -> None:
    admin, sent = place[Role.ADMIN], ["NOTIFICATIONS_SENT"]
    with pytest.raises(Rejected) as rejected:
        async with listening(world, EVENTS, place.id, admin, kinds=sent):
            pass
    assert rejected.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"
    await place.submitted(await place.template(), admin, place[Role.APPROVER])
    await everybody_is_told(world)
    wanted = {"after": 0, "kinds": [*sent, "APPROVAL_SUBMITTED", "TEMPLATE_CREATED"]}
    async with listening(world, EVENTS, place.id, admin, **wanted) as listener:
        await published(world)
        await place.template()
        told = kinds(await heard(listener, 3))
    assert told == ["TEMPLATE_CREATED", "APPROVAL_SUBMITTED", "TEMPLATE_CREATED"]


async def test_every_narrower_subscription_can_be_resumed(world: World, place: Place) -> None:
    editor, template = place[Role.EDITOR], await place.template(place[Role.EDITOR])
    await world.done(COMMENT, editor, template=template["id"], body="Shorter.")
    await place.submitted(template, editor, place[Role.APPROVER])
    expected = {
        "template": ["TEMPLATE_CREATED", "APPROVAL_SUBMITTED"],
        "comments": ["COMMENT_ADDED"],
        "approvals": ["APPROVAL_SUBMITTED"],
    }
    for name, query in RESUMED.items():
        id = place.id if name == "approvals" else template["id"]
        async with listening(world, query, id, editor, after=0) as listener:
            events = await heard(listener, len(expected[name]))
        assert kinds(events) == expected[name]
        positions = [event["position"] for event in events]
        assert positions == sorted(set(positions))


@pytest.mark.parametrize("after", [-1, 1_000_000])
async def test_a_position_that_is_none_is_refused(world: World, place: Place, after: int) -> None:
    with pytest.raises(Rejected) as refused:
        async with listening(world, EVENTS, place.id, place[Role.EDITOR], after=after):
            pass
    assert refused.value.errors[0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_who_may_not_see_it_does_not_hear_of_it(world: World, place: Place) -> None:
    """Invitations are for those who invite; what nobody else is said to hear, for auditors."""
    async with (
        listening(world, EVENTS, place.id, place[Role.VIEWER], after=0) as viewer,
        listening(world, EVENTS, place.id, place[Role.ADMIN], after=0) as admin,
    ):
        await place.template(place[Role.EDITOR])
        for listener, invited in ((viewer, False), (admin, True)):
            events = await heard(listener, 1)
            while events[-1]["kind"] != "TEMPLATE_CREATED":
                events += await heard(listener, 1)
            assert ("MEMBER_INVITED" in kinds(events)) == invited
            assert kinds(events).count("MEMBER_JOINED") == 3


async def test_what_changed_is_for_auditors(world: World, place: Place) -> None:
    async with listening(world, CHANGES, place.id, place[Role.ADMIN]) as listener:
        await place.template(place[Role.EDITOR], name="Welcome")
        event = await listener.next()
    assert (event["before"], event["after"]["name"]) == (None, "Welcome")
    async with listening(world, CHANGES, place.id, place[Role.EDITOR]) as listener:
        await place.template(place[Role.EDITOR], name="Welcome")
        answer = await anext(listener.answers)
    assert answer.data
    assert answer.data["events"]["before"] is answer.data["events"]["after"] is None
    assert {error["extensions"]["code"] for error in answer.errors} == {"FORBIDDEN"}


async def test_a_role_that_is_lost_takes_effect_with_the_next_event(
    world: World, place: Place
) -> None:
    person = await place.join(Role.MANAGER, "Mona")
    member = await membership(place, person)
    async with listening(world, EVENTS, place.id, person) as listener:
        await place.join(Role.VIEWER, "Vic")
        assert kinds(await heard(listener, 2)) == ["MEMBER_INVITED", "MEMBER_JOINED"]
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=member, role="VIEWER")
        await place.join(Role.VIEWER, "Vera")
        assert kinds(await heard(listener, 2)) == ["MEMBER_ROLE_CHANGED", "MEMBER_JOINED"]


async def test_who_was_removed_and_came_back_can_resume_before_that(
    world: World, place: Place
) -> None:
    person = await place.join(Role.VIEWER, "Rita")
    admin = place[Role.ADMIN]
    async with listening(world, EVENTS, place.id, person, after=0) as listener:
        last = (await heard(listener, 1))[0]["position"]
        await world.done(REMOVE, admin, membership=await membership(place, person))
        while (event := await anext(listener.answers)).data:
            pass
        assert event.errors[0]["extensions"]["code"] == "NOT_FOUND"
    token = await place.invited(admin, person.email, role="VIEWER")
    await world.done(ACCEPT, person, token=token)
    wanted = {"after": last, "kinds": ["MEMBER_REMOVED", "MEMBER_JOINED"]}
    async with listening(world, EVENTS, place.id, person, **wanted) as listener:
        assert kinds(await heard(listener, 6))[-2:] == ["MEMBER_REMOVED", "MEMBER_JOINED"]


async def test_a_stranger_is_told_that_there_is_nothing(world: World, place: Place) -> None:
    stranger = (await world.organization())[Role.ADMIN]
    for person, code in ((stranger, "NOT_FOUND"), (None, "UNAUTHENTICATED")):
        with pytest.raises(Rejected) as refused:
            async with listening(world, EVENTS, place.id, person, after=0):
                pass
        assert refused.value.errors[0]["extensions"]["code"] == code
