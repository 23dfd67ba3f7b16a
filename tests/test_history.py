"""The whole story of an approval, in order, told from what was recorded."""

from datetime import timedelta
from typing import Any

import pytest

from db.models import Event, new_id, now
from domain.approvals import Verdict
from domain.events import EventKind
from domain.history import choice, identity, texts, told
from domain.history import text as fact
from domain.permissions import Role
from tests.editorial import COMMENT, DECIDE, DELETE_COMMENT, UPDATE, WITHDRAW, node
from tests.world import Place, World, content, uuid_of

ENTRY = """
eventId position kind occurredAt actor { id } onBehalfOf { id } approval { id } step { id }
stage { id } handedFrom { id } handedTo { id }
remark { id body } statusBefore statusAfter verdict comment reason checklist contentHash facts
"""
HISTORY = f"history(first: 100) {{ totalCount nodes {{ {ENTRY} }} }}"


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.APPROVER, Role.MANAGER, Role.VIEWER)


async def an_approval(place: Place) -> dict[str, Any]:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    approval = await place.submitted(template, editor, approver, place[Role.MANAGER])
    return {**approval, "template": template}


async def story(place: Place, approval: dict[str, Any]) -> list[dict[str, Any]]:
    await place.world.settled()
    found = await node(place.world, approval["id"], HISTORY, place[Role.VIEWER])
    assert found["history"]["totalCount"] == len(found["history"]["nodes"])
    return list(found["history"]["nodes"])


async def test_the_story_is_told_from_the_submission_to_the_last_verdict(place: Place) -> None:
    approval = await an_approval(place)
    first, second = approval["steps"]
    world, approver, manager = place.world, place[Role.APPROVER], place[Role.MANAGER]
    await world.done(DECIDE, approver, step=first["id"], verdict="APPROVE", comment="Fine.")
    given = {"step": second["id"], "verdict": "REQUEST_CHANGES", "comment": "Shorter."}
    await world.done(DECIDE, manager, **given)
    entries = [each for each in await story(place, approval) if each["kind"] in TOLD]
    assert [(each["kind"], each["actor"]["id"], each["verdict"]) for each in entries] == [
        ("APPROVAL_SUBMITTED", place[Role.EDITOR].id, None),
        ("STEP_DECIDED", approver.id, "APPROVE"),
        ("STEP_DECIDED", manager.id, "REQUEST_CHANGES"),
    ]
    assert [each["step"] for each in entries] == [None, {"id": first["id"]}, {"id": second["id"]}]
    assert [each["comment"] for each in entries] == [None, "Fine.", "Shorter."]
    assert [each["contentHash"] for each in entries] == [approval_hash(approval)] * 3
    statuses = [(each["statusBefore"], each["statusAfter"]) for each in entries]
    assert statuses == [
        (None, "IN_PROGRESS"),
        ("IN_PROGRESS", "IN_PROGRESS"),
        ("IN_PROGRESS", "CHANGES_REQUESTED"),
    ]
    positions = [each["position"] for each in entries]
    assert positions == sorted(positions)
    assert {each["approval"]["id"] for each in entries} == {approval["id"]}


def approval_hash(approval: dict[str, Any]) -> str:
    return str(approval["template"]["currentVersion"]["contentHash"])


TOLD = {"APPROVAL_SUBMITTED", "STEP_DECIDED", "APPROVAL_WITHDRAWN", "STAGES_VOIDED"}


async def test_how_it_ended_is_part_of_the_story(place: Place) -> None:
    withdrawn, voided = await an_approval(place), await an_approval(place)
    editor, world = place[Role.EDITOR], place.world
    await world.done(WITHDRAW, editor, approval=withdrawn["id"])
    given = {"template": voided["template"]["id"], "content": content("<p>Other</p>")}
    await world.done(UPDATE, editor, **given)
    for approval, end in ((withdrawn, "APPROVAL_WITHDRAWN"), (voided, "STAGES_VOIDED")):
        last = (await story(place, approval))[-1]
        assert (last["kind"], last["actor"]) == (end, {"id": editor.id})
        assert last["statusBefore"] == "IN_PROGRESS"


