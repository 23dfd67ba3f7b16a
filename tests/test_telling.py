"""Everybody is told exactly once, whoever dies, and live."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.events import after_position
from db.models import Event
from domain.events import Event as Happened
from domain.events import EventKind
from domain.ids import OrganizationId
from domain.permissions import Role
from events.followers import Follower
from resolvers import notifications
from tests.editorial import (
    COMMENT,
)
from tests.messages import everybody_is_told, kinds_of, made, maker, published, submitted
from tests.test_live_changes import listening
from tests.world import Place, World, uuid_of

RECEIVED = """
subscription ($id: ID!) {
  notificationReceived(organization: $id) {
    kind position notification { kind title readAt }
  }
}
"""

TELLING = 7  # who they are; who submitted; names; the rows, their events, the mails


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.APPROVER, Role.VIEWER)


async def announced(world: World, place: Place) -> int:
    """How many events tell of having told somebody in the organisation."""
    statement = select(func.count()).where(
        Event.organization_id == uuid_of(place.id), Event.kind == EventKind.NOTIFICATIONS_SENT
    )
    async with world.resources.database.read() as session:
        return await session.scalar(statement) or 0


# Exactly once


async def test_what_was_told_is_not_told_again(world: World, place: Place) -> None:
    await submitted(place)
    await everybody_is_told(world)
    before = await made(world, place), await announced(world, place)
    await everybody_is_told(world)
    await everybody_is_told(world)
    assert (await made(world, place), await announced(world, place)) == before
    assert len(before[0]) == before[1] == 5  # four who accepted, one approver


async def test_a_maker_that_dies_in_between_has_told_nobody_and_the_next_tells_everybody_once(
    world: World, place: Place
) -> None:
    await everybody_is_told(world)
    before = await made(world, place)
    await submitted(place)
    await published(world)

    class Died(Exception):
        pass

    async def tell_and_die(session: AsyncSession, events: Sequence[Happened]) -> None:
        await notifications.tell(session, events)
        await session.flush()
        raise Died

    dying = Follower(world.resources.database, "notifications", tell_and_die)
    with pytest.raises(Died):
        await dying.catch_up()
    assert await made(world, place) == before
    await everybody_is_told(world)
    approver = str(uuid_of(place[Role.APPROVER].id))
    assert await made(world, place) == [*before, ("APPROVAL_SUBMITTED", approver)]
    assert await announced(world, place) == len(before) + 1


async def test_two_makers_at_once_tell_everybody_once(world: World, place: Place) -> None:
    for _ in range(5):
        await submitted(place)
    await published(world)
    await asyncio.gather(*(maker(world).catch_up() for _ in range(2)))
    found = [each for each in await made(world, place) if each[0] == "APPROVAL_SUBMITTED"]
    assert len(found) == 5
    assert await kinds_of(world, place[Role.APPROVER]) == ["STEP_WAITING"] * 5


async def test_an_event_that_comes_again_is_told_once(world: World, place: Place) -> None:
    """As where a partition of the order was restored from a backup."""
    seen: list[Happened] = []

    async def tell(session: AsyncSession, events: Sequence[Happened]) -> None:
        seen.extend(events)
        await notifications.tell(session, events)

    await submitted(place)
    await published(world)
    await Follower(world.resources.database, "notifications", tell).catch_up()
    before = await made(world, place), await announced(world, place)
    async with world.resources.database.transaction() as session:
        await notifications.tell(session, seen)
    assert (await made(world, place), await announced(world, place)) == before


async def test_it_is_known_who_would_be_told_and_nobody_is(world: World, place: Place) -> None:
    await everybody_is_told(world)
    seen: list[Happened] = []

    async def look(session: AsyncSession, events: Sequence[Happened]) -> None:
        seen.extend(events)
        assert await notifications.told_of(session, events) == {uuid_of(place[Role.APPROVER].id)}
        raise LookupError

    await submitted(place)
    await published(world)
    before = await made(world, place)
    with pytest.raises(LookupError):
        await Follower(world.resources.database, "notifications", look).catch_up()
    assert EventKind.APPROVAL_SUBMITTED in {event.kind for event in seen}
    assert await made(world, place) == before


# Live


async def test_what_somebody_is_told_arrives_live_with_them_alone(
    world: World, place: Place
) -> None:
    await everybody_is_told(world)
    approver, editor = place[Role.APPROVER], place[Role.EDITOR]
    async with (
        listening(world, RECEIVED, place.id, approver) as theirs,
        listening(world, RECEIVED, place.id, editor) as others,
    ):
        template = await submitted(place)
        await everybody_is_told(world)
        event = await theirs.next()
        assert event["kind"] == "NOTIFICATIONS_SENT"
        assert event["notification"]["kind"] == "STEP_WAITING"
        await world.done(COMMENT, approver, template=template["id"], body="Shorter, please.")
        await everybody_is_told(world)
        first = await others.next()
        assert first["notification"]["kind"] == "COMMENT_ADDED"
        assert first["position"] > event["position"]


async def test_who_was_away_receives_what_they_were_told_meanwhile(
    world: World, place: Place
) -> None:
    approver = place[Role.APPROVER]
    await submitted(place)
    await everybody_is_told(world)
    async with listening(world, RECEIVED, place.id, approver) as first:
        await submitted(place)
        await everybody_is_told(world)
        seen = await first.next()
    await submitted(place)
    await everybody_is_told(world)
    resumed = RECEIVED.replace("$id)", f"$id, after: {seen['position']})", 1)
    async with listening(world, resumed, place.id, approver) as second:
        missed = await second.next()
    assert missed["notification"]["kind"] == "STEP_WAITING"
    assert missed["position"] > seen["position"]


async def test_several_who_are_told_of_one_event_each_receive_their_own(
    world: World, place: Place
) -> None:
    await everybody_is_told(world)
    editor, approver, manager = (place[r] for r in (Role.EDITOR, Role.APPROVER, Role.MANAGER))
    template = await place.template(editor)
    said = await world.done(COMMENT, manager, template=template["id"], body="Shorter.")
    await everybody_is_told(world)
    answer = {"template": template["id"], "parent": said["comment"]["id"], "body": "Why?"}
    async with (
        listening(world, RECEIVED, place.id, editor) as one,
        listening(world, RECEIVED, place.id, manager) as another,
    ):
        await world.done(COMMENT, approver, **answer)
        await everybody_is_told(world)
        received = [(await each.next())["notification"]["kind"] for each in (one, another)]
    assert received == ["COMMENT_ADDED", "COMMENT_ANSWERED"]


@pytest.mark.parametrize("count", [1, 10])
async def test_telling_costs_the_same_however_much_happened(
    world: World, place: Place, count: int
) -> None:
    for _ in range(count):
        await submitted(place)
    await published(world)
    async with world.resources.database.read() as session:
        placed = await after_position(session, OrganizationId(uuid_of(place.id)), 0)
    happened = [each.event for each in placed if each.event]
    events = [event for event in happened if event.kind is EventKind.APPROVAL_SUBMITTED]
    assert len(events) == count
    with world.statements() as statements:
        async with world.resources.database.transaction() as session:
            await notifications.tell(session, events)
    assert len(statements) == TELLING
