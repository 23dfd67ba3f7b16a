"""What time does to approvals, by jobs and by the database's clock."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Approval, ApprovalStage
from domain.ids import ApprovalId, StageId
from domain.permissions import Role
from resolvers import approval_deadlines
from tests import rows
from tests.editorial import CHANGE_ROLE, error_of, history, membership, unchanged
from tests.jobs import run_jobs, waiting
from tests.stages import (
    DECIDE,
    FORCE,
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

HOUR = timedelta(hours=1)
TIMED = {"dueInHours": 8, "remindAfterHours": 2}


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER)


@pytest.fixture
async def ann(place: Place) -> Person:
    return await place.join(Role.APPROVER, "Ann")


@pytest.fixture
async def eve(place: Place) -> Person:
    """Whom stages escalate to."""
    return await place.join(Role.APPROVER, "Eve")


async def age(place: Place, approval: dict[str, Any], hours: int) -> None:
    """Let everything in an approval have happened so many hours earlier."""
    by = hours * HOUR
    found = [(Approval, approval["id"]), *((ApprovalStage, s["id"]) for s in approval["stages"])]
    for model, id in found:
        row = await rows.one(place.world, select(model).where(model.id == uuid_of(id)))
        names = ("expires_at", "active_since", "due_at", "reminded_at")
        known = {name: getattr(row, name, None) for name in names}
        earlier = {name: at - by for name, at in known.items() if at is not None}
        await rows.change(place.world, row, **earlier)


async def moments(place: Place, approval: dict[str, Any]) -> dict[str, datetime]:
    """What is to come of an approval, by the names of the jobs."""
    ids = [approval["id"], *(each["id"] for each in approval["stages"])]
    found = [job for id in ids for job in await waiting(place.world, about=uuid_of(id))]
    return {job.name: job.at for job in found}


async def run(place: Place, approval: dict[str, Any], name: str) -> None:
    """Do the approval's job of that name, as a worker does whose clock is a year ahead."""
    [id] = {
        job.payload["id"]
        for one in (approval, *approval["stages"])
        for job in await waiting(place.world, names=[name], about=uuid_of(one["id"]))
    }
    ahead = datetime.fromisoformat("2100-01-01T00:00:00+00:00")
    assert await run_jobs(place.world, until=ahead, names=[name], about=id, most=1) == [name]


async def last(place: Place, approval: dict[str, Any]) -> tuple[str, Any, Any]:
    return (await history(place.world, approval["template"]["id"]))[-1]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


# Plans


async def test_time_runs_from_when_a_stage_becomes_active(place: Place, ann: Person) -> None:
    first = stage(place[Role.APPROVER], dueInHours=4)
    approval = await submitted(place, first, stage(ann, **TIMED), expiresInHours=48)
    assert [each["dueAt"] is not None for each in approval["stages"]] == [True, False]
    planned = await moments(place, approval)
    assert set(planned) == {"approvals.escalate", "approvals.expire"}
    assert planned["approvals.escalate"] == moment(approval["stages"][0]["dueAt"])
    assert planned["approvals.expire"] == moment(approval["expiresAt"])
    approval = await decided(place, approval, place[Role.APPROVER])
    active = approval["stages"][1]
    since = moment(active["activeSince"])
    assert moment(active["dueAt"]) == since + 8 * HOUR
    planned = await moments(place, approval)
    assert planned["approvals.remind"] == since + 2 * HOUR
    assert planned["approvals.escalate"] == since + 8 * HOUR


async def test_nothing_is_to_come_of_an_approval_that_has_ended(place: Place, ann: Person) -> None:
    approval = await submitted(place, stage(ann, **TIMED), expiresInHours=48)
    assert len(await moments(place, approval)) == 3
    approval = await decided(place, approval, ann)
    assert await moments(place, approval) == {}


async def test_new_content_gives_a_voided_stage_all_of_its_time_again(
    world: World, place: Place, ann: Person
) -> None:
    approval = await submitted(place, stage(ann, **TIMED), expiresInHours=10)
    await age(place, approval, 3)
    given = {"template": approval["template"]["id"], "content": content("<p>New</p>")}
    payload = await world.done(UPDATE, place[Role.EDITOR], **given)
    [after] = payload["voidedApproval"]["stages"]
    assert moment(after["activeSince"]) >= moment(approval["stages"][0]["activeSince"])
    assert moment(after["dueAt"]) == moment(after["activeSince"]) + 8 * HOUR
    planned = await moments(place, approval)
    assert planned["approvals.escalate"] == moment(after["dueAt"])
    expires_at = moment(payload["voidedApproval"]["expiresAt"])
    assert expires_at == moment(approval["expiresAt"]) - 3 * HOUR


# Reminders


async def test_who_has_not_decided_is_reminded_again_and_again(place: Place, ann: Person) -> None:
    approval = await submitted(place, stage(ann, place[Role.APPROVER], **TIMED))
    approval = await decided(place, approval, place[Role.APPROVER])
    for _ in range(2):
        await age(place, approval, 2)
        await run(place, approval, "approvals.remind")
        kind, _, after = await last(place, approval)
        assert (kind, after["waiting"]) == ("STEP_REMINDED", [str(uuid_of(ann.id))])
        assert [each["step"] for each in after["late"]] == [
            str(uuid_of(step_of(approval, ann)["id"]))
        ]
        assert "approvals.remind" in await moments(place, approval)