async def test_what_is_said_on_a_step_is_part_of_the_story_until_it_is_deleted(
    place: Place,
) -> None:
    approval = await an_approval(place)
    world, manager = place.world, place[Role.MANAGER]
    given = {"template": approval["template"]["id"], "step": approval["steps"][0]["id"]}
    said = await world.done(COMMENT, manager, **given, body="Who looks at the date?")
    await world.done(COMMENT, manager, template=given["template"], body="On no step.")
    last = (await story(place, approval))[-1]
    assert (last["kind"], last["step"]) == ("COMMENT_ADDED", {"id": given["step"]})
    assert last["remark"] == {"id": said["comment"]["id"], "body": "Who looks at the date?"}
    await world.done(DELETE_COMMENT, manager, comment=said["comment"]["id"])
    last = (await story(place, approval))[-1]
    assert (last["kind"], last["remark"]) == ("COMMENT_ADDED", None)
    assert "date" not in repr(last)


async def test_a_template_tells_the_story_of_all_its_approvals_the_last_first(
    place: Place,
) -> None:
    approval = await an_approval(place)
    editor, template = place[Role.EDITOR], approval["template"]
    await place.world.done(WITHDRAW, editor, approval=approval["id"])
    again = await place.submitted(template, editor, place[Role.APPROVER])
    other = await an_approval(place)
    await place.world.settled()
    selection = f"approvalHistory(first: 100) {{ nodes {{ {ENTRY} }} }}"
    found = await node(place.world, template["id"], selection, place[Role.VIEWER])
    entries = [each for each in found["approvalHistory"]["nodes"] if each["kind"] in TOLD]
    assert [(each["kind"], each["approval"]["id"]) for each in entries] == [
        ("APPROVAL_SUBMITTED", again["id"]),
        ("APPROVAL_WITHDRAWN", approval["id"]),
        ("APPROVAL_SUBMITTED", approval["id"]),
    ]
    assert other["id"] not in repr(found)


async def test_events_are_told_in_the_order_of_their_commits_and_not_of_their_clocks(
    place: Place,
) -> None:
    approval = await an_approval(place)
    await place.world.settled()
    # A process whose clock is an hour behind.
    await recorded(place, approval, "STEP_SKIPPED", {}, id=an_id_of(timedelta(hours=-1)))
    kinds = [each["kind"] for each in await story(place, approval)]
    assert (kinds[0], kinds[-1]) == ("APPROVAL_SUBMITTED", "STEP_SKIPPED")


def an_id_of(from_now: timedelta) -> Any:
    id = new_id()
    return type(id)(int=id.int + (int(from_now.total_seconds() * 1_000) << 80))


async def recorded(
    place: Place, approval: dict[str, Any], kind: str, after: dict[str, Any], **more: Any
) -> None:
    """An event of the approval as some other release records it."""
    event = Event(
        **{
            "id": new_id(),
            "occurred_at": now(),
            "kind": EventKind(kind),
            "entity": "ApprovalWorkflow",
            "entity_id": uuid_of(approval["id"]),
            "subject_id": uuid_of(approval["template"]["id"]),
            "organization_id": uuid_of(place.id),
            "after": after,
            **more,
        }
    )
    async with place.world.resources.database.transaction() as session:
        session.add(event)


async def test_every_fact_is_told_where_it_belongs(place: Place) -> None:
    approval = await an_approval(place)
    step, deputy = approval["steps"][0]["id"], place[Role.VIEWER]
    facts = {
        "step": str(uuid_of(step)),
        "from": str(uuid_of(place[Role.APPROVER].id)),
        "to": str(uuid_of(place[Role.MANAGER].id)),
        "onBehalfOf": str(uuid_of(deputy.id)),
        "verdict": "REQUEST_CHANGES",
        "comment": "Please mend this.",
        "reason": "In a hurry.",
        "checklist": ["The date", {"text": "The name", "done": False}],
        "contentHash": "ab" * 32,
        "accessToken": "hunter2",
    }
    await recorded(place, approval, "STEP_DECIDED", facts)
    last = (await story(place, approval))[-1]
    assert last["step"] == {"id": step}
    assert last["onBehalfOf"] == {"id": deputy.id}
    assert last["handedFrom"] == {"id": place[Role.APPROVER].id}
    assert last["handedTo"] == {"id": place[Role.MANAGER].id}
    assert last["checklist"] == ["The date", "The name"]
    for name in ("verdict", "comment", "reason", "contentHash"):
        assert last[name] == facts[name]
    assert last["facts"] == {**facts, "accessToken": "[masked]"}


