"""The inbox through the schema: what waits for one's decision, in its order, and live."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import ApprovalStep
from domain.permissions import Role
from engine.execution import Rejected
from tests.editorial import CHANGE_ROLE, DECIDE, REMOVE, WITHDRAW, membership
from tests.rows import change, one
from tests.targets import CREATE_DELEGATION
from tests.test_live_changes import listening
from tests.test_memberships import JOIN, invited
from tests.world import Person, Place, World, uuid_of

INBOX = """
query ($filter: InboxFilter, $first: Int, $after: String, $last: Int, $before: String) {
  viewer {
    myApprovals(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      totalCount nodes { id status dueAt approver { id } approval { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""
CHANGED = """
subscription ($id: ID!, $after: Int) {
  myApprovalsChanged(organization: $id, after: $after) {
    eventId position kind count step { id status approver { id } } approval { id status }
  }
}
"""
HOUR = timedelta(hours=1)


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


@pytest.fixture
async def ann(place: Place) -> Person:
    return await place.join(Role.APPROVER, "Ann")


async def waiting(place: Place, *approvers: Person) -> dict[str, Any]:
    """An approval that the editor asked for, with one step a person."""
    template = await place.template(place[Role.EDITOR])
    return dict(await place.submitted(template, place[Role.EDITOR], *approvers))


async def due(place: Place, person: Person, at: timedelta | None) -> str:
    """A step that waits for the person and is due so long from now."""
    id = str((await waiting(place, person))["steps"][0]["id"])
    row = await one(place.world, select(ApprovalStep).where(ApprovalStep.id == uuid_of(id)))
    if at is not None:
        await change(place.world, row, due_at=datetime.now(UTC) + at)
    return id


async def inbox(world: World, person: Person, **given: Any) -> dict[str, Any]:
    answer = await world.ask(INBOX, given, by=person)
    assert "errors" not in answer, answer
    return dict(answer["data"]["viewer"]["myApprovals"])


async def ids(world: World, person: Person, **filter: Any) -> list[str]:
    """The steps in the whole inbox, which its count agrees with."""
    page = await inbox(world, person, filter=filter or None, first=100)
    assert page["totalCount"] == len(page["nodes"])
    return [step["id"] for step in page["nodes"]]


# The list


async def test_what_waits_is_there_until_it_is_decided(
    world: World, place: Place, ann: Person
) -> None:
    approval = await waiting(place, ann, place[Role.APPROVER])
    first, second = (step["id"] for step in approval["steps"])
    [step] = (await inbox(world, ann))["nodes"]
    assert (step["id"], step["status"], step["dueAt"]) == (first, "WAITING", None)
    assert step["approval"]["id"] == approval["id"]
    assert await ids(world, place[Role.APPROVER]) == []
    await world.done(DECIDE, ann, step=first, verdict="APPROVE")
    assert await ids(world, ann) == []
    assert await ids(world, place[Role.APPROVER]) == [second]


async def test_what_is_due_first_comes_first_and_what_never_is_comes_last(
    world: World, place: Place, ann: Person
) -> None:
    never = await due(place, ann, None)
    later, late = await due(place, ann, 5 * HOUR), await due(place, ann, -HOUR)
    sooner, also_never = await due(place, ann, HOUR), await due(place, ann, None)
    assert await ids(world, ann) == [late, sooner, later, never, also_never]


async def test_it_is_narrowed_to_what_is_overdue_or_to_an_organisation(
    world: World, place: Place, ann: Person
) -> None:
    elsewhere = await world.organization(Role.EDITOR)
    await world.done(JOIN, ann, token=await invited(elsewhere, ann.email, Role.APPROVER))
    there = await due(elsewhere, ann, 2 * HOUR)
    late, never = await due(place, ann, -HOUR), await due(place, ann, None)
    assert await ids(world, ann) == [late, there, never]
    assert await ids(world, ann, organization=place.id) == [late, never]
    assert await ids(world, ann, organization=elsewhere.id) == [there]
    assert await ids(world, ann, overdue=True) == [late]
    assert await ids(world, ann, overdue=False) == [there, never]
    assert await ids(world, ann, organization=elsewhere.id, overdue=True) == []
    today = (datetime.now(UTC) + 24 * HOUR).isoformat()
    assert await ids(world, ann, dueAt={"lt": today}) == [late, there]


async def test_pages_lead_through_all_of_it_forwards_and_backwards(
    world: World, place: Place, ann: Person
) -> None:
    moments = (HOUR, None, -HOUR, None, 3 * HOUR)
    for moment in moments:
        await due(place, ann, moment)
    everything = await ids(world, ann)
    for size, cursor, edge, more in (
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ):
        found: list[str] = []
        at: dict[str, str] = {}
        while True:
            page = await inbox(world, ann, **{size: 2}, **at)
            part = [step["id"] for step in page["nodes"]]
            found = [*found, *part] if size == "first" else [*part, *found]
            at = {cursor: page["pageInfo"][edge]}
            if not page["pageInfo"][more]:
                break
        assert found == everything


async def test_it_is_nobody_else_s(world: World, place: Place, ann: Person) -> None:
    await waiting(place, ann)
    query = "query ($id: ID!) { node(id: $id) { ... on User { myApprovals { totalCount } } } }"
    for person, count in ((ann, 1), (place[Role.ADMIN], 0), (place[Role.APPROVER], 0)):
        answer = await world.ask(query, {"id": ann.id}, by=person)
        assert answer["data"]["node"] == {"myApprovals": {"totalCount": count}}


@pytest.mark.parametrize("leaves", [True, False])
async def test_who_may_no_longer_decide_has_nothing_in_it(
    world: World, place: Place, ann: Person, leaves: bool
) -> None:
    await waiting(place, ann)
    member = await membership(place, ann)
    if leaves:
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
    else:
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=member, role="VIEWER")
    assert await ids(world, ann) == []


async def test_who_stands_in_has_in_it_what_waits_for_both(
    world: World, place: Place, ann: Person
) -> None:
    manager = place[Role.MANAGER]
    own, delegated = await due(place, manager, None), await due(place, ann, -HOUR)
    await goes_away(place, ann, manager)
    assert await ids(world, ann) == []
    assert set(await ids(world, manager)) == {own, delegated}


async def goes_away(place: Place, who: Person, to: Person) -> None:
    until = (datetime.now(UTC) + 24 * HOUR).isoformat()
    given = {"organization": place.id, "to": to.id, "until": until, "reason": "On leave"}
    await place.world.done(CREATE_DELEGATION, who, **given)


async def test_the_inbox_costs_a_statement_and_its_count_another(
    world: World, place: Place, ann: Person
) -> None:
    for _ in range(3):
        await waiting(place, ann)
    for selection, cost in (("nodes { id dueAt }", 1), ("totalCount", 1)):
        with world.statements() as statements:
            await world.ask(f"{{ viewer {{ myApprovals {{ {selection} }} }} }}", by=ann)
        # Who asks, and the viewer themselves.
        assert len(statements) == 2 + cost


# Live


async def test_each_change_of_what_waits_arrives_with_the_new_count(
    world: World, place: Place, ann: Person
) -> None:
    other = place[Role.APPROVER]
    async with listening(world, CHANGED, place.id, ann) as listener:
        approval = await waiting(place, ann, other)
        event = await listener.next()
        assert (event["kind"], event["count"]) == ("APPROVAL_SUBMITTED", 1)
        assert (event["step"]["status"], event["approval"]["id"]) == ("WAITING", approval["id"])

        another = await waiting(place, ann)
        assert (await listener.next())["count"] == 2

        step = approval["steps"][0]["id"]
        await world.done(DECIDE, ann, step=step, verdict="APPROVE")
        event = await listener.next()
        assert (event["kind"], event["count"]) == ("STEP_DECIDED", 1)
        assert event["step"] == {"id": step, "status": "APPROVED", "approver": {"id": ann.id}}

        await world.done(WITHDRAW, place[Role.EDITOR], approval=another["id"])
        event = await listener.next()
        assert (event["kind"], event["count"]) == ("APPROVAL_WITHDRAWN", 0)
        assert event["step"]["status"] == "SKIPPED"


async def test_what_waits_for_others_is_not_told(world: World, place: Place, ann: Person) -> None:
    other = place[Role.APPROVER]
    async with listening(world, CHANGED, place.id, ann) as listener:
        theirs = await waiting(place, other, ann)
        await waiting(place, place[Role.MANAGER])
        step = theirs["steps"][0]["id"]
        await world.done(DECIDE, other, step=step, verdict="APPROVE")
        event = await listener.next()
        assert (event["kind"], event["approval"]["id"]) == ("STEP_DECIDED", theirs["id"])
        assert (event["step"]["id"], event["count"]) == (theirs["steps"][1]["id"], 1)


async def test_two_who_listen_hear_each_their_own(world: World, place: Place, ann: Person) -> None:
    """They have the same role: what they are told is not the same all the same."""
    ben = await place.join(Role.APPROVER, "Ben")
    async with (
        listening(world, CHANGED, place.id, ann) as to_ann,
        listening(world, CHANGED, place.id, ben) as to_ben,
    ):
        await waiting(place, ben)
        assert (await to_ben.next())["count"] == 1
        approval = await waiting(place, ann)
        event = await to_ann.next()
        assert (event["count"], event["step"]["approver"]["id"]) == (1, ann.id)
        await goes_away(place, ann, ben)
        leaves, arrives = await to_ann.next(), await to_ben.next()
    assert leaves["eventId"] == arrives["eventId"]
    assert (leaves["count"], leaves["step"]) == (0, None)
    step = {"id": approval["steps"][0]["id"], "status": "WAITING", "approver": {"id": ben.id}}
    assert (arrives["count"], arrives["step"]) == (2, step)


async def test_who_was_interrupted_hears_exactly_the_rest(
    world: World, place: Place, ann: Person
) -> None:
    async with listening(world, CHANGED, place.id, ann) as listener:
        await waiting(place, ann)
        position = (await listener.next())["position"]
    await waiting(place, place[Role.APPROVER])
    missed = [await waiting(place, ann), await waiting(place, ann)]
    resumed = CHANGED.replace("after: $after", f"after: {position}").replace(", $after: Int", "")
    async with listening(world, resumed, place.id, ann) as listener:
        missed.append(await waiting(place, ann))
        heard = [await listener.next() for _ in missed]
    assert [event["approval"]["id"] for event in heard] == [each["id"] for each in missed]
    assert min(event["position"] for event in heard) > position


async def test_a_stranger_and_nobody_hear_nothing(world: World, place: Place) -> None:
    stranger = (await world.organization())[Role.ADMIN]
    for person, code in ((stranger, "NOT_FOUND"), (None, "UNAUTHENTICATED")):
        with pytest.raises(Rejected) as caught:
            async with listening(world, CHANGED, place.id, person):
                pass
        assert caught.value.errors[0]["extensions"]["code"] == code


async def test_a_member_who_is_removed_hears_nothing_more(
    world: World, place: Place, ann: Person
) -> None:
    member = await membership(place, ann)
    async with listening(world, CHANGED, place.id, ann) as listener:
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
        assert await listener.last() == "NOT_FOUND"
