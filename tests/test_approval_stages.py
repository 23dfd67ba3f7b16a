"""Approvals in stages, through the schema: who decides together, and what new content voids."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from domain.content import ContentPart
from domain.permissions import Role
from tests.editorial import (
    REMOVE,
    SUBMIT,
    error_of,
    history,
    membership,
    problems_of,
    refusal,
    unchanged,
)
from tests.stages import (
    DECIDE,
    FORCE,
    REASSIGN,
    TICK,
    UPDATE,
    decided,
    seen,
    stage,
    statuses,
    step_of,
    steps,
    submitted,
)
from tests.world import Person, Place, World, content, uuid_of

NEW_SOURCE = content("<p>Hello {{ first_name }}, welcome aboard.</p>")
SOURCE, VARIABLES = ["SOURCE"], ["VARIABLES"]
REST = [part.value for part in ContentPart if part.value not in {"SOURCE", "VARIABLES"}]


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


@pytest.fixture(scope="module")
async def three(place: Place) -> Sequence[Person]:
    return [await place.join(Role.APPROVER, name) for name in ("Ann", "Ben", "Cleo")]


def new_variables() -> dict[str, Any]:
    """The same source, declaring one variable more."""
    given = content()
    extra = {"name": "last_name", "type": "STRING", "defaultValue": "Byron"}
    return {**given, "variables": [*given.get("variables", []), extra]}


async def changed(place: Place, approval: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What comes of new content for the approval's template."""
    given = {"template": approval["template"]["id"], "content": new}
    return await place.world.done(UPDATE, place[Role.EDITOR], **given)


# Rules


@pytest.mark.parametrize(
    ("rule", "verdicts", "ends"),
    [
        ({"rule": "ALL"}, ["APPROVE", "APPROVE", "APPROVE"], "APPROVED"),
        ({"rule": "ALL"}, ["APPROVE", "REJECT"], "REJECTED"),
        ({"rule": "ANY"}, ["APPROVE"], "APPROVED"),
        ({"rule": "ANY"}, ["REJECT", "APPROVE"], "APPROVED"),
        ({"rule": "ANY"}, ["REJECT", "REQUEST_CHANGES", "REJECT"], "CHANGES_REQUESTED"),
        ({"rule": "ANY"}, ["REJECT", "REJECT", "REJECT"], "REJECTED"),
        ({"rule": "AT_LEAST", "atLeast": 2}, ["REJECT", "APPROVE", "APPROVE"], "APPROVED"),
        ({"rule": "AT_LEAST", "atLeast": 2}, ["REJECT", "APPROVE", "REJECT"], "REJECTED"),
    ],
)
async def test_a_stage_ends_as_soon_as_its_rule_is_decided(
    place: Place, three: Sequence[Person], rule: dict[str, Any], verdicts: list[str], ends: str
) -> None:
    approval = await submitted(place, stage(*three, **rule))
    assert steps(approval) == [["WAITING"] * 3]
    for person, verdict in zip(three, verdicts, strict=False):
        assert (approval["status"], statuses(approval)) == ("IN_PROGRESS", ["ACTIVE"])
        approval = await decided(place, approval, person, verdict)
    assert (approval["status"], statuses(approval)) == (ends, [ends])
    left = [step["status"] for step in approval["steps"]][len(verdicts) :]
    assert left == ["SKIPPED"] * (3 - len(verdicts))


