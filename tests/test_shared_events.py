"""One event for many subscribers: executed once for those who ask and see the same."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
from sqlalchemy import literal, select
from strawberry.types.base import StrawberryObjectDefinition

from db.models import User
from domain.permissions import Role
from engine.execution import Answer
from engine.fields import Field, Open
from schema import schema
from tests.crowd import a_known_template
from tests.editorial import UPDATE
from tests.spine import DEADLINE
from tests.test_live_changes import TEMPLATE_CHANGED, Listener, listening
from tests.world import Person, Place, World

WITH_OWN = """
subscription ($id: ID!) {
  templateChanged(template: $id) { actor { id locale } template { version } }
}
"""
WITH_ALIAS = TEMPLATE_CHANGED.replace("template {", "changed: template {")


OPEN = Open()
ALIKE_ALL_THE_SAME = {
    ("Query", "viewer"): "no part of an answer to an event",
    ("Organization", "delegations"): "who may ask for them sees all",
}
"""Relations whose rows are chosen by who asks, and why an answer with them may be shared."""


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR, Role.VIEWER)


async def answers_of(place: Place, *subscribers: tuple[str, Person]) -> list[Answer]:
    """What each gets for one change of a template by the editor."""
    editor = place[Role.EDITOR]
    template = await a_known_template(place, editor)
    async with AsyncExitStack() as stack:
        listeners: list[Listener] = [
            await stack.enter_async_context(listening(place.world, query, template, by))
            for query, by in subscribers
        ]
        await place.world.done(UPDATE, editor, template=template, name="Farewell")
        async with asyncio.timeout(DEADLINE):
            return await asyncio.gather(*(anext(listener.answers) for listener in listeners))


async def test_who_asks_and_sees_the_same_gets_the_same_bytes(place: Place) -> None:
    viewers = [place[Role.VIEWER], await place.join(Role.VIEWER)]
    first, second = await answers_of(place, *((TEMPLATE_CHANGED, viewer) for viewer in viewers))
    assert first.body() is second.body()
    assert orjson.loads(first.body())["data"]["templateChanged"]["template"]["name"] == "Farewell"


async def test_who_asks_something_else_gets_an_answer_of_its_own(place: Place) -> None:
    viewer = place[Role.VIEWER]
    plain, aliased = await answers_of(place, (TEMPLATE_CHANGED, viewer), (WITH_ALIAS, viewer))
    assert "template" in orjson.loads(plain.body())["data"]["templateChanged"]
    assert "changed" in orjson.loads(aliased.body())["data"]["templateChanged"]


async def test_who_may_see_something_else_gets_an_answer_of_its_own(place: Place) -> None:
    people = (place[Role.VIEWER], place[Role.EDITOR])
    viewers, editors = await answers_of(place, *((TEMPLATE_CHANGED, each) for each in people))
    assert viewers is not editors
    assert viewers.body() == editors.body()


async def test_what_is_for_one_person_alone_is_never_shared(place: Place) -> None:
    author = place[Role.EDITOR]
    colleague = await place.join(Role.EDITOR)
    own, others = await answers_of(place, (WITH_OWN, author), (WITH_OWN, colleague))
    told = orjson.loads(own.body())
    assert told["data"]["templateChanged"]["actor"] == {"id": author.id, "locale": "en"}
    assert "errors" not in told
    told = orjson.loads(others.body())
    assert told["data"]["templateChanged"]["actor"] == {"id": author.id, "locale": None}
    assert [error["extensions"]["code"] for error in told["errors"]] == ["FORBIDDEN"]


def test_what_is_chosen_by_who_asks_is_said_to_be_personal() -> None:
    """Of people, everybody sees those whom others of the same roles see, and themselves."""
    fields = {
        (concrete.definition.name, field.python_name): field
        for concrete in schema.schema_converter.type_map.values()
        if isinstance(concrete.definition, StrawberryObjectDefinition)
        for field in concrete.definition.fields
        if isinstance(field, Field)
    }
    chosen = {where: field for where, field in fields.items() if _is_chosen_by_viewer(field)}
    assert ("NotificationReceipt", "notification") in chosen
    told = {where for where, field in chosen.items() if not (field.access or OPEN).is_personal}
    assert told == ALIKE_ALL_THE_SAME.keys()


def _is_chosen_by_viewer(field: Field) -> bool:
    source: Any = getattr(field.resolution, "source", None)
    visible = getattr(source, "visible", None)
    if visible is None or (source.model is User and field.python_name != "viewer"):
        return False
    return "viewer_id" in select(literal(1)).where(visible).compile().params


async def test_a_subscriber_who_leaves_takes_the_answer_from_nobody(place: Place) -> None:
    editor, viewer = place[Role.EDITOR], place[Role.VIEWER]
    template = await a_known_template(place, editor)
    world, id = place.world, template
    async with (
        listening(world, TEMPLATE_CHANGED, id, viewer) as leaving,
        listening(world, TEMPLATE_CHANGED, id, viewer) as staying,
    ):
        gone = asyncio.ensure_future(anext(leaving.answers))
        waiting = asyncio.ensure_future(anext(staying.answers))
        await asyncio.sleep(0)
        await world.done(UPDATE, editor, template=id, name="Farewell")
        gone.cancel()
        async with asyncio.timeout(DEADLINE):
            answer = await waiting
    assert orjson.loads(answer.body())["data"]["templateChanged"]["template"]["name"] == "Farewell"
