"""Approvals through the schema: who decides what when, and what it does to the template."""

import asyncio
from typing import Any

import pytest

from db.models import new_id
from domain.permissions import Role
from engine import ids
from tests.editorial import (
    ARCHIVE,
    CHANGE_ROLE,
    DECIDE,
    DUPLICATE,
    REMOVE,
    SETTINGS,
    SUBMIT,
    TEMPLATE,
    UPDATE,
    WITHDRAW,
    error_of,
    history,
    membership,
    node,
    problems_of,
    refusal,
    unchanged,
)
from tests.engines import connected
from tests.spine import until
from tests.world import Person, Place, World, content, uuid_of

NEW = content("<p>Hello {{ first_name }}, welcome aboard.</p>")


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


async def written(place: Place, by: Role = Role.EDITOR) -> dict[str, Any]:
    return await place.template(place[by])


async def submitted(
    place: Place, *steps: tuple[Person, bool], template: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An approval that the editor asked for: an approver and whether they are required a step."""
    given = [{"approver": person.id, "required": required} for person, required in steps]
    row = template or await written(place)
    payload = await place.world.done(SUBMIT, place[Role.EDITOR], template=row["id"], steps=given)
    return dict(payload["approval"])


async def deciding(
    world: World, approval: dict[str, Any], position: int, by: Person, verdict: str = "APPROVE"
) -> dict[str, Any]:
    """The approval after a verdict."""
    step = approval["steps"][position - 1]
    comment = None if verdict == "APPROVE" else "The second paragraph promises too much."
    payload = await world.done(DECIDE, by, step=step["id"], verdict=verdict, comment=comment)
    return dict(payload["step"]["approval"])


async def approved(place: Place) -> dict[str, Any]:
    """An approval that the approver gave."""
    approval = await submitted(place, (place[Role.APPROVER], True))
    return await deciding(place.world, approval, 1, place[Role.APPROVER])


def statuses(approval: dict[str, Any]) -> list[str]:
    return [step["status"] for step in approval["steps"]]


async def status_of(place: Place, template: str) -> str:
    found = await node(place.world, template, TEMPLATE, place[Role.ADMIN])
    return str(found["status"])


def told(event: tuple[str, Any, Any], *names: str) -> tuple[str, Any, Any]:
    """An event with only these facts of before and after."""
    kind, before, after = event
    before, after = (side and {name: side[name] for name in names} for side in (before, after))
    return kind, before, after


# The main path


async def test_steps_decide_in_order_and_the_template_is_approved_in_the_end(
    world: World, place: Place
) -> None:
    first, second = place[Role.APPROVER], place[Role.MANAGER]
    template = await written(place)
    approval = await submitted(place, (first, True), (second, True), template=template)
    assert (approval["status"], statuses(approval)) == ("IN_PROGRESS", ["WAITING", "PENDING"])
    assert approval["submitter"]["id"] == place[Role.EDITOR].id
    assert approval["template"]["status"] == "IN_REVIEW"
    assert approval["template"]["approval"]["id"] == approval["id"]

    approval = await deciding(world, approval, 1, first)
    assert (approval["status"], statuses(approval)) == ("IN_PROGRESS", ["APPROVED", "WAITING"])
    assert approval["currentStep"]["position"] == 2
    assert approval["template"]["status"] == "IN_REVIEW"
    assert approval["finishedAt"] is None

    approval = await deciding(world, approval, 2, second)
    assert (approval["status"], statuses(approval)) == ("APPROVED", ["APPROVED", "APPROVED"])
    assert approval["currentStep"] is None
    assert approval["template"]["status"] == "APPROVED"
    assert approval["finishedAt"] is not None


async def test_an_approval_names_the_content_that_its_version_has(place: Place) -> None:
    template = await written(place)
    approval = await submitted(place, (place[Role.APPROVER], True), template=template)
    version = template["currentVersion"]
    assert approval["contentHash"] == version["contentHash"]
    assert approval["templateVersion"]["id"] == version["id"]
    assert approval["templateVersion"]["contentHash"] == version["contentHash"]


async def test_each_step_of_the_way_is_recorded_once_with_what_changed(
    world: World, place: Place
) -> None:
    first, second = place[Role.APPROVER], place[Role.MANAGER]
    template = await written(place)
    approval = await submitted(place, (first, True), (second, True), template=template)
    approval = await deciding(world, approval, 1, first)
    await deciding(world, approval, 2, second, "REJECT")
    _, *events = await history(world, template["id"])
    one, two = (str(uuid_of(person.id)) for person in (first, second))
    content_hash = template["currentVersion"]["contentHash"]
    assert [told(event, "status", "waiting") for event in events] == [
        ("APPROVAL_SUBMITTED", None, {"status": "IN_PROGRESS", "waiting": [one]}),
        (
            "STEP_DECIDED",
            {"status": "IN_PROGRESS", "waiting": [one]},
            {"status": "IN_PROGRESS", "waiting": [two]},
        ),
        (
            "STEP_DECIDED",
            {"status": "IN_PROGRESS", "waiting": [two]},
            {"status": "REJECTED", "waiting": []},
        ),
    ]
    assert [after["contentHash"] for _, _, after in events] == [content_hash] * 3
    assert [[each["approver"] for each in after["asked"]] for _, _, after in events] == [
        [one],
        [two],
        [],
    ]
    said = ("position", "verdict", "comment", "onBehalfOf", "checklist")
    assert [tuple(after[each] for each in said) for _, _, after in events[1:]] == [
        (1, "APPROVE", None, None, []),
        (2, "REJECT", "The second paragraph promises too much.", None, []),
    ]
    steps = [str(uuid_of(step["id"])) for step in approval["steps"]]
    assert [after["step"] for _, _, after in events[1:]] == steps


@pytest.mark.parametrize(
    ("verdict", "approval_status", "template_status"),
    [
        ("REQUEST_CHANGES", "CHANGES_REQUESTED", "CHANGES_REQUESTED"),
        ("REJECT", "REJECTED", "DRAFT"),
    ],
)
async def test_the_first_required_step_that_objects_ends_the_approval(
    world: World, place: Place, verdict: str, approval_status: str, template_status: str
) -> None:
    first, second = place[Role.APPROVER], place[Role.MANAGER]
    approval = await submitted(place, (first, True), (second, True))
    approval = await deciding(world, approval, 1, first, verdict)
    assert approval["status"] == approval_status
    assert statuses(approval) == [approval_status, "SKIPPED"]
    assert approval["steps"][0]["comment"] == "The second paragraph promises too much."
    assert approval["template"]["status"] == template_status
    assert await error_of(world, DECIDE, second, step=approval["steps"][1]["id"], verdict="APPROVE")
    again = await submitted(place, (first, True), template=approval["template"])
    assert again["template"]["status"] == "IN_REVIEW"


async def test_an_optional_step_is_passed_over_when_the_next_one_decides(
    world: World, place: Place
) -> None:
    optional, required = place[Role.MANAGER], place[Role.APPROVER]
    approval = await submitted(place, (optional, False), (required, True))
    approval = await deciding(world, approval, 2, required)
    assert (approval["status"], statuses(approval)) == ("APPROVED", ["SKIPPED", "APPROVED"])


async def test_an_optional_step_that_objects_holds_nobody_up(world: World, place: Place) -> None:
    optional, required = place[Role.MANAGER], place[Role.APPROVER]
    approval = await submitted(place, (optional, False), (required, True))
    approval = await deciding(world, approval, 1, optional, "REJECT")
    assert (approval["status"], statuses(approval)) == ("IN_PROGRESS", ["REJECTED", "WAITING"])


# Refused decisions


async def test_a_decided_step_cannot_be_decided_again(world: World, place: Place) -> None:
    approver = place[Role.APPROVER]
    approval = await submitted(place, (approver, True), (place[Role.MANAGER], True))
    approval = await deciding(world, approval, 1, approver)
    step = approval["steps"][0]
    async with unchanged(place):
        error = await error_of(
            world, DECIDE, approver, step=step["id"], verdict="REJECT", comment="Too late."
        )
    assert (error["__typename"], error["path"]) == ("ConflictError", ["step"])
    assert error["current"]["id"] == step["id"]
    assert error["current"]["stepStatus"] == "APPROVED"


async def test_of_two_verdicts_at_the_same_moment_exactly_one_counts(
    world: World, place: Place
) -> None:
    approver = place[Role.APPROVER]
    approval = await submitted(place, (approver, True), (place[Role.MANAGER], True))
    step = approval["steps"][0]["id"]
    verdicts = ["APPROVE", "REJECT", "APPROVE", "REQUEST_CHANGES"]
    payloads = await asyncio.gather(
        *(
            world.do(DECIDE, approver, step=step, verdict=verdict, comment="At once.")
            for verdict in verdicts
        )
    )
    [won] = [payload["step"] for payload in payloads if not payload["errors"]]
    lost = [error for payload in payloads for error in payload["errors"]]
    assert len(lost) == 3
    for error in lost:
        assert (error["__typename"], error["current"]["id"]) == ("ConflictError", step)
        assert error["current"]["stepStatus"] == won["status"]
    kinds = [kind for kind, *_ in await history(world, approval["template"]["id"])]
    assert kinds.count("STEP_DECIDED") == 1


async def test_two_steps_decided_at_the_same_moment_leave_one_waiting_at_most(
    world: World, place: Place
) -> None:
    optional, required, last = place[Role.MANAGER], place[Role.APPROVER], place[Role.ADMIN]
    approval = await submitted(place, (optional, False), (required, True), (last, True))
    steps = [step["id"] for step in approval["steps"]]
    await asyncio.gather(
        world.do(DECIDE, optional, step=steps[0], verdict="APPROVE"),
        world.do(DECIDE, required, step=steps[1], verdict="APPROVE"),
    )
    found = await node(world, approval["id"], "status steps { status }", optional)
    assert statuses(found)[1:] == ["APPROVED", "WAITING"]
    assert statuses(found)[0] in {"APPROVED", "SKIPPED"}


async def test_a_step_whose_turn_has_not_come_waits(world: World, place: Place) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True), (place[Role.MANAGER], True))
    async with unchanged(place):
        error = await error_of(
            world,
            DECIDE,
            place[Role.MANAGER],
            step=approval["steps"][1]["id"],
            verdict="APPROVE",
        )
    assert error["__typename"] == "ConflictError"
    assert error["current"]["stepStatus"] == "PENDING"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.MANAGER, Role.EDITOR, Role.VIEWER])
async def test_nobody_decides_a_step_that_is_not_theirs(
    world: World, place: Place, role: Role
) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    async with unchanged(place):
        code = await refusal(
            world, DECIDE, place[role], step=approval["steps"][0]["id"], verdict="APPROVE"
        )
    assert code == "FORBIDDEN"


async def test_an_objection_says_what_is_wrong(world: World, place: Place) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    step = approval["steps"][0]["id"]
    async with unchanged(place):
        for verdict in ("REJECT", "REQUEST_CHANGES"):
            for comment in (None, "  ", "x" * 10_001):
                found = await problems_of(
                    world,
                    DECIDE,
                    place[Role.APPROVER],
                    step=step,
                    verdict=verdict,
                    comment=comment,
                )
                assert list(found) == ["comment"]


async def test_a_verdict_on_a_stale_step_is_refused(world: World, place: Place) -> None:
    approver = place[Role.APPROVER]
    approval = await submitted(place, (place[Role.MANAGER], True), (approver, True))
    seen = approval["steps"][1]
    await deciding(world, approval, 1, place[Role.MANAGER])
    stale = {"step": seen["id"], "verdict": "APPROVE", "ifVersion": seen["version"]}
    async with unchanged(place):
        error = await error_of(world, DECIDE, approver, **stale)
    assert (error["path"], error["current"]["version"]) == (["ifVersion"], seen["version"] + 1)
    await world.done(DECIDE, approver, **{**stale, "ifVersion": error["current"]["version"]})


# Authors


async def test_authors_approve_only_while_the_organisation_lets_them(world: World) -> None:
    place = await world.organization(Role.MANAGER)
    author, admin = place[Role.MANAGER], place[Role.ADMIN]
    template = await place.template(author)
    request = {"template": template["id"], "steps": [{"approver": author.id}]}
    async with unchanged(place):
        assert list(await problems_of(world, SUBMIT, author, **request)) == ["steps.0.approver"]

    await world.done(SETTINGS, admin, organization=place.id, authorsMayApprove=True)
    approval = (await world.done(SUBMIT, author, **request))["approval"]
    await world.done(SETTINGS, admin, organization=place.id, authorsMayApprove=False)
    verdict = {"step": approval["steps"][0]["id"], "verdict": "APPROVE"}
    async with unchanged(place):
        assert await refusal(world, DECIDE, author, **verdict) == "FORBIDDEN"

    await world.done(SETTINGS, admin, organization=place.id, authorsMayApprove=True)
    assert (await world.done(DECIDE, author, **verdict))["step"]["status"] == "APPROVED"


async def test_whoever_wrote_the_current_version_is_an_author_too(
    world: World, place: Place
) -> None:
    template = await written(place)
    await world.done(UPDATE, place[Role.MANAGER], template=template["id"], content=NEW)
    found = await problems_of(
        world,
        SUBMIT,
        place[Role.EDITOR],
        template=template["id"],
        steps=[{"approver": place[Role.MANAGER].id}, {"approver": place[Role.APPROVER].id}],
    )
    assert found == {"steps.0.approver": "The author of the content may not approve it."}


# Refused submissions


async def test_a_submission_names_one_to_twenty_steps_one_of_them_required(
    world: World, place: Place
) -> None:
    template, editor = await written(place), place[Role.EDITOR]
    approver = place[Role.APPROVER].id
    async with unchanged(place):
        for steps in ([], [{"approver": approver, "required": False}]):
            found = await problems_of(world, SUBMIT, editor, template=template["id"], steps=steps)
            assert list(found) == ["steps"]
        many = [{"approver": approver}] * 21
        found = await problems_of(world, SUBMIT, editor, template=template["id"], steps=many)
        assert "at most 20" in found["steps"]


async def test_approvers_are_members_who_may_decide_each_named_once(
    world: World, place: Place
) -> None:
    stranger, other = await world.person("Stranger"), await world.organization(Role.APPROVER)
    named = [
        stranger.id,
        other[Role.APPROVER].id,
        place[Role.VIEWER].id,
        place[Role.EDITOR].id,
        place[Role.APPROVER].id,
        place[Role.APPROVER].id,
        ids.encode("User", new_id()),
    ]
    template = await written(place)
    async with unchanged(place):
        found = await problems_of(
            world,
            SUBMIT,
            place[Role.EDITOR],
            template=template["id"],
            steps=[{"approver": id} for id in named],
        )
    wrong = [n for n in range(len(named)) if n != 4]
    assert list(found) == [f"steps.{n}.approver" for n in wrong]


async def test_a_template_has_one_approval_at_a_time(world: World, place: Place) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    template = approval["template"]["id"]
    again = {"template": template, "steps": [{"approver": place[Role.APPROVER].id}]}
    async with unchanged(place):
        error = await error_of(world, SUBMIT, place[Role.EDITOR], **again)
    assert (error["__typename"], error["current"]["templateStatus"]) == (
        "ConflictError",
        "IN_REVIEW",
    )
    await deciding(world, approval, 1, place[Role.APPROVER])
    async with unchanged(place):
        error = await error_of(world, SUBMIT, place[Role.EDITOR], **again)
    assert (error["__typename"], error["current"]["templateStatus"]) == (
        "ConflictError",
        "APPROVED",
    )
    await world.done(ARCHIVE, place[Role.MANAGER], template=template)
    async with unchanged(place):
        error = await error_of(world, SUBMIT, place[Role.EDITOR], **again)
    assert (error["__typename"], error["current"]["templateStatus"]) == (
        "ConflictError",
        "ARCHIVED",
    )


async def test_of_two_submissions_at_the_same_moment_one_counts(world: World, place: Place) -> None:
    template = await written(place)
    request = {"template": template["id"], "steps": [{"approver": place[Role.APPROVER].id}]}
    payloads = await asyncio.gather(
        world.do(SUBMIT, place[Role.EDITOR], **request),
        world.do(SUBMIT, place[Role.MANAGER], **request),
    )
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1]


async def test_a_stale_submission_is_refused(world: World, place: Place) -> None:
    template = await written(place)
    await world.done(UPDATE, place[Role.EDITOR], template=template["id"], content=NEW)
    steps = [{"approver": place[Role.APPROVER].id}]
    stale = {"template": template["id"], "steps": steps, "ifVersion": template["version"]}
    async with unchanged(place):
        error = await error_of(world, SUBMIT, place[Role.EDITOR], **stale)
    assert (error["path"], error["current"]["version"]) == (["ifVersion"], template["version"] + 1)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.APPROVER])
async def test_who_may_not_submit_is_refused(world: World, place: Place, role: Role) -> None:
    template = await written(place)
    steps = [{"approver": place[Role.MANAGER].id}]
    async with unchanged(place):
        code = await refusal(world, SUBMIT, place[role], template=template["id"], steps=steps)
    assert code == "FORBIDDEN"


# Voiding


async def test_new_content_voids_what_was_decided_and_asks_again(
    world: World, place: Place
) -> None:
    approver, manager = place[Role.APPROVER], place[Role.MANAGER]
    approval = await submitted(place, (approver, True), (manager, True))
    approval = await deciding(world, approval, 1, approver)
    template = approval["template"]["id"]
    payload = await world.done(UPDATE, place[Role.EDITOR], template=template, content=NEW)
    voided = payload["voidedApproval"]
    assert (voided["id"], voided["status"]) == (approval["id"], "IN_PROGRESS")
    assert statuses(voided) == ["WAITING", "PENDING"]
    assert voided["finishedAt"] is None
    assert payload["template"]["status"] == "IN_REVIEW"
    assert payload["template"]["currentVersion"]["number"] == 2
    assert voided["templateVersion"]["number"] == 2
    assert voided["contentHash"] == payload["template"]["currentVersion"]["contentHash"]
    *_, was_voided, updated = await history(world, template)
    assert was_voided[0] == "STAGES_VOIDED"
    assert (was_voided[2]["fromHash"], was_voided[2]["toHash"]) == (
        approval["contentHash"],
        voided["contentHash"],
    )
    assert was_voided[2]["parts"] == ["SOURCE"]
    assert [each["approver"] for each in was_voided[2]["asked"]] == [str(uuid_of(approver.id))]
    assert updated[0] == "TEMPLATE_UPDATED"
    assert (updated[1]["status"], updated[2]["status"]) == ("IN_REVIEW", "IN_REVIEW")
    assert (updated[1]["versionNumber"], updated[2]["versionNumber"]) == (1, 2)
    async with unchanged(place):
        error = await error_of(
            world, DECIDE, manager, step=approval["steps"][1]["id"], verdict="APPROVE"
        )
    assert error["current"]["stepStatus"] == "PENDING"


async def test_new_content_reopens_a_finished_approval_and_says_so(
    world: World, place: Place
) -> None:
    approval = await approved(place)
    template = approval["template"]["id"]
    payload = await world.done(UPDATE, place[Role.EDITOR], template=template, content=NEW)
    assert payload["voidedApproval"]["id"] == approval["id"]
    assert payload["voidedApproval"]["status"] == "IN_PROGRESS"
    assert payload["voidedApproval"]["finishedAt"] is None
    assert payload["template"]["status"] == "IN_REVIEW"
    again = await deciding(world, payload["voidedApproval"], 1, place[Role.APPROVER])
    assert again["status"] == "APPROVED"
    assert again["contentHash"] != approval["contentHash"]


async def test_content_that_returns_to_what_was_approved_is_approved_anew(
    world: World, place: Place
) -> None:
    approval = await approved(place)
    template, editor = approval["template"]["id"], place[Role.EDITOR]
    await world.done(UPDATE, editor, template=template, content=NEW)
    payload = await world.done(UPDATE, editor, template=template, content=content())
    assert payload["template"]["currentVersion"]["contentHash"] == approval["contentHash"]
    assert payload["template"]["currentVersion"]["number"] == 3
    assert payload["template"]["status"] == "IN_REVIEW"
    assert statuses(payload["voidedApproval"]) == ["WAITING"]


async def test_new_content_after_an_approval_has_ended_is_a_draft(
    world: World, place: Place
) -> None:
    approver = place[Role.APPROVER]
    approval = await submitted(place, (approver, True))
    approval = await deciding(world, approval, 1, approver, "REQUEST_CHANGES")
    template = approval["template"]["id"]
    payload = await world.done(UPDATE, place[Role.EDITOR], template=template, content=NEW)
    assert (payload["template"]["status"], payload["voidedApproval"]) == ("DRAFT", None)


async def test_identical_content_and_new_details_void_nothing(world: World, place: Place) -> None:
    approval = await approved(place)
    template = approval["template"]["id"]
    for change in ({"content": content()}, {"name": "Welcome aboard", "tags": ["onboarding"]}):
        payload = await world.done(UPDATE, place[Role.EDITOR], template=template, **change)
        assert payload["voidedApproval"] is None
        assert payload["template"]["status"] == "APPROVED"
        assert payload["template"]["currentVersion"]["number"] == 1
        assert payload["template"]["approval"]["status"] == "APPROVED"


async def test_archiving_voids_the_approval_and_says_so(world: World, place: Place) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    template = approval["template"]["id"]
    payload = await world.done(ARCHIVE, place[Role.MANAGER], template=template)
    assert payload["voidedApproval"]["status"] == "VOIDED"
    assert payload["template"]["status"] == "ARCHIVED"
    kinds = [kind for kind, *_ in await history(world, template)]
    assert kinds[-2:] == ["APPROVAL_VOIDED", "TEMPLATE_ARCHIVED"]


async def test_a_copy_of_an_approved_template_is_not_approved(world: World, place: Place) -> None:
    approval = await approved(place)
    payload = await world.done(DUPLICATE, place[Role.EDITOR], template=approval["template"]["id"])
    copied = payload["template"]
    assert (copied["status"], copied["approval"]) == ("DRAFT", None)
    assert copied["currentVersion"]["contentHash"] == approval["contentHash"]


# Withdrawing


@pytest.mark.parametrize("role", [Role.EDITOR, Role.MANAGER, Role.ADMIN])
async def test_the_submitter_and_managers_withdraw_an_approval(
    world: World, place: Place, role: Role
) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    payload = await world.done(WITHDRAW, place[role], approval=approval["id"])
    assert payload["approval"]["status"] == "WITHDRAWN"
    assert statuses(payload["approval"]) == ["SKIPPED"]
    assert payload["approval"]["template"]["status"] == "DRAFT"
    last = (await history(world, approval["template"]["id"]))[-1]
    assert told(last, "status") == (
        "APPROVAL_WITHDRAWN",
        {"status": "IN_PROGRESS"},
        {"status": "WITHDRAWN"},
    )


async def test_another_editor_cannot_withdraw_it(world: World, place: Place) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    other = await place.join(Role.EDITOR, "Otto")
    async with unchanged(place):
        for person in (other, place[Role.APPROVER], place[Role.VIEWER]):
            code = await refusal(world, WITHDRAW, person, approval=approval["id"])
            assert code == "FORBIDDEN"


async def test_an_approval_that_has_ended_cannot_be_withdrawn(world: World, place: Place) -> None:
    approval = await approved(place)
    async with unchanged(place):
        error = await error_of(world, WITHDRAW, place[Role.EDITOR], approval=approval["id"])
    assert (error["__typename"], error["current"]["approvalStatus"]) == (
        "ConflictError",
        "APPROVED",
    )
    stale = {"approval": approval["id"], "ifVersion": approval["version"] - 1}
    error = await error_of(world, WITHDRAW, place[Role.EDITOR], **stale)
    assert error["path"] == ["ifVersion"]


async def test_withdrawing_and_deciding_at_the_same_moment_end_in_one_of_the_two(
    world: World, place: Place
) -> None:
    approval = await submitted(place, (place[Role.APPROVER], True))
    step = approval["steps"][0]["id"]
    payloads = await asyncio.gather(
        world.do(WITHDRAW, place[Role.EDITOR], approval=approval["id"]),
        world.do(DECIDE, place[Role.APPROVER], step=step, verdict="APPROVE"),
    )
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1]
    expected = "DRAFT" if not payloads[0]["errors"] else "APPROVED"
    assert await status_of(place, approval["template"]["id"]) == expected


# Approvers who go


async def _remove(place: Place, person: Person) -> None:
    id = await membership(place, person)
    await place.world.done(REMOVE, place[Role.ADMIN], membership=id)


async def _demote(place: Place, person: Person) -> None:
    id = await membership(place, person)
    await place.world.done(CHANGE_ROLE, place[Role.ADMIN], membership=id, role="VIEWER")


@pytest.mark.parametrize("leave", [_remove, _demote])
async def test_a_required_approver_who_goes_voids_what_waits_for_them(
    world: World, place: Place, leave: Any
) -> None:
    leaver = await place.join(Role.APPROVER, "Leander")
    now = await submitted(place, (leaver, True))
    later = await submitted(place, (place[Role.APPROVER], True), (leaver, True))
    await leave(place, leaver)
    for approval in (now, later):
        found = await node(
            world, approval["id"], "status template { id status }", place[Role.ADMIN]
        )
        assert (found["status"], found["template"]["status"]) == ("VOIDED", "DRAFT")
        kind, before, after = (await history(world, found["template"]["id"]))[-1]
        assert (kind, before["status"], after["status"]) == (
            "APPROVAL_VOIDED",
            "IN_PROGRESS",
            "VOIDED",
        )


@pytest.mark.parametrize("leave", [_remove, _demote])
async def test_an_optional_approver_who_goes_is_passed_over(
    world: World, place: Place, leave: Any
) -> None:
    leaver = await place.join(Role.APPROVER, "Leonie")
    approval = await submitted(place, (leaver, False), (place[Role.APPROVER], True))
    await leave(place, leaver)
    found = await node(
        world, approval["id"], "status steps { id status } template { id }", place[Role.ADMIN]
    )
    assert (found["status"], statuses(found)) == ("IN_PROGRESS", ["SKIPPED", "WAITING"])
    kind, *_ = (await history(world, found["template"]["id"]))[-1]
    assert kind == "STEP_SKIPPED"
    found = await deciding(world, found, 2, place[Role.APPROVER])
    assert found["status"] == "APPROVED"


async def test_what_an_approver_decided_outlasts_their_leaving(world: World, place: Place) -> None:
    leaver = await place.join(Role.APPROVER, "Livia")
    approval = await submitted(place, (leaver, True), (place[Role.APPROVER], True))
    await deciding(world, approval, 1, leaver)
    await _remove(place, leaver)
    found = await node(
        world, approval["id"], "status steps { status approver { id } }", place[Role.ADMIN]
    )
    assert (found["status"], statuses(found)) == ("IN_PROGRESS", ["APPROVED", "WAITING"])
    assert found["steps"][0]["approver"]["id"] == leaver.id


async def test_who_is_no_longer_able_cannot_decide(world: World, place: Place) -> None:
    leaver = await place.join(Role.APPROVER, "Lorenz")
    approval = await submitted(place, (leaver, False), (place[Role.APPROVER], True))
    verdict = {"step": approval["steps"][0]["id"], "verdict": "APPROVE"}
    await _demote(place, leaver)
    assert await refusal(world, DECIDE, leaver, **verdict) == "FORBIDDEN"
    await _remove(place, leaver)
    error = await error_of(world, DECIDE, leaver, **verdict)
    assert (error["__typename"], error["path"]) == ("NotFoundError", ["step"])


# At the same moment


async def _waiting(world: World) -> int:
    """How many sessions on this database wait for what another one holds."""
    async with connected(world.resources.database.url) as connection:
        return int(
            await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
                " AND query NOT LIKE '%pg_advisory_lock%'"
            )
        )


async def _until_stuck(world: World, *tasks: "asyncio.Task[Any]") -> None:
    """Waits until each of the tasks is done or waits for a lock."""

    async def stuck() -> bool:
        return await _waiting(world) >= sum(not task.done() for task in tasks)

    await until(stuck)


async def test_new_content_and_a_leaving_approver_do_not_block_each_other(
    world: World, place: Place
) -> None:
    leaver = await place.join(Role.APPROVER, "Ludwig")
    approval = await submitted(place, (leaver, True))
    template, member = approval["template"]["id"], await membership(place, leaver)
    held = "SELECT 1 FROM approvals WHERE id = $1 FOR UPDATE"
    async with connected(world.resources.database.url) as other:
        async with other.transaction():
            await other.execute(held, uuid_of(approval["id"]))
            update = world.do(UPDATE, place[Role.EDITOR], template=template, content=NEW)
            updating = asyncio.create_task(update)
            await _until_stuck(world, updating)
            removal = world.do(REMOVE, place[Role.ADMIN], membership=member)
            removing = asyncio.create_task(removal)
            await _until_stuck(world, updating, removing)
        updated, removed = await asyncio.gather(updating, removing)
    assert updated["voidedApproval"]["status"] == "IN_PROGRESS"
    assert not removed["errors"]
    found = await node(world, approval["id"], "status", place[Role.ADMIN])
    assert found["status"] == "VOIDED"


async def test_an_approver_who_leaves_while_being_named_holds_nothing_up(
    world: World, place: Place
) -> None:
    leaver = await place.join(Role.APPROVER, "Lukas")
    template, member = await written(place), await membership(place, leaver)
    request = {"template": template["id"], "steps": [{"approver": leaver.id}]}
    async with connected(world.resources.database.url) as other:
        async with other.transaction():
            await other.execute("LOCK TABLE approvals IN SHARE MODE")
            submitting = asyncio.create_task(world.do(SUBMIT, place[Role.EDITOR], **request))
            await _until_stuck(world, submitting)
            removal = world.do(REMOVE, place[Role.ADMIN], membership=member)
            removing = asyncio.create_task(removal)
            await _until_stuck(world, submitting, removing)
        request_done, removed = await asyncio.gather(submitting, removing)
    assert not request_done["errors"]
    assert not removed["errors"]
    assert await status_of(place, template["id"]) == "DRAFT"