async def test_stages_follow_one_another_and_all_of_a_stage_wait_at_once(
    place: Place, three: Sequence[Person]
) -> None:
    ann, ben, cleo = three
    approval = await submitted(place, stage(ann, ben, name="Legal"), stage(cleo, name="Brand"))
    assert steps(approval) == [["WAITING", "WAITING"], ["PENDING"]]
    assert approval["currentStage"]["position"] == 1
    assert approval["currentStep"]["position"] == 1
    assert [each["name"] for each in approval["stages"]] == ["Legal", "Brand"]
    async with unchanged(place):
        given = {"step": step_of(approval, cleo)["id"], "verdict": "APPROVE"}
        error = await error_of(place.world, DECIDE, cleo, **given)
    assert error["__typename"] == "ConflictError"
    approval = await decided(place, approval, ben)
    assert steps(approval) == [["WAITING", "APPROVED"], ["PENDING"]]
    approval = await decided(place, approval, ann)
    assert statuses(approval) == ["APPROVED", "ACTIVE"]
    approval = await decided(place, approval, cleo)
    assert approval["status"] == "APPROVED"


async def test_an_optional_stage_holds_nobody_up(place: Place, three: Sequence[Person]) -> None:
    ann, ben, cleo = three
    approval = await submitted(place, stage(ann, ben, required=False), stage(cleo))
    assert statuses(approval) == ["ACTIVE", "PENDING"]
    approval = await decided(place, approval, cleo)
    assert (approval["status"], statuses(approval)) == ("APPROVED", ["SKIPPED", "APPROVED"])


