"""Delegations through the schema: who is asked instead, when, and whose it is to arrange."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Delegation
from domain.ids import DelegationId
from domain.permissions import Role
from jobs.delegations import begin, end
from resolvers import delegations
from tests.editorial import (
    CHANGE_ROLE,
    DECIDE,
    REMOVE,
    SETTINGS,
    history,
    membership,
    node,
    refusal,
    rows,
    unchanged,
)
from tests.rows import change, one
from tests.test_memberships import JOIN, invited
from tests.world import Person, Place, World, uuid_of

DELEGATION = """
id reason from until startedAt endedAt version
approver { id } to { id } creator { id } organization { id }
"""
ERRORS = """
errors {
  __typename code message path
  ... on ConflictError { current { ... on Delegation { id reason version } } }
}
"""
CREATE = f"""
mutation ($input: CreateDelegationInput!) {{
  createDelegation(input: $input) {{ delegation {{ {DELEGATION} }} {ERRORS} }}
}}
"""
END = f"""
mutation ($input: EndDelegationInput!) {{
  endDelegation(input: $input) {{ delegation {{ {DELEGATION} }} {ERRORS} }}
}}
"""
OF_PERSON = """
query ($id: ID!) {
  node(id: $id) { ... on User {
    delegations { totalCount nodes { id reason } } standingIn { totalCount nodes { id reason } }
  } }
}
"""
OF_ORGANIZATION = """
query ($slug: String!, $filter: DelegationFilter) {
  organization(slug: $slug) { delegations(filter: $filter) { nodes { reason } } }
}
"""
STEPS = "status steps { status approver { id } delegatedFrom { id } }"
DAY = timedelta(days=1)


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


@pytest.fixture
async def ann(place: Place) -> Person:
    return await place.join(Role.APPROVER, "Ann")


@pytest.fixture
async def ben(place: Place) -> Person:
    return await place.join(Role.APPROVER, "Ben")


@pytest.fixture
async def cleo(place: Place) -> Person:
    return await place.join(Role.APPROVER, "Cleo")


def days(first: float | None, last: float) -> dict[str, str]:
    """From one day until another, counted from now; without the first, from now on."""
    now = datetime.now(UTC)
    times = {"until": (now + last * DAY).isoformat()}
    return times if first is None else {"from": (now + first * DAY).isoformat(), **times}


def away(place: Place, to: Person, period: dict[str, str] | None = None) -> dict[str, Any]:
    given = {"organization": place.id, "to": to.id, "reason": "On leave"}
    return {**given, **(period or days(None, 7))}


async def created(
    place: Place, who: Person, to: Person, period: dict[str, str] | None = None
) -> dict[str, Any]:
    payload = await place.world.done(CREATE, who, **away(place, to, period))
    return dict(payload["delegation"])


async def error_of(place: Place, query: str, by: Person, **input: Any) -> dict[str, Any]:
    """The one error with which a mutation is refused, which changes nothing."""
    async with unchanged(place):
        payload = await place.world.do(query, by, **input)
    [error] = payload["errors"]
    assert payload["delegation"] is None
    return dict(error)


async def waiting(place: Place, *approvers: Person) -> dict[str, Any]:
    """An approval that the editor asked for, with one step a person."""
    template = await place.template(place[Role.EDITOR])
    return dict(await place.submitted(template, place[Role.EDITOR], *approvers))


async def steps(place: Place, approval: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Who is asked in each step, and in whose stead."""
    seen = await node(place.world, approval["id"], STEPS, place[Role.VIEWER])
    return [
        (step["approver"]["id"], step["delegatedFrom"] and step["delegatedFrom"]["id"])
        for step in seen["steps"]
    ]


async def stored(place: Place, delegation: dict[str, Any]) -> Delegation:
    id = uuid_of(delegation["id"])
    row: Delegation = await one(place.world, select(Delegation).where(Delegation.id == id))
    return row


async def jobs(world: World, delegation: dict[str, Any]) -> list[str]:
    """The names of the jobs that wait for its time."""
    found = await rows(
        world,
        "SELECT entrypoint FROM jobs.pgqueuer WHERE headers ->> 'key' LIKE :key ORDER BY 1",
        key=f"%{uuid_of(delegation['id'])}",
    )
    return [name for (name,) in found]


