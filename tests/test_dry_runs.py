"""A mutation that is only tried answers as if it were done, and leaves no trace."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from db.models import Notification
from domain.errors import Unauthenticated
from domain.permissions import Role
from tests import rows
from tests.callers import Stage, a_stage
from tests.profile_targets import able
from tests.targets import INPUTS, Target
from tests.test_accounts import LOGIN
from tests.test_idempotency import whole
from tests.world import CREATE_TEMPLATE, PASSWORD, World, content, uuid_of

CREATE = """
mutation ($input: CreateTemplateInput!) {
  createTemplate(input: $input) {
    template { name currentVersion { number author { id } } comments { totalCount } }
    errors { message path }
    effects { events { kind entityType entityId } notified { id } voidedApprovals { id } }
  }
}
"""
UPDATE = """
mutation ($input: UpdateTemplateInput!) {
  updateTemplate(input: $input) {
    template { status version currentVersion { number subject } approval { status } }
    errors { message path }
    effects {
      events { kind entityType entityId }
      voidedApprovals { id steps { status } }
    }
  }
}
"""
SUBMIT = """
mutation ($input: SubmitForApprovalInput!) {
  submitForApproval(input: $input) {
    approval { status } errors { message } effects { notified { id } webhooks { id } }
  }
}
"""
REFRESH = """
mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) { accessToken errors { message } }
}
"""
TWICE = """
mutation ($tried: CreateOrganizationInput!, $done: CreateOrganizationInput!) {
  tried: createOrganization(input: $tried) {
    organization { slug members { nodes { user { id } } } }
    errors { message }
    effects { events { kind } }
  }
  done: createOrganization(input: $done) {
    organization { slug members { nodes { user { id } } } }
    errors { message }
    effects { events { kind } }
  }
}
"""


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_stage(world)


@pytest.mark.parametrize("name", INPUTS)
async def test_trying_any_mutation_answers_like_doing_it_and_changes_nothing(
    world: World, stage: Stage, name: str
) -> None:
    admin = await able(stage, name)
    given = await INPUTS[name](Target(stage, admin, admin))
    before = await rows.of_organization(world, uuid_of(stage.place.id))
    tried = await world.ask(whole(name), {"input": {**given, "dryRun": True}}, by=admin)
    assert await rows.of_organization(world, uuid_of(stage.place.id)) == before
    done = await world.ask(whole(name), {"input": given}, by=admin)
    assert "errors" not in tried
    assert "errors" not in done
    assert _shape(tried) == _shape(done)


def _shape(value: object) -> object:
    """What is there, whatever the values are."""
    if isinstance(value, dict):
        return {name: _shape(each) for name, each in value.items()}
    return [_shape(each) for each in value] if isinstance(value, list) else value is None


async def test_the_answer_is_read_as_if_it_had_been_done(world: World, stage: Stage) -> None:
    editor = stage.place[Role.EDITOR]
    given = {"organization": stage.place.id, "name": "Tried", "content": content()}
    tried = await world.done(CREATE, editor, **given, dryRun=True)
    assert tried["template"] == {
        "name": "Tried",
        "currentVersion": {"number": 1, "author": {"id": editor.id}},
        "comments": {"totalCount": 0},
    }
    [event] = tried["effects"]["events"]
    assert (event["kind"], event["entityType"]) == ("TEMPLATE_CREATED", "Template")
    found = await world.ask(
        "query ($id: ID!) { node(id: $id) { id } }", {"id": event["entityId"]}, by=editor
    )
    assert found["data"] == {"node": None}


async def test_effects_name_the_approvals_that_would_be_voided(world: World, stage: Stage) -> None:
    editor, approver = stage.place[Role.EDITOR], stage.place[Role.APPROVER]
    template = await stage.place.template(editor)
    approval = await stage.place.submitted(template, editor, approver)
    given = {"template": template["id"], "content": content("<p>All new.</p>")}
    tried = await world.done(UPDATE, editor, **given, dryRun=True)
    assert tried["template"]["currentVersion"]["number"] == 2
    assert [each["id"] for each in tried["effects"]["voidedApprovals"]] == [approval["id"]]
    after = await world.done(UPDATE, editor, template=template["id"], name="Same", dryRun=True)
    assert after["template"]["currentVersion"]["number"] == 1
    assert after["effects"]["voidedApprovals"] == []


async def test_errors_are_those_of_doing_it_and_there_are_no_effects(
    world: World, stage: Stage
) -> None:
    editor = stage.place[Role.EDITOR]
    template = await stage.place.template(editor)
    given = {"template": template["id"], "name": "Other", "ifVersion": 7}
    tried = await world.do(UPDATE, editor, **given, dryRun=True)
    done = await world.do(UPDATE, editor, **given)
    assert tried == done
    assert tried["errors"]
    assert tried["effects"] is None


async def test_doing_it_has_no_effects_to_tell(world: World, stage: Stage) -> None:
    given = {"organization": stage.place.id, "name": "Done", "content": content()}
    assert (await world.done(CREATE, stage.place[Role.EDITOR], **given))["effects"] is None


async def test_what_follows_in_the_same_request_is_done(world: World) -> None:
    person = await world.person()
    number = uuid4().hex
    tried = {"slug": f"tried-{number}", "name": "Tried", "dryRun": True}
    done = {"slug": f"done-{number}", "name": "Done"}
    answer = await world.ask(TWICE, {"tried": tried, "done": done}, by=person)
    assert "errors" not in answer
    for name, given in (("tried", tried), ("done", done)):
        assert answer["data"][name]["organization"] == {
            "slug": given["slug"],
            "members": {"nodes": [{"user": {"id": person.id}}]},
        }
    viewer = "{ viewer { memberships { nodes { organization { slug } } } } }"
    found = await world.ask(viewer, by=person)
    slugs = [
        each["organization"]["slug"] for each in found["data"]["viewer"]["memberships"]["nodes"]
    ]
    assert slugs == [done["slug"]]


async def test_who_only_tries_to_sign_in_is_not_signed_in(world: World) -> None:
    person = await world.person()
    tried = await world.done(LOGIN, None, email=person.email, password=PASSWORD, dryRun=True)
    assert tried["user"]["email"] == person.email
    answer = await world.ask(REFRESH, {"input": {"refreshToken": tried["refreshToken"]}})
    assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_an_access_token_that_was_only_tried_for_opens_nothing(world: World) -> None:
    person = await world.person()
    for mutation, given in (
        (LOGIN, {"email": person.email, "password": PASSWORD}),
        (REFRESH, {"refreshToken": person.refresh_token}),
    ):
        tried = await world.done(mutation, None, **given, dryRun=True)
        thief = replace(person, access_token=tried["accessToken"])
        with pytest.raises(Unauthenticated):
            await world.ask("{ viewer { email } }", by=thief)
    done = await world.done(REFRESH, None, refreshToken=person.refresh_token)
    current = replace(person, access_token=done["accessToken"])
    assert "errors" not in await world.ask("{ viewer { email } }", by=current)


async def test_a_key_is_not_used_up_by_trying(world: World, stage: Stage) -> None:
    editor = stage.place[Role.EDITOR]
    given = {"organization": stage.place.id, "name": "One", "content": content()}
    keyed = {**given, "idempotencyKey": "tried, then done"}
    await world.done(CREATE_TEMPLATE, editor, **keyed, dryRun=True)
    made = await world.done(CREATE_TEMPLATE, editor, **{**keyed, "name": "Two"})
    assert made["template"]["name"] == "Two"


async def test_effects_name_who_would_be_told_and_which_webhooks_would_be_called(
    world: World, stage: Stage
) -> None:
    place = stage.place
    admin, editor, approver = place[Role.ADMIN], place[Role.EDITOR], place[Role.APPROVER]
    webhook = await Target(stage, admin, admin).webhook()
    template = await place.template(editor)
    given = {"template": template["id"], "steps": [{"approver": approver.id}], "dryRun": True}
    tried = await world.done(SUBMIT, admin, **given)
    assert tried["effects"]["notified"] == [{"id": approver.id}]
    assert tried["effects"]["webhooks"] == [{"id": webhook}]
    hidden = await world.done(SUBMIT, editor, **given)
    assert hidden["effects"]["webhooks"] == []
    statement = select(func.count()).select_from(Notification)
    told = statement.where(Notification.user_id == uuid_of(approver.id))
    assert await rows.one(world, told) == 0
