"""Subscriptions through the schema: each change once and in order, to those who may see it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from db.models import Membership
from domain.ids import OrganizationId
from domain.permissions import Role
from engine.execution import Answer, OperationRequest, Rejected
from server.settings import Settings
from server.wiring import build_engine, open_resources
from tests.editorial import (
    ARCHIVE,
    CHANGE_ROLE,
    COMMENT,
    DECIDE,
    DELETE_COMMENT,
    EDIT_COMMENT,
    REMOVE,
    SUBMIT,
    UPDATE,
    WITHDRAW,
    history,
    membership,
)
from tests.rows import change, one
from tests.spine import DEADLINE
from tests.world import Person, Place, World, content, uuid_of

TEMPLATE_CHANGED = """
subscription ($id: ID!) {
  templateChanged(template: $id) {
    eventId kind occurredAt actor { id }
    template { id name status version currentVersion { number } approval { status } }
  }
}
"""
COMMENT_ADDED = """
subscription ($id: ID!) {
  commentAdded(template: $id) {
    eventId kind actor { id } comment { id body author { id } template { id name } }
  }
}
"""
APPROVAL_CHANGED = """
subscription ($id: ID!) {
  approvalChanged(organization: $id) {
    eventId kind actor { id }
    approval { id status currentStep { position } steps { status } template { status } }
  }
}
"""
LOGOUT = (
    "mutation ($input: LogoutInput!) { logout(input: $input) { signedOut errors { message } } }"
)


@dataclass(frozen=True)
class Listener:
    """What one subscription receives."""

    answers: AsyncGenerator[Answer, None]

    async def next(self) -> dict[str, Any]:
        """The next event, which is known to be whole."""
        async with asyncio.timeout(DEADLINE):
            answer = await anext(self.answers)
        assert not answer.errors, answer.errors
        assert answer.data
        [event] = answer.data.values()
        return dict(event)

    async def last(self) -> str:
        """The code of the error that the stream ends with."""
        async with asyncio.timeout(DEADLINE):
            answer = await anext(self.answers)
            assert answer.data is None
            with pytest.raises(StopAsyncIteration):
                await anext(self.answers)
        return str(answer.errors[0]["extensions"]["code"])


@asynccontextmanager
async def listening(
    world: World, query: str, id: str, by: Person | None, **variables: Any
) -> AsyncIterator[Listener]:
    context = await world.context(by)
    operation = world.engine.prepare(OperationRequest(query, None, {"id": id, **variables}))
    answers = await world.engine.subscribe(operation, context, context.renewed)
    async with aclosing(answers):
        yield Listener(answers)


def listeners(world: World, organization: str) -> int:
    """How many subscriptions the process holds for the organisation."""
    key = str(OrganizationId(uuid_of(organization)))
    return len(world.resources.live._subscribers.get(key, ()))


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


# In order and once


async def test_every_change_of_a_template_arrives_once_and_in_order(
    world: World, place: Place
) -> None:
    editor, approver = place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor)
    id = template["id"]
    async with listening(world, TEMPLATE_CHANGED, id, place[Role.VIEWER]) as listener:
        await world.done(UPDATE, editor, template=id, name="Welcome aboard")
        event = await listener.next()
        assert (event["kind"], event["actor"]["id"]) == ("TEMPLATE_UPDATED", editor.id)
        assert (event["template"]["name"], event["template"]["version"]) == ("Welcome aboard", 2)

        approval = await place.submitted(template, editor, approver)
        event = await listener.next()
        assert (event["kind"], event["template"]["status"]) == ("APPROVAL_SUBMITTED", "IN_REVIEW")

        step = approval["steps"][0]["id"]
        await world.done(DECIDE, approver, step=step, verdict="APPROVE")
        event = await listener.next()
        assert (event["kind"], event["template"]["status"]) == ("STEP_DECIDED", "APPROVED")

        await world.done(UPDATE, editor, template=id, content=content("<p>New</p>"))
        voided, updated = await listener.next(), await listener.next()
        assert (voided["kind"], updated["kind"]) == ("STAGES_VOIDED", "TEMPLATE_UPDATED")
        assert updated["template"]["currentVersion"]["number"] == 2
        assert updated["template"]["approval"]["status"] == "IN_PROGRESS"

        await world.done(ARCHIVE, place[Role.MANAGER], template=id)
        assert (await listener.next())["kind"] == "APPROVAL_VOIDED"
        event = await listener.next()
        assert (event["kind"], event["template"]["status"]) == ("TEMPLATE_ARCHIVED", "ARCHIVED")


async def test_every_change_of_an_approval_arrives_once_and_in_order(
    world: World, place: Place
) -> None:
    editor, approver, manager = place[Role.EDITOR], place[Role.APPROVER], place[Role.MANAGER]
    template = await place.template(editor)
    async with listening(world, APPROVAL_CHANGED, place.id, place[Role.VIEWER]) as listener:
        approval = await place.submitted(template, editor, approver, manager)
        event = await listener.next()
        assert (event["kind"], event["approval"]["id"]) == ("APPROVAL_SUBMITTED", approval["id"])
        assert event["approval"]["currentStep"]["position"] == 1
        for n, (by, status) in enumerate(((approver, "IN_PROGRESS"), (manager, "APPROVED"))):
            step = approval["steps"][n]["id"]
            await world.done(DECIDE, by, step=step, verdict="APPROVE")
            event = await listener.next()
            assert (event["kind"], event["actor"]["id"]) == ("STEP_DECIDED", by.id)
            assert event["approval"]["status"] == status
            assert event["approval"]["steps"][n]["status"] == "APPROVED"
        assert event["approval"]["template"]["status"] == "APPROVED"
        again = await place.submitted(await place.template(editor), editor, approver)
        assert (await listener.next())["approval"]["status"] == "IN_PROGRESS"
        await world.done(WITHDRAW, editor, approval=again["id"])
        event = await listener.next()
        assert (event["kind"], event["approval"]["status"]) == ("APPROVAL_WITHDRAWN", "WITHDRAWN")


async def test_a_comment_arrives_when_it_is_made_and_not_when_it_is_changed(
    world: World, place: Place
) -> None:
    template = (await place.template())["id"]
    editor = place[Role.EDITOR]
    async with listening(world, COMMENT_ADDED, template, place[Role.VIEWER]) as listener:
        first = await world.done(COMMENT, editor, template=template, body="One.")
        event = await listener.next()
        assert (event["kind"], event["comment"]["body"]) == ("COMMENT_ADDED", "One.")
        assert event["comment"]["author"]["id"] == editor.id
        id = first["comment"]["id"]
        await world.done(EDIT_COMMENT, editor, comment=id, body="Still one.")
        await world.done(DELETE_COMMENT, editor, comment=id)
        await world.done(COMMENT, editor, template=template, body="Two.")
        assert (await listener.next())["comment"]["body"] == "Two."


async def test_many_changes_at_once_arrive_each_once_in_the_order_of_the_record(
    world: World, place: Place
) -> None:
    template = (await place.template())["id"]
    async with listening(world, COMMENT_ADDED, template, place[Role.VIEWER]) as listener:
        await asyncio.gather(
            *(
                world.done(COMMENT, place[Role.EDITOR], template=template, body=f"Note {n}.")
                for n in range(20)
            )
        )
        seen = [(await listener.next()) for _ in range(20)]
    assert len({event["eventId"] for event in seen}) == 20
    assert {event["comment"]["body"] for event in seen} == {f"Note {n}." for n in range(20)}


async def test_only_the_template_and_the_organisation_that_were_asked_for(
    world: World, place: Place
) -> None:
    other = await world.organization(Role.EDITOR, Role.APPROVER)
    elsewhere = await other.template(other[Role.EDITOR])
    beside, here = await place.template(), await place.template()
    editor = place[Role.EDITOR]
    async with (
        listening(world, TEMPLATE_CHANGED, here["id"], editor) as template,
        listening(world, COMMENT_ADDED, here["id"], editor) as comments,
        listening(world, APPROVAL_CHANGED, place.id, editor) as approvals,
    ):
        await other.submitted(elsewhere, other[Role.EDITOR], other[Role.APPROVER])
        await world.done(COMMENT, editor, template=beside["id"], body="Beside.")
        await world.done(UPDATE, editor, template=beside["id"], name="Beside")
        await world.done(COMMENT, editor, template=here["id"], body="Here.")
        await world.done(UPDATE, editor, template=here["id"], name="Here")
        approval = await place.submitted(beside, editor, place[Role.APPROVER])
        assert (await template.next())["template"]["name"] == "Here"
        assert (await comments.next())["comment"]["body"] == "Here."
        assert (await approvals.next())["approval"]["id"] == approval["id"]


async def test_an_event_shows_the_state_at_its_own_time_and_not_what_was_read_before(
    world: World, place: Place
) -> None:
    template, editor = (await place.template())["id"], place[Role.EDITOR]
    async with listening(world, TEMPLATE_CHANGED, template, editor) as listener:
        for name in ("First", "Second", "Third"):
            await world.done(UPDATE, editor, template=template, name=name)
            assert (await listener.next())["template"]["name"] == name


async def test_a_comment_that_is_gone_by_then_is_null(world: World, place: Place) -> None:
    template, editor = (await place.template())["id"], place[Role.EDITOR]
    async with listening(world, COMMENT_ADDED, template, editor) as listener:
        said = await world.done(COMMENT, editor, template=template, body="Oh no.")
        await world.done(DELETE_COMMENT, editor, comment=said["comment"]["id"])
        event = await listener.next()
    assert (event["kind"], event["comment"]) == ("COMMENT_ADDED", None)


async def test_what_was_refused_is_not_told(world: World, place: Place) -> None:
    template, editor = await place.template(), place[Role.EDITOR]
    async with listening(world, TEMPLATE_CHANGED, template["id"], editor) as listener:
        stale = {"template": template["id"], "ifVersion": 99}
        assert (await world.do(UPDATE, editor, **stale, name="Late"))["errors"]
        assert (await world.do(UPDATE, editor, template=template["id"], name=""))["errors"]
        assert (await world.do(SUBMIT, editor, template=template["id"], steps=[]))["errors"]
        await world.done(UPDATE, editor, template=template["id"], name="In time")
        assert (await listener.next())["template"]["name"] == "In time"


# Who may listen


@pytest.mark.parametrize("query", [TEMPLATE_CHANGED, COMMENT_ADDED, APPROVAL_CHANGED])
async def test_a_stranger_and_nobody_are_refused_before_they_hear_anything(
    world: World, place: Place, query: str
) -> None:
    id = place.id if query is APPROVAL_CHANGED else (await place.template())["id"]
    stranger = (await world.organization())[Role.ADMIN]
    before = listeners(world, place.id)
    for person, code in ((stranger, "NOT_FOUND"), (None, "UNAUTHENTICATED")):
        with pytest.raises(Rejected) as caught:
            async with listening(world, query, id, person):
                pass
        assert caught.value.errors[0]["extensions"]["code"] == code
    assert listeners(world, place.id) == before


async def test_a_stream_that_is_closed_leaves_nothing_behind(world: World, place: Place) -> None:
    before = listeners(world, place.id)
    async with listening(world, APPROVAL_CHANGED, place.id, place[Role.VIEWER]):
        assert listeners(world, place.id) == before + 1
    assert listeners(world, place.id) == before


@pytest.mark.parametrize("query", [TEMPLATE_CHANGED, COMMENT_ADDED, APPROVAL_CHANGED])
async def test_a_member_who_is_removed_hears_nothing_more(
    world: World, place: Place, query: str
) -> None:
    leaver = await place.join(Role.VIEWER, "Leo")
    template = await place.template()
    id = place.id if query is APPROVAL_CHANGED else template["id"]
    member = await membership(place, leaver)
    before = listeners(world, place.id)
    async with listening(world, query, id, leaver) as listener:
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
        await _something_of_everything(place, template)
        assert await listener.last() == "NOT_FOUND"
        assert listeners(world, place.id) == before


async def test_an_event_from_before_a_removal_tells_nothing_after_it(
    world: World, place: Place
) -> None:
    leaver = await place.join(Role.VIEWER, "Lena")
    template = (await place.template())["id"]
    id = uuid_of(await membership(place, leaver))
    stored = await one(world, select(Membership).where(Membership.id == id))
    async with listening(world, TEMPLATE_CHANGED, template, leaver) as listener:
        # No event tells of this removal, so the stream is still open when the change arrives.
        await change(world, stored, left_at=datetime.now(UTC))
        await world.done(UPDATE, place[Role.EDITOR], template=template, name="Behind your back")
        async with asyncio.timeout(DEADLINE):
            answer = await anext(listener.answers)
    assert answer.data is None
    assert {error["extensions"]["code"] for error in answer.errors} == {"FORBIDDEN"}


async def _something_of_everything(place: Place, template: dict[str, Any]) -> None:
    """An event for each of the subscriptions."""
    editor, world = place[Role.EDITOR], place.world
    await world.done(UPDATE, editor, template=template["id"], name="Behind your back")
    await world.done(COMMENT, editor, template=template["id"], body="Behind your back.")
    await place.submitted(template, editor, place[Role.APPROVER])


async def test_a_member_with_another_role_hears_on(world: World, place: Place) -> None:
    person = await place.join(Role.APPROVER, "Rolf")
    template = (await place.template())["id"]
    member = await membership(place, person)
    async with listening(world, TEMPLATE_CHANGED, template, person) as listener:
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=member, role="VIEWER")
        await world.done(UPDATE, place[Role.EDITOR], template=template, name="Still here")
        assert (await listener.next())["template"]["name"] == "Still here"


async def test_others_hear_on_when_somebody_is_removed(world: World, place: Place) -> None:
    leaver = await place.join(Role.VIEWER, "Lea")
    template = (await place.template())["id"]
    async with listening(world, TEMPLATE_CHANGED, template, place[Role.VIEWER]) as listener:
        member = await membership(place, leaver)
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
        await world.done(UPDATE, place[Role.EDITOR], template=template, name="For the rest")
        assert (await listener.next())["template"]["name"] == "For the rest"


async def test_who_signs_out_hears_nothing_more(world: World, place: Place) -> None:
    person = await place.join(Role.VIEWER, "Ottilie")
    template = (await place.template())["id"]
    before = listeners(world, place.id)
    async with listening(world, TEMPLATE_CHANGED, template, person) as listener:
        await world.done(LOGOUT, person, refreshToken=person.refresh_token)
        await world.done(UPDATE, place[Role.EDITOR], template=template, name="After you left")
        assert await listener.last() == "UNAUTHENTICATED"
        assert listeners(world, place.id) == before


# Two processes

EVENTS = 50


@pytest.fixture(scope="module")
async def elsewhere(settings: Settings) -> AsyncIterator[World]:
    """A second process on the same database and Valkey."""
    async with open_resources(settings) as resources:
        # No time passes for it, so that nothing but events can tell it who somebody is now.
        resources.actors.clock = lambda: 0.0
        yield World(resources, build_engine(settings))


async def test_a_change_in_one_process_reaches_a_listener_in_another(
    world: World, elsewhere: World, place: Place
) -> None:
    template, editor = (await place.template())["id"], place[Role.EDITOR]
    async with (
        listening(elsewhere, COMMENT_ADDED, template, place[Role.VIEWER]) as there,
        listening(world, COMMENT_ADDED, template, place[Role.VIEWER]) as here,
    ):
        for n in range(EVENTS):
            await world.done(COMMENT, editor, template=template, body=f"Note {n}.")
            event = await there.next()
            assert event["comment"]["body"] == f"Note {n}."
            assert await here.next() == event
    kinds = [kind for kind, *_ in await history(world, template)]
    assert kinds == ["TEMPLATE_CREATED"] + ["COMMENT_ADDED"] * EVENTS


async def test_a_removal_in_one_process_ends_the_stream_in_another(
    world: World, elsewhere: World, place: Place
) -> None:
    leaver = await place.join(Role.VIEWER, "Lutz")
    member = await membership(place, leaver)
    async with listening(elsewhere, APPROVAL_CHANGED, place.id, leaver) as listener:
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
        assert await listener.last() == "NOT_FOUND"


async def test_who_signs_out_in_one_process_hears_nothing_more_in_another(
    world: World, elsewhere: World, place: Place
) -> None:
    person = await place.join(Role.VIEWER, "Olga")
    template = (await place.template())["id"]
    rename = partial(world.done, UPDATE, place[Role.EDITOR], template=template)
    async with listening(elsewhere, TEMPLATE_CHANGED, template, person) as listener:
        await rename(name="Before")
        assert (await listener.next())["template"]["name"] == "Before"
        await world.done(LOGOUT, person)
        await rename(name="After")
        assert await listener.last() == "UNAUTHENTICATED"
