"""A mutation that is sent again under its key is done once, and answered as it was."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLObjectType, assert_object_type, get_named_type
from sqlalchemy import select, update
from strawberry.schema.schema_converter import GraphQLCoreConverter

from auth.access import OWNER
from db.models import Comment, IdempotencyKey, now
from domain.permissions import Role
from schema import schema
from tests import rows
from tests.callers import Stage, a_stage
from tests.profile_targets import FINAL, FOR_ADMINISTRATORS, able
from tests.targets import ADD_COMMENT, INPUTS, Target
from tests.test_accounts import LOGIN
from tests.world import PASSWORD, World, uuid_of

ADD = """
mutation ($input: AddCommentInput!) {
  addComment(input: $input) {
    comment { id body version author { id } }
    errors { __typename code message path }
  }
}
"""
EDIT = """
mutation ($input: EditCommentInput!) {
  editComment(input: $input) { comment { id body version } errors { message path } }
}
"""

DECLARED = GraphQLCoreConverter.DEFINITION_BACKREF


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_stage(world)


def whole(name: str) -> str:
    """A mutation that asks for everything plain that its payload has."""
    field = assert_object_type(schema._schema.mutation_type).fields[name]
    payload = assert_object_type(get_named_type(field.type))
    parts = " ".join(
        f"{part} {_plain(get_named_type(each.type), own=name not in FOR_ADMINISTRATORS)}"
        for part, each in payload.fields.items()
        if part not in {"errors", "effects"}
    )
    argument = field.args["input"].type
    return (
        f"mutation ($input: {argument}) {{ {name}(input: $input) {{ {parts} errors {{ path }} }} }}"
    )


def _plain(type: Any, *, own: bool) -> str:
    """The leaves of a type; of somebody else, without what is shown to them alone."""
    if not isinstance(type, GraphQLObjectType):
        return ""
    leaves = [
        name
        for name, each in type.fields.items()
        if not each.args and not hasattr(get_named_type(each.type), "fields")
        if own or getattr(each.extensions[DECLARED], "access", None) is not OWNER
    ]
    return f"{{ {' '.join(leaves)} }}"


@pytest.mark.parametrize("name", [name for name in INPUTS if name not in FINAL])
async def test_every_mutation_answers_a_repeat_as_it_answered_first_and_does_nothing_more(
    world: World, stage: Stage, name: str
) -> None:
    admin = await able(stage, name)
    target = Target(stage, admin, admin)
    given = {**await INPUTS[name](target), "idempotencyKey": uuid4().hex}
    first = await world.ask(whole(name), {"input": given}, by=admin)
    assert "errors" not in first
    before = await rows.of_organization(world, uuid_of(stage.place.id))
    again = await world.ask(whole(name), {"input": given}, by=admin)
    assert again == first
    assert await rows.of_organization(world, uuid_of(stage.place.id)) == before


async def test_of_two_at_once_one_runs_and_both_get_its_answer(world: World, stage: Stage) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "body": "Once.", "idempotencyKey": uuid4().hex}
    answers = await asyncio.gather(*(world.do(ADD, editor, **given) for _ in range(5)))
    assert [answer["errors"] for answer in answers] == [[]] * 5
    assert len({answer["comment"]["id"] for answer in answers}) == 1
    statement = select(Comment).where(Comment.subject_id == uuid_of(template["id"]))
    assert (await rows.one(world, statement)).body == "Once."


async def test_another_input_under_the_same_key_is_refused_and_changes_nothing(
    world: World, stage: Stage
) -> None:
    editor = stage.place[Role.EDITOR]
    key = uuid4().hex
    template = await stage.place.template(editor)
    given = {"template": template["id"], "idempotencyKey": key}
    made = await world.done(ADD, editor, body="First.", **given)
    before = await rows.of_organization(world, uuid_of(stage.place.id))
    refused = await world.do(ADD, editor, body="Second.", **given)
    other = {"comment": made["comment"]["id"], "body": "First.", "idempotencyKey": key}
    also = await world.do(EDIT, editor, **other)
    for payload in (refused, also):
        [error] = payload["errors"]
        assert error["path"] == ["idempotencyKey"]
        assert "something else" in error["message"]
    assert await rows.of_organization(world, uuid_of(stage.place.id)) == before


async def test_the_answer_is_the_first_one_whatever_became_of_the_thing(
    world: World, stage: Stage
) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "body": "First.", "idempotencyKey": uuid4().hex}
    first = await world.done(ADD, editor, **given)
    await world.done(EDIT, editor, comment=first["comment"]["id"], body="Changed.")
    assert await world.done(ADD, editor, **given) == first


async def test_the_same_key_is_another_one_for_somebody_else(world: World, stage: Stage) -> None:
    editor, manager = stage.place[Role.EDITOR], stage.place[Role.MANAGER]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "body": "Twice.", "idempotencyKey": "the same"}
    by_editor = await world.done(ADD, editor, **given)
    by_manager = await world.done(ADD, manager, **given)
    assert by_editor["comment"]["id"] != by_manager["comment"]["id"]


async def test_an_error_is_no_answer_so_that_one_may_try_again(world: World, stage: Stage) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    made = await world.done(ADD, editor, template=template["id"], body="First.")
    given = {"comment": made["comment"]["id"], "body": "Next.", "idempotencyKey": uuid4().hex}
    [error] = (await world.do(EDIT, editor, ifVersion=7, **given))["errors"]
    assert error["path"] == ["ifVersion"]
    assert (await world.done(EDIT, editor, ifVersion=1, **given))["comment"]["version"] == 2


async def test_a_key_is_free_again_after_a_day(world: World, stage: Stage) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "body": "Daily.", "idempotencyKey": uuid4().hex}
    first = await world.done(ADD, editor, **given)
    async with world.resources.database.transaction() as session:
        expired = update(IdempotencyKey).where(IdempotencyKey.actor_id == uuid_of(editor.id))
        await session.execute(expired.values(expires_at=now()))
    second = await world.done(ADD, editor, **given)
    assert second["comment"]["id"] != first["comment"]["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "two\nlines"])
async def test_a_key_that_is_none_is_refused_with_its_place(
    world: World, stage: Stage, key: str
) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "body": "Never.", "idempotencyKey": key}
    [error] = (await world.do(ADD, editor, **given))["errors"]
    assert error["path"] == ["idempotencyKey"]


async def test_what_is_kept_gives_nothing_away(world: World, stage: Stage) -> None:
    person = await world.person()
    given = {"email": person.email, "password": PASSWORD, "idempotencyKey": "a key of mine"}
    first = await world.done(LOGIN, None, **given)
    again = await world.done(LOGIN, None, **given)
    assert again == first
    stored = await rows.whole_database(world)
    assert first["refreshToken"] not in stored
    assert "a key of mine" not in stored
    wrong = await world.do(LOGIN, None, **{**given, "password": "something else entirely"})
    assert wrong["errors"]


async def test_without_a_key_everything_is_done_every_time(world: World, stage: Stage) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "body": "Again."}
    first = await world.done(ADD_COMMENT, editor, **given)
    assert await world.done(ADD_COMMENT, editor, **given) != first