async def test_a_worker_whose_clock_is_ahead_comes_again_at_the_right_moment(
    place: Place, ann: Person
) -> None:
    approval = await submitted(place, stage(ann, **TIMED), expiresInHours=9)
    planned = await moments(place, approval)
    async with unchanged(place):
        for name in ("approvals.remind", "approvals.escalate", "approvals.expire"):
            await run(place, approval, name)
    assert await moments(place, approval) == planned


# Escalation


async def test_an_overdue_step_goes_to_whom_its_stage_escalates_to_once(
    world: World, place: Place, ann: Person, eve: Person
) -> None:
    asked = stage(ann, place[Role.APPROVER], dueInHours=8, escalateTo=eve.id)
    approval = await submitted(place, asked)
    await age(place, approval, 8)
    await run(place, approval, "approvals.escalate")
    after = await seen(place, approval)
    assert [step["approver"]["id"] for step in after["steps"]] == [
        eve.id,
        place[Role.APPROVER].id,
    ]
    assert steps(after) == [["WAITING", "WAITING"]]
    kind, _, told = await last(place, approval)
    assert (kind, told["from"], told["to"]) == (
        "STEP_ESCALATED",
        str(uuid_of(ann.id)),
        str(uuid_of(eve.id)),
    )
    assert await moments(place, approval) == {}
    async with unchanged(place):
        stage_id = StageId(uuid_of(approval["stages"][0]["id"]))
        await approval_deadlines.escalate(world.resources.own_context("again"), stage_id)
    after = await decided(place, after, eve)
    assert step_of(after, eve)["status"] == "APPROVED"


async def test_an_overdue_stage_without_anybody_to_go_to_goes_on_or_is_passed_over(
    place: Place, ann: Person
) -> None:
    required = await submitted(place, stage(ann, dueInHours=8))
    optional = stage(ann, required=False, dueInHours=8)
    passed = await submitted(place, optional, stage(place[Role.APPROVER]))
    for approval, ends, kind in (
        (required, ["ACTIVE"], "STEP_ESCALATED"),
        (passed, ["SKIPPED", "ACTIVE"], "STEP_SKIPPED"),
    ):
        await age(place, approval, 8)
        await run(place, approval, "approvals.escalate")
        assert statuses(await seen(place, approval)) == ends
        assert (await last(place, approval))[0] == kind


async def test_an_overdue_step_does_not_go_to_who_may_no_longer_decide(
    world: World, place: Place, ann: Person, eve: Person
) -> None:
    approval = await submitted(place, stage(ann, dueInHours=8, escalateTo=eve.id))
    id = await membership(place, eve)
    await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=id, role="VIEWER")
    await age(place, approval, 8)
    await run(place, approval, "approvals.escalate")
    after = await seen(place, approval)
    assert step_of(after, ann)["status"] == "WAITING"
    assert after["stages"][0]["escalatedAt"] is not None


# Expiry


async def test_an_approval_expires_and_its_template_is_a_draft(place: Place, ann: Person) -> None:
    approval = await submitted(place, stage(ann, **TIMED), expiresInHours=9)
    await age(place, approval, 9)
    await run(place, approval, "approvals.expire")
    after = await seen(place, approval)
    assert (after["status"], statuses(after)) == ("EXPIRED", ["SKIPPED"])
    assert after["template"]["status"] == "DRAFT"
    assert after["finishedAt"] is not None
    kind, before, told = await last(place, approval)
    assert (kind, before["status"], told["status"]) == (
        "APPROVAL_EXPIRED",
        "IN_PROGRESS",
        "EXPIRED",
    )
    assert await moments(place, approval) == {}


async def test_nothing_is_decided_after_the_time_is_over_noted_or_not(
    world: World, place: Place, ann: Person
) -> None:
    approval = await submitted(place, stage(ann), expiresInHours=9)
    await age(place, approval, 9)
    step = step_of(approval, ann)["id"]
    for _ in range(2):
        async with unchanged(place):
            error = await error_of(world, DECIDE, ann, step=step, verdict="APPROVE")
            assert error["__typename"] == "ConflictError"
            given = {"approval": approval["id"], "reason": "Late."}
            error = await error_of(world, FORCE, place[Role.ADMIN], **given)
            assert error["__typename"] == "ConflictError"
        id = ApprovalId(uuid_of(approval["id"]))
        await approval_deadlines.expire(world.resources.own_context("expiry"), id)
    assert (await seen(place, approval))["status"] == "EXPIRED"


async def test_new_content_finds_an_approval_whose_time_is_over_expired(
    world: World, place: Place, ann: Person
) -> None:
    approval = await submitted(place, stage(ann), expiresInHours=9)
    await age(place, approval, 9)
    given = {"template": approval["template"]["id"], "content": content("<p>New</p>")}
    payload = await world.done(UPDATE, place[Role.EDITOR], **given)
    assert (payload["voidedApproval"], payload["template"]["status"]) == (None, "DRAFT")
    assert (await seen(place, approval))["status"] == "EXPIRED"


async def test_a_finished_approval_that_is_reopened_has_all_of_its_time_again(
    world: World, place: Place, ann: Person
) -> None:
    approval = await submitted(place, stage(ann), expiresInHours=9)
    approval = await decided(place, approval, ann)
    await age(place, approval, 20)
    given = {"template": approval["template"]["id"], "content": content("<p>New</p>")}
    after = (await world.done(UPDATE, place[Role.EDITOR], **given))["voidedApproval"]
    assert after["status"] == "IN_PROGRESS"
    assert moment(after["expiresAt"]) > moment(approval["expiresAt"]) - HOUR
    assert (await moments(place, approval))["approvals.expire"] == moment(after["expiresAt"])