async def test_facts_of_other_releases_are_no_fault(place: Place) -> None:
    approval = await an_approval(place)
    strange = {
        "step": "the first",
        "onBehalfOf": {"user": 7},
        "verdict": "PERHAPS",
        "status": 7,
        "comment": None,
        "checklist": "none",
    }
    for facts in (strange, {}, {"step": None}, {"position": 2, "verdict": "APPROVE"}):
        await recorded(place, approval, "STEP_DECIDED", facts)
    *_, told_strange, _, _, old = await story(place, approval)
    assert told_strange["facts"] == strange
    assert (told_strange["verdict"], told_strange["step"]) == (None, None)
    assert (old["verdict"], old["step"], old["checklist"]) == ("APPROVE", None, [])


async def test_who_does_not_see_the_approval_does_not_see_its_story(place: Place) -> None:
    approval = await an_approval(place)
    stranger = (await place.world.organization())[Role.ADMIN]
    selection = "... on ApprovalWorkflow { history { totalCount } }"
    query = f"query ($id: ID!) {{ node(id: $id) {{ {selection} }} }}"
    answer = await place.world.ask(query, {"id": approval["id"]}, by=stranger)
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_the_story_pages_without_losing_anything(place: Place) -> None:
    approval = await an_approval(place)
    for n in range(5):
        await recorded(place, approval, "STEP_DECIDED", {"comment": f"{n}"})
    whole = await story(place, approval)
    seen: list[str] = []
    after = None
    selection = "history(first: 2{}) {{ nodes {{ eventId }} pageInfo {{ hasNextPage endCursor }} }}"
    while len(seen) < len(whole):
        given = selection.format(f', after: "{after}"' if after else "")
        page = (await node(place.world, approval["id"], given, place[Role.VIEWER]))["history"]
        seen += [each["eventId"] for each in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert seen == [each["eventId"] for each in whole]


def test_facts_are_read_leniently() -> None:
    assert fact({"a": "b"}, "a") == "b"
    assert [fact(each, "a") for each in (None, {}, {"a": 1}, {"a": None})] == [None] * 4
    assert choice({"v": "APPROVE"}, "v", Verdict) is Verdict.APPROVE
    assert choice({"v": "PERHAPS"}, "v", Verdict) is None
    assert texts({"c": ["a", 1, {"title": "b"}, {}, None]}, "c") == ["a", "b"]
    assert texts({"c": {"a": 1}}, "c") == []
    assert identity("x") is None
    assert told(EventKind.COMMENT_ADDED, {"body": "x", "step": "y"}) == {"step": "y"}
    assert told(EventKind.STEP_DECIDED, None) == {}


async def test_the_story_of_ten_approvals_costs_as_many_statements_as_that_of_one(
    place: Place,
) -> None:
    approvals = [await an_approval(place) for _ in range(10)]
    for each in approvals:
        given = {"step": each["steps"][0]["id"], "verdict": "APPROVE"}
        await place.world.done(DECIDE, place[Role.APPROVER], **given)
    people = "actor { createdAt } onBehalfOf { createdAt } handedTo { createdAt }"
    things = "approval { createdAt } step { createdAt } stage { createdAt }"
    for selection, cost in (
        ("nodes { kind position comment }", 1),
        ("nodes { kind } totalCount", 2),
        (f"nodes {{ {people} }}", 2),
        (f"nodes {{ {things} }}", 4),
    ):
        found = [await _statements(place, approvals[:count], selection) for count in (1, 10)]
        assert found == [2 + cost] * 2, selection


async def _statements(place: Place, approvals: list[dict[str, Any]], selection: str) -> int:
    """How many it takes beside one that says who asks, and one for the approvals."""
    within = f"... on ApprovalWorkflow {{ history {{ {selection} }} }}"
    query = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {within} }} }}"
    ids = [each["id"] for each in approvals]
    with place.world.statements() as statements:
        answer = await place.world.ask(query, {"ids": ids}, by=place[Role.VIEWER])
    assert "errors" not in answer, answer
    return len(statements)