async def comes(place: Place, delegation: dict[str, Any]) -> None:
    """Its time comes, and so does its job."""
    row = await stored(place, delegation)
    await change(place.world, row, begins_at=datetime.now(UTC) - timedelta(seconds=1))
    await begin(place.world.resources.own_context("test"), delegation=str(row.id))


# Who is asked


async def test_what_waits_and_what_is_submitted_goes_to_the_stand_in(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    before = await waiting(place, ann)
    made = await created(place, ann, ben)
    assert made["startedAt"] is not None
    assert (made["approver"]["id"], made["to"]["id"]) == (ann.id, ben.id)
    after = await waiting(place, ann)
    assert await steps(place, before) == [(ben.id, ann.id)]
    assert await steps(place, after) == [(ben.id, ann.id)]
    step = after["steps"][0]["id"]
    await world.done(DECIDE, ben, step=step, verdict="APPROVE")
    seen = await node(world, after["id"], STEPS, ann)
    assert (seen["status"], seen["steps"][0]["delegatedFrom"]) == ("APPROVED", {"id": ann.id})


async def test_a_stand_in_who_goes_away_is_stood_in_for_in_everything(
    place: Place, ann: Person, ben: Person, cleo: Person
) -> None:
    approval = await waiting(place, ann)
    await created(place, ann, ben)
    await created(place, ben, cleo)
    assert await steps(place, approval) == [(cleo.id, ann.id)]
    assert await steps(place, await waiting(place, ann)) == [(cleo.id, ann.id)]


async def test_it_holds_in_its_own_organisation_alone(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    elsewhere = await world.organization(Role.EDITOR, Role.VIEWER)
    await world.done(JOIN, ann, token=await invited(elsewhere, ann.email, Role.APPROVER))
    await created(place, ann, ben)
    assert await steps(elsewhere, await waiting(elsewhere, ann)) == [(ann.id, None)]


@pytest.mark.parametrize("leaves", [True, False])
async def test_a_stand_in_who_may_no_longer_decide_is_not_asked(
    world: World, place: Place, ann: Person, ben: Person, leaves: bool
) -> None:
    await created(place, ann, ben)
    approval = await waiting(place, ann)
    member = await membership(place, ben)
    if leaves:
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
    else:
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=member, role="VIEWER")
    assert await steps(place, approval) == [(ann.id, None)]
    assert await steps(place, await waiting(place, ann)) == [(ann.id, None)]


async def test_a_stand_in_never_approves_what_they_wrote(
    world: World, place: Place, ann: Person
) -> None:
    manager = place[Role.MANAGER]
    await created(place, ann, manager)
    template = await place.template(manager)
    approval = await place.submitted(template, place[Role.EDITOR], ann)
    assert await steps(place, approval) == [(ann.id, None)]
    await world.done(SETTINGS, place[Role.ADMIN], organization=place.id, authorsMayApprove=True)
    again = await place.submitted(await place.template(manager), place[Role.EDITOR], ann)
    assert await steps(place, again) == [(manager.id, ann.id)]


# When


async def test_a_later_beginning_waits_for_its_job(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    approval = await waiting(place, ann)
    made = await created(place, ann, ben, days(1, 7))
    assert made["startedAt"] is None
    assert await jobs(world, made) == ["delegations.begin", "delegations.end"]
    assert await steps(place, approval) == [(ann.id, None)]
    await comes(place, made)
    assert await steps(place, approval) == [(ben.id, ann.id)]
    assert await kinds(world, made) == ["DELEGATION_PLANNED", "DELEGATION_STARTED"]
    before = await stored(place, made)
    await begin(world.resources.own_context("test"), delegation=str(before.id))
    assert (await stored(place, made)).version == before.version


async def test_a_job_that_comes_too_early_waits_again(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben, days(1, 7))
    await delegations.begin(world.resources.own_context("test"), DelegationId(uuid_of(made["id"])))
    assert (await stored(place, made)).started_at is None
    assert await jobs(world, made) == ["delegations.begin", "delegations.end"]


async def test_it_counts_from_its_moment_on_even_before_its_job_is_done(
    place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben, days(1, 7))
    row = await stored(place, made)
    await change(place.world, row, begins_at=datetime.now(UTC) - timedelta(seconds=1))
    assert await steps(place, await waiting(place, ann)) == [(ben.id, ann.id)]


async def test_at_its_end_the_person_is_asked_again_and_it_is_noted_once(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben)
    handed_over = await waiting(place, ann)
    await change(world, await stored(place, made), ends_at=datetime.now(UTC))
    assert await steps(place, await waiting(place, ann)) == [(ann.id, None)]
    for _ in range(2):
        await end(world.resources.own_context("test"), delegation=str(uuid_of(made["id"])))
    assert await kinds(world, made) == ["DELEGATION_STARTED", "DELEGATION_ENDED"]
    assert (await stored(place, made)).ended_at is not None
    # What went to the stand-in stays with them, and its owner may decide it all the same.
    assert await steps(place, handed_over) == [(ben.id, ann.id)]
    step = handed_over["steps"][0]["id"]
    await world.done(DECIDE, ann, step=step, verdict="APPROVE")


async def test_who_is_back_early_ends_it_and_nothing_waits_for_its_time(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben)
    ended = await world.done(END, ann, delegation=made["id"], ifVersion=made["version"])
    assert ended["delegation"]["endedAt"] == ended["delegation"]["until"]
    assert await jobs(world, made) == []
    assert await steps(place, await waiting(place, ann)) == [(ann.id, None)]
    assert await created(place, ann, ben)


async def test_one_that_never_began_can_be_ended(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben, days(1, 7))
    ended = (await world.done(END, ann, delegation=made["id"]))["delegation"]
    assert (ended["from"], ended["until"]) == (made["from"], made["from"])
    await begin(world.resources.own_context("test"), delegation=str(uuid_of(made["id"])))
    assert await kinds(world, made) == ["DELEGATION_PLANNED", "DELEGATION_ENDED"]
    assert await created(place, ann, ben, days(1, 7))


async def kinds(world: World, delegation: dict[str, Any]) -> list[str]:
    found = await rows(
        world,
        "SELECT kind FROM events WHERE entity_id = :id ORDER BY id",
        id=uuid_of(delegation["id"]),
    )
    return [kind for (kind,) in found]


async def test_what_is_recorded_says_whose_approvals_go_to_whom(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben)
    recorded = [(kind, after) for kind, _, after in await history(world, ann.id)]
    [after] = [after for kind, after in recorded if kind == "DELEGATION_STARTED"]
    assert (after["approver"], after["standIn"], after["reason"]) == (
        str(uuid_of(ann.id)),
        str(uuid_of(ben.id)),
        "On leave",
    )
    assert datetime.fromisoformat(after["endsAt"]) == datetime.fromisoformat(made["until"])


# What is refused


async def test_the_stand_in_is_another_member_who_may_decide(
    world: World, place: Place, ann: Person
) -> None:
    for person in (ann, place[Role.EDITOR], await world.person()):
        error = await error_of(place, CREATE, ann, **away(place, person))
        assert (error["__typename"], error["path"]) == ("ValidationError", ["to"])


async def test_approvals_never_come_back_to_who_is_away(
    place: Place, ann: Person, ben: Person, cleo: Person
) -> None:
    await created(place, ann, ben)
    await created(place, ben, cleo, days(1, 3))
    for who, to, period in ((ben, ann, days(4, 5)), (cleo, ann, days(2, 5))):
        error = await error_of(place, CREATE, who, **away(place, to, period))
        assert (error["__typename"], error["path"]) == ("ValidationError", ["to"])
    assert await created(place, cleo, ann, days(4, 5))


async def test_nobody_has_two_stand_ins_at_a_time(
    place: Place, ann: Person, ben: Person, cleo: Person
) -> None:
    made = await created(place, ann, ben, days(2, 4))
    error = await error_of(place, CREATE, ann, **away(place, cleo, days(3, 5)))
    assert (error["__typename"], error["path"]) == ("ConflictError", ["from"])
    assert error["current"] == {"id": made["id"], "reason": "On leave", "version": 1}
    assert await created(place, ann, cleo, days(4.1, 5))


async def test_of_several_at_once_those_are_arranged_that_go_together(
    place: Place, ann: Person, ben: Person, cleo: Person
) -> None:
    """The same person twice, and two people for each other."""
    world = place.world
    wanted = [(ann, ben), (ann, cleo), (ben, ann)]
    payloads = await asyncio.gather(
        *(world.do(CREATE, who, **away(place, to)) for who, to in wanted)
    )
    arranged = [not payload["errors"] for payload in payloads]
    assert arranged in ([True, False, False], [False, True, True])


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        (days(2, 1), ["until"]),
        (days(None, -1), ["until"]),
        (days(None, 400), ["until"]),
        (days(400, 401), ["from"]),
        ({**days(None, 1), "reason": " "}, ["reason"]),
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(
    place: Place, ann: Person, ben: Person, changed: dict[str, Any], path: list[str]
) -> None:
    error = await error_of(place, CREATE, ann, **{**away(place, ben), **changed})
    assert (error["__typename"], error["path"]) == ("ValidationError", path)


async def test_a_beginning_that_is_past_is_now(place: Place, ann: Person, ben: Person) -> None:
    asked = datetime.now(UTC)
    made = await created(place, ann, ben, days(-3, 3))
    assert datetime.fromisoformat(made["from"]) >= asked - timedelta(minutes=1)
    assert made["startedAt"] is not None


async def test_a_stale_version_and_a_second_end_are_refused(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    made = await created(place, ann, ben)
    error = await error_of(place, END, ann, delegation=made["id"], ifVersion=99)
    assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
    await world.done(END, ann, delegation=made["id"])
    error = await error_of(place, END, ann, delegation=made["id"])
    assert (error["__typename"], error["path"]) == ("ConflictError", ["delegation"])


# Whose it is


async def test_a_manager_arranges_and_ends_it_for_others(
    world: World, place: Place, ann: Person, ben: Person
) -> None:
    manager = place[Role.MANAGER]
    given = {**away(place, ben), "approver": ann.id}
    made = (await world.done(CREATE, manager, **given))["delegation"]
    assert (made["approver"]["id"], made["creator"]["id"]) == (ann.id, manager.id)
    async with unchanged(place):
        assert await refusal(world, CREATE, ben, **{**away(place, ben), "approver": ann.id}) == (
            "FORBIDDEN"
        )
        assert await refusal(world, END, ben, delegation=made["id"]) == "FORBIDDEN"
    await world.done(END, manager, delegation=made["id"])


async def test_the_two_and_managers_see_it_and_nobody_else(
    world: World, place: Place, ann: Person, ben: Person, cleo: Person
) -> None:
    made = await created(place, ann, ben)
    shown = {"totalCount": 1, "nodes": [{"id": made["id"], "reason": "On leave"}]}
    nothing = {"totalCount": 0, "nodes": []}
    for person, sees in ((ann, True), (ben, True), (place[Role.MANAGER], True), (cleo, False)):
        of_ann = await world.ask(OF_PERSON, {"id": ann.id}, by=person)
        assert of_ann["data"]["node"] == {
            "delegations": shown if sees else nothing,
            "standingIn": nothing,
        }
        of_ben = await world.ask(OF_PERSON, {"id": ben.id}, by=person)
        assert of_ben["data"]["node"]["standingIn"] == (shown if sees else nothing)
        found = await world.ask(
            "query ($id: ID!) { node(id: $id) { id } }", {"id": made["id"]}, by=person
        )
        assert found["data"]["node"] == ({"id": made["id"]} if sees else None)


async def test_only_managers_see_the_organisation_s_list_and_narrow_it(
    world: World, place: Place, ann: Person, ben: Person, cleo: Person
) -> None:
    await created(place, ann, ben)
    given = {**away(place, ben, days(1, 2)), "reason": "At the fair"}
    over = (await world.done(CREATE, cleo, **given))["delegation"]
    await world.done(END, cleo, delegation=over["id"])
    for filter, reasons in (
        (None, ["At the fair", "On leave"]),
        ({"approver": {"in": [ann.id]}}, ["On leave"]),
        ({"to": {"in": [ben.id]}, "ended": True}, ["At the fair"]),
        ({"ended": False}, ["On leave"]),
        ({"from": {"gt": days(None, 0.5)["until"]}}, ["At the fair"]),
    ):
        given = {"slug": place.slug, "filter": filter}
        answer = await world.ask(OF_ORGANIZATION, given, by=place[Role.MANAGER])
        nodes = answer["data"]["organization"]["delegations"]["nodes"]
        assert [each["reason"] for each in nodes] == reasons
    answer = await world.ask(OF_ORGANIZATION, {"slug": place.slug}, by=ann)
    assert answer["data"]["organization"]["delegations"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