async def test_two_approvers_at_once_are_both_heard_or_one_is_told_it_is_over(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    for rule, lost in (("ALL", 0), ("ANY", 2)):
        approval = await submitted(place, stage(*three, rule=rule))
        payloads = await asyncio.gather(
            *(
                world.do(DECIDE, each, step=step_of(approval, each)["id"], verdict="APPROVE")
                for each in three
            )
        )
        errors = [error["__typename"] for payload in payloads for error in payload["errors"]]
        assert errors == ["ConflictError"] * lost
        assert (await seen(place, approval))["status"] == "APPROVED"


# Submissions


async def test_a_submission_names_stages_that_can_come_about(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    ann, ben, cleo = three
    template, editor = await place.template(place[Role.EDITOR]), place[Role.EDITOR]
    wrong: list[tuple[list[dict[str, Any]], str]] = [
        ([stage(ann, required=False)], "stages"),
        ([stage(ann)] * 21, "stages"),
        ([stage()], "stages.0.approvers"),
        ([stage(ann), stage(ben, ben)], "stages.1.approvers.1"),
        ([stage(place[Role.VIEWER])], "stages.0.approvers.0"),
        ([stage(editor)], "stages.0.approvers.0"),
        ([stage(ann, ben, rule="AT_LEAST", atLeast=3)], "stages.0.atLeast"),
        ([stage(ann, rule="AT_LEAST")], "stages.0.atLeast"),
        ([stage(ann, dueInHours=0)], "stages.0.dueInHours"),
        ([stage(ann, dueInHours=1, escalateTo=ann.id)], "stages.0.escalateTo"),
        ([stage(ann, dueInHours=1, escalateTo=place[Role.VIEWER].id)], "stages.0.escalateTo"),
        ([stage(ann, covers=[])], "stages.0.covers"),
        ([stage(ann, covers=SOURCE), stage(cleo, required=False)], "stages"),
    ]
    async with unchanged(place):
        for stages, path in wrong:
            given = {"template": template["id"], "stages": stages}
            assert path in await problems_of(world, SUBMIT, editor, **given), stages
        both = {"steps": [{"approver": ann.id}], "stages": [stage(ben)]}
        assert await problems_of(world, SUBMIT, editor, template=template["id"], **both)
        late = {"stages": [stage(ben)], "expiresInHours": 0}
        found = await problems_of(world, SUBMIT, editor, template=template["id"], **late)
        assert list(found) == ["expiresInHours"]


# Pinned to content


async def test_new_content_voids_exactly_the_stages_that_cover_what_changed(
    place: Place, three: Sequence[Person]
) -> None:
    ann, ben, cleo = three
    approval = await submitted(
        place, stage(ann, covers=SOURCE), stage(ben, covers=VARIABLES), stage(cleo, covers=REST)
    )
    for person in three:
        approval = await decided(place, approval, person)
    assert approval["status"] == "APPROVED"
    payload = await changed(place, approval, new_variables())
    voided = payload["voidedApproval"]
    assert (voided["status"], payload["template"]["status"]) == ("IN_PROGRESS", "IN_REVIEW")
    assert statuses(voided) == ["APPROVED", "ACTIVE", "APPROVED"]
    assert voided["templateVersion"]["number"] == 2
    kept, asked, _ = (each["steps"][0] for each in voided["stages"])
    assert kept["contentHash"] == approval["contentHash"] != voided["contentHash"]
    assert (asked["contentHash"], asked["comment"], asked["decidedAt"]) == (None, None, None)
    *_, (kind, _, after), _ = await history(place.world, approval["template"]["id"])
    assert kind == "STAGES_VOIDED"
    assert after["parts"] == ["VARIABLES"]
    assert after["stages"] == [str(uuid_of(approval["stages"][1]["id"]))]
    assert [each["approver"] for each in after["asked"]] == [str(uuid_of(ben.id))]
    approval = await decided(place, voided, ben)
    assert approval["status"] == "APPROVED"
    assert approval["template"]["status"] == "APPROVED"


async def test_a_voided_stage_goes_first_and_the_later_one_keeps_its_verdicts(
    place: Place, three: Sequence[Person]
) -> None:
    ann, ben, cleo = three
    rest = [*VARIABLES, *REST]
    approval = await submitted(place, stage(ann, covers=SOURCE), stage(ben, cleo, covers=rest))
    for person in (ann, ben):
        approval = await decided(place, approval, person)
    assert steps(approval) == [["APPROVED"], ["APPROVED", "WAITING"]]
    approval = (await changed(place, approval, NEW_SOURCE))["voidedApproval"]
    assert steps(approval) == [["WAITING"], ["APPROVED", "PENDING"]]
    approval = await decided(place, approval, ann)
    assert steps(approval) == [["APPROVED"], ["APPROVED", "WAITING"]]
    approval = await decided(place, approval, cleo)
    assert approval["status"] == "APPROVED"


async def test_content_that_touches_nothing_begun_pins_the_approval_anew(
    place: Place, three: Sequence[Person]
) -> None:
    ann, ben, _ = three
    rest = [*VARIABLES, *REST]
    approval = await submitted(place, stage(ann, covers=SOURCE), stage(ben, covers=rest))
    payload = await changed(place, approval, new_variables())
    assert payload["voidedApproval"] is None
    after = await seen(place, approval)
    assert steps(after) == [["WAITING"], ["PENDING"]]
    assert after["contentHash"] == payload["template"]["currentVersion"]["contentHash"]
    kinds = [kind for kind, *_ in await history(place.world, approval["template"]["id"])]
    assert kinds[-2:] == ["APPROVAL_REPINNED", "TEMPLATE_UPDATED"]


async def test_a_voided_stage_shows_what_changed_until_it_is_approved_again(
    place: Place, three: Sequence[Person]
) -> None:
    ann, *_ = three
    approval = await submitted(place, stage(ann))
    assert approval["stages"][0]["changes"] is None
    approval = await decided(place, approval, ann)
    for new in (NEW_SOURCE, content("<p>Hi {{ first_name }}.</p>")):
        approval = (await changed(place, approval, new))["voidedApproval"]
    [shown] = [each["changes"] for each in approval["stages"]]
    assert (shown["parts"], shown["variables"], shown["isTruncated"]) == (SOURCE, [], False)
    [text] = shown["texts"]
    lines = [(line["kind"], line["content"]) for line in text["lines"]]
    assert lines == [
        ("REMOVED", content()["body"]),
        ("ADDED", "<p>Hi {{ first_name }}.</p>"),
    ]
    approval = await decided(place, approval, ann)
    assert approval["stages"][0]["changes"] is None


async def test_who_wrote_the_new_content_is_no_longer_asked(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    ann, manager = three[0], place[Role.MANAGER]
    approval = await submitted(place, stage(manager, ann, rule="ANY"), stage(place[Role.APPROVER]))
    given = {"template": approval["template"]["id"], "content": NEW_SOURCE}
    payload = await world.done(UPDATE, manager, **given)
    assert steps(payload["voidedApproval"]) == [["SKIPPED", "WAITING"], ["PENDING"]]
    alone = await submitted(place, stage(manager))
    given = {"template": alone["template"]["id"], "content": NEW_SOURCE}
    payload = await world.done(UPDATE, manager, **given)
    assert payload["voidedApproval"]["status"] == "VOIDED"
    assert payload["template"]["status"] == "DRAFT"


async def test_who_has_left_since_they_approved_is_not_asked_again(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    leaver = await place.join(Role.APPROVER, "Lena")
    kept = await submitted(place, stage(leaver, three[0], rule="AT_LEAST", atLeast=1))
    kept = await decided(place, kept, leaver)
    lost = await decided(place, await submitted(place, stage(leaver)), leaver)
    id = await membership(place, leaver)
    await world.done(REMOVE, place[Role.ADMIN], membership=id)
    payload = await changed(place, kept, NEW_SOURCE)
    assert steps(payload["voidedApproval"]) == [["SKIPPED", "WAITING"]]
    payload = await changed(place, lost, NEW_SOURCE)
    assert (payload["voidedApproval"]["status"], payload["template"]["status"]) == (
        "VOIDED",
        "DRAFT",
    )


# Forced


async def test_an_approval_is_forced_with_a_reason_for_this_content_alone(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    ann, ben, _ = three
    approval = await submitted(place, stage(ann, covers=SOURCE), stage(ben))
    approval = await decided(place, approval, ann)
    given = {"approval": approval["id"], "reason": "The storm is tonight."}
    async with unchanged(place):
        assert await refusal(world, FORCE, place[Role.MANAGER], **given) == "FORBIDDEN"
        empty = {**given, "reason": " "}
        assert list(await problems_of(world, FORCE, place[Role.ADMIN], **empty)) == ["reason"]
    forced = (await world.done(FORCE, place[Role.ADMIN], **given))["approval"]
    assert (forced["status"], statuses(forced)) == ("APPROVED", ["APPROVED", "SKIPPED"])
    assert (forced["forceReason"], forced["forcedBy"]["id"]) == (
        given["reason"],
        place[Role.ADMIN].id,
    )
    kind, _, after = (await history(world, approval["template"]["id"]))[-1]
    assert (kind, after["reason"]) == ("APPROVAL_FORCED", given["reason"])
    assert after["contentHash"] == approval["contentHash"]
    async with unchanged(place):
        assert (await error_of(world, FORCE, place[Role.ADMIN], **given))["code"] == "CONFLICT"
    after = (await changed(place, approval, new_variables()))["voidedApproval"]
    assert (after, (await seen(place, approval))["forcedBy"]) != (None, None)
    reopened = await seen(place, approval)
    assert (reopened["status"], statuses(reopened)) == ("IN_PROGRESS", ["APPROVED", "ACTIVE"])
    assert (reopened["forceReason"], reopened["forcedBy"]) == (None, None)


# Reassigned


async def test_a_manager_hands_a_step_over_with_a_reason(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    ann, ben, cleo = three
    approval = await submitted(place, stage(ann, ben))
    step, manager = step_of(approval, ann), place[Role.MANAGER]
    given = {"step": step["id"], "to": cleo.id, "reason": "On leave."}
    async with unchanged(place):
        for person in (ann, place[Role.EDITOR]):
            assert await refusal(world, REASSIGN, person, **given) == "FORBIDDEN"
        for to in (ann, ben, place[Role.EDITOR], place[Role.VIEWER]):
            found = await problems_of(world, REASSIGN, manager, **{**given, "to": to.id})
            assert list(found) == ["to"]
        stale = {**given, "ifVersion": step["version"] + 1}
        assert (await error_of(world, REASSIGN, manager, **stale))["path"] == ["ifVersion"]
    after = (await world.done(REASSIGN, manager, **given))["step"]["approval"]
    assert step_of(after, cleo)["id"] == step["id"]
    kind, _, told = (await history(world, approval["template"]["id"]))[-1]
    assert (kind, told["reason"]) == ("STEP_REASSIGNED", "On leave.")
    assert (told["from"], told["to"]) == (str(uuid_of(ann.id)), str(uuid_of(cleo.id)))
    verdict = {"step": step["id"], "verdict": "APPROVE"}
    assert await refusal(world, DECIDE, ann, **verdict) == "FORBIDDEN"
    after = await decided(place, after, cleo)
    async with unchanged(place):
        error = await error_of(world, REASSIGN, manager, **{**given, "to": ann.id})
    assert error["current"]["stepStatus"] == "APPROVED"


async def test_who_leaves_is_replaced_by_whom_the_stage_escalates_to(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    leaver = await place.join(Role.APPROVER, "Lotte")
    terms = {"dueInHours": 8, "escalateTo": three[0].id}
    approval = await submitted(place, stage(leaver, **terms))
    await world.done(REMOVE, place[Role.ADMIN], membership=await membership(place, leaver))
    after = await seen(place, approval)
    assert (after["status"], step_of(after, three[0])["status"]) == ("IN_PROGRESS", "WAITING")
    kind, _, told = (await history(world, approval["template"]["id"]))[-1]
    assert (kind, told["steps"][0]["to"]) == ("STEP_REASSIGNED", str(uuid_of(three[0].id)))


# Checklists


async def test_what_was_asked_for_is_ticked_off_and_shown_with_the_next_submission(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    ann, editor = three[0], place[Role.EDITOR]
    approval = await submitted(place, stage(ann))
    asked = ["Say the price.", "Shorten the subject."]
    approval = await decided(place, approval, ann, "REQUEST_CHANGES", checklist=asked)
    assert [item["text"] for item in approval["checklist"]] == asked
    item = approval["checklist"][0]
    other = await place.join(Role.EDITOR, "Otto")
    async with unchanged(place):
        assert await refusal(world, TICK, other, item=item["id"]) == "FORBIDDEN"
        assert await refusal(world, TICK, ann, item=item["id"]) == "FORBIDDEN"
    done = (await world.done(TICK, editor, item=item["id"], ifVersion=item["version"]))["item"]
    assert (done["doneBy"]["id"], done["doneAt"] is not None) == (editor.id, True)
    async with unchanged(place):
        assert (await error_of(world, TICK, editor, item=item["id"]))["code"] == "CONFLICT"
    kind, before, after = (await history(world, approval["template"]["id"]))[-1]
    assert (kind, before["done"], after["done"]) == ("CHECKLIST_ITEM_TICKED", False, True)
    again = await submitted(place, stage(ann), template=approval["template"])
    assert again["previous"]["id"] == approval["id"]
    undone = (await world.done(TICK, editor, item=item["id"], done=False))["item"]
    assert (undone["doneBy"], undone["doneAt"]) == (None, None)


async def test_a_checklist_belongs_to_a_request_for_changes(
    world: World, place: Place, three: Sequence[Person]
) -> None:
    ann = three[0]
    approval = await submitted(place, stage(ann))
    step = step_of(approval, ann)["id"]
    async with unchanged(place):
        for verdict, items in (
            ("APPROVE", ["x"]),
            ("REJECT", ["x"]),
            ("REQUEST_CHANGES", ["x"] * 51),
            ("REQUEST_CHANGES", [" "]),
        ):
            given = {"step": step, "verdict": verdict, "comment": "No.", "checklist": items}
            found = await problems_of(world, DECIDE, ann, **given)
            assert all(path.startswith("checklist") for path in found)
