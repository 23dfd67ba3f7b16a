"""One event for many listeners: executed once, sent without waking them, and to nobody else."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import cycle
from typing import Any

import pytest

from domain.permissions import Role
from engine.answers import Answer
from engine.execution import OperationRequest
from tests.crowd import Ear, a_known_template, crowd, hearing
from tests.editorial import CHANGE_ROLE, REMOVE, UPDATE, membership
from tests.test_sessions import LOGOUT
from tests.world import Person, Place, World

CHANGED = """
subscription ($id: ID!, $after: Int) {
  templateChanged(template: $id, after: $after) {
    position kind template { id name author { id } }
  }
}
"""
WITH_OWN = """
subscription ($id: ID!) {
  templateChanged(template: $id) { actor { id locale } template { name } }
}
"""


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.VIEWER)


@contextmanager
def reads(world: World) -> Iterator[list[str]]:
    """The single statements that were sent; what mutations write is not among them."""
    sent: list[str] = []
    primary = world.resources.database.primary
    primary.observers.append(sent.append)
    try:
        yield sent
    finally:
        primary.observers.remove(sent.append)


async def template_of(place: Place) -> str:
    return await a_known_template(place, place[Role.EDITOR])


async def rename(place: Place, template: str, name: str) -> None:
    await place.world.done(UPDATE, place[Role.EDITOR], template=template, name=name)


def is_named(name: str) -> Any:
    def found(answers: list[Answer]) -> bool:
        return any(f'"{name}"'.encode() in answer.body() for answer in answers)

    return found


async def all_hear(place: Place, template: str, ears: list[Ear], name: str) -> None:
    await rename(place, template, name)
    for ear in ears:
        await ear.until(is_named(name))


async def test_it_is_executed_once_for_all_and_wakes_nobody(place: Place) -> None:
    world, template = place.world, await template_of(place)
    viewer = place[Role.VIEWER]
    found = []
    for size in (1, 30):
        async with crowd(world, CHANGED, [viewer] * size, id=template) as ears:
            await all_hear(place, template, ears, f"First of {size}")
            before = [ear.at_once for ear in ears]
            with reads(world) as sent:
                await all_hear(place, template, ears, f"Second of {size}")
            assert [ear.at_once for ear in ears] == [count + 1 for count in before]
            assert len({id(ear.answers[-1]) for ear in ears}) == 1
        found.append(len(sent))
    assert found[0] == found[1]


async def test_who_resumed_from_different_positions_shares_too(place: Place) -> None:
    world, template = place.world, await template_of(place)
    viewer, other = place[Role.VIEWER], await place.join(Role.VIEWER)
    await rename(place, template, "Before")
    async with (
        hearing(world, CHANGED, viewer, Ear(), id=template, after=0) as old,
        hearing(world, CHANGED, other, Ear(), id=template) as new,
    ):
        await all_hear(place, template, [old, new], "After")
        assert old.answers[-1] is new.answers[-1]
        assert len(old.answers) > len(new.answers)


async def test_what_a_variable_changes_in_the_answer_is_not_shared(world: World) -> None:
    query = CHANGED.replace("$after: Int", "$after: Int, $all: Boolean!").replace(
        "author {", "author @include(if: $all) {"
    )
    given = (
        {"id": "x", "after": 1, "all": True},
        {"id": "y", "all": True},
        {"id": "x", "all": False},
    )
    first, same, other = (
        world.engine.prepare(OperationRequest(query, None, each)).identity("all") for each in given
    )
    assert first == same != other


async def test_who_sees_something_else_from_here_on_gets_an_answer_of_their_own(
    place: Place,
) -> None:
    world, template = place.world, await template_of(place)
    staying, changing = place[Role.VIEWER], await place.join(Role.VIEWER)
    async with crowd(world, CHANGED, [staying, changing], id=template) as ears:
        await all_hear(place, template, ears, "Together")
        assert ears[0].answers[-1] is ears[1].answers[-1]
        member = await membership(place, changing)
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=member, role="EDITOR")
        for name in ("Apart", "Still apart"):
            await all_hear(place, template, ears, name)
            assert ears[0].answers[-1] is not ears[1].answers[-1]
            assert ears[0].answers[-1].body() == ears[1].answers[-1].body()


async def test_who_may_no_longer_hear_it_does_not_and_all_others_do(place: Place) -> None:
    world, template = place.world, await template_of(place)
    removed, signed_out = await place.join(Role.VIEWER), await place.join(Role.VIEWER)
    people = [place[Role.VIEWER], removed, signed_out]
    async with crowd(world, CHANGED, people, id=template) as ears:
        await all_hear(place, template, ears, "For all")
        member = await membership(place, removed)
        await world.done(REMOVE, place[Role.ADMIN], membership=member)
        await world.done(LOGOUT, signed_out)
        await all_hear(place, template, ears[:1], "For one")
        for ear in ears[1:]:
            await ear.until(lambda answers: answers[-1].is_failure)
            assert not is_named("For one")(ear.answers)
    codes = [ear.answers[-1].errors[0]["extensions"]["code"] for ear in ears[1:]]
    assert codes == ["NOT_FOUND", "UNAUTHENTICATED"]


async def test_what_is_for_one_alone_reaches_each_in_its_own_words(place: Place) -> None:
    world, template = place.world, await template_of(place)
    author = place[Role.EDITOR]
    people = [author, await place.join(Role.EDITOR)]
    async with crowd(world, WITH_OWN, people, id=template) as ears:
        for name in ("First", "Second"):
            await all_hear(place, template, ears, name)
            own, others = (ear.answers[-1] for ear in ears)
            assert (own.errors, len(others.errors)) == ([], 1)
        assert [len(ear.answers) for ear in ears] == [2, 2]


@asynccontextmanager
async def by_turns(world: World, by: Person, template: str, pattern: str) -> AsyncIterator[Ear]:
    """A listener who has room when it is the turn of a 1."""
    turns = cycle(pattern)
    ear = Ear(lambda: next(turns) == "1")
    async with hearing(world, CHANGED, by, ear, id=template):
        yield ear


@pytest.mark.parametrize("pattern", ["10", "1100010", "0", "01"])
async def test_the_order_is_kept_whichever_way_each_answer_takes(
    place: Place, pattern: str
) -> None:
    world, template = place.world, await template_of(place)
    viewer = place[Role.VIEWER]
    async with (
        hearing(world, CHANGED, viewer, Ear(), id=template) as steady,
        by_turns(world, viewer, template, pattern) as unsteady,
    ):
        for number in range(20):
            await rename(place, template, f"Name {number}")
        for ear in (steady, unsteady):
            await ear.until(lambda answers: len(answers) == 20)
    positions = [told["position"] for told in steady.told()]
    assert positions == sorted(set(positions))
    assert [told["position"] for told in unsteady.told()] == positions


async def test_who_leaves_while_it_is_answered_takes_it_from_nobody(place: Place) -> None:
    world, template = place.world, await template_of(place)
    viewer = place[Role.VIEWER]
    async with hearing(world, CHANGED, viewer, Ear(), id=template) as staying:
        async with hearing(world, CHANGED, viewer, Ear(), id=template) as leaving:
            await all_hear(place, template, [staying, leaving], "Both")
            await rename(place, template, "One")
        await staying.until(is_named("One"))
        await all_hear(place, template, [staying], "The last")
    assert not is_named("The last")(leaving.answers)
