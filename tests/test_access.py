"""Every query, guarded field, kind of row and live stream by every kind of caller."""

from typing import Any

import pytest
from graphql import assert_object_type, get_named_type, is_leaf_type

from auth.access import PARTICIPANT
from db.loaders import BY_ENTITY
from domain.errors import Unauthenticated
from domain.permissions import GRANTS, Permission, Role
from domain.seeing import SEEN_WITH
from engine import ids
from engine.execution import OperationRequest, Rejected
from schema import schema
from server.permission_matrix import (
    CUSTOM,
    IMPERSONATED,
    KINDS,
    QUERIES,
    ROLES,
    TOKEN,
    Kind,
    guarded,
    of_field,
    of_query,
    of_subscription,
)
from tests.callers import Stage, a_full_stage, named
from tests.factors import a_session, a_token
from tests.member_targets import a_role, a_team
from tests.record import log
from tests.targets import STREAMS, Target, a_delivery
from tests.world import INVITE, Place, World, uuid_of

STREAMED = assert_object_type(schema._schema.subscription_type).fields.values()
SIGNED_IN = [kind for kind in KINDS if kind.is_signed_in and not kind.is_refused]
LIVE = {"Happening", *(get_named_type(field.type).name for field in STREAMED)}
GUARDED = guarded()
OF_NODES = sorted(key for key in GUARDED if key[0] not in {*LIVE, "Delegation"})
OF_PEOPLE = {
    "Notification": "tried with what they tell",
    "Session": "its owner's only: tried below",
    "Delegation": "the two whom it concerns see it too: tried below",
}
ASKED: dict[str, str] = {
    "viewer": "query { viewer { id } }",
    "organization": "query ($slug: String!) { organization(slug: $slug) { id } }",
    "node": "query ($template: ID!) { node(id: $template) { id } }",
    "nodes": "query ($template: ID!) { nodes(ids: [$template]) { id } }",
    "auditLog": "query { auditLog(first: 1) { nodes { id } } }",
    "users": "query { users(first: 1) { nodes { id } } }",
    "explainAccess": """query ($editor: ID!, $template: ID!) {
      explainAccess(user: $editor, action: UPDATE_TEMPLATE, node: $template) { allowed }
    }""",
}
"""A document for every query, with the variables `slug`, `template` and `editor`."""


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_full_stage(world)


@pytest.fixture(scope="module")
async def shown(world: World, stage: Stage) -> dict[str, str]:
    """The id of a row of every kind in the organisation."""
    place, editor = stage.place, stage.place[Role.EDITOR]
    target = Target(stage, editor, editor)
    template = await place.template(editor)
    approval = await place.submitted(template, editor, place[Role.APPROVER])
    given = {"organization": place.id, "email": "eve@example.com", "role": "VIEWER"}
    invited = await world.done(INVITE, place[Role.ADMIN], **given)
    return {
        "User": place[Role.MANAGER].id,
        "Organization": place.id,
        "Membership": await target.member(),
        "Invitation": invited["invitation"]["id"],
        "CustomRole": await a_role(target),
        "Team": await a_team(target),
        "Template": template["id"],
        "TemplateVersion": template["currentVersion"]["id"],
        "Snippet": await target.snippet(),
        "Comment": await target.comment(),
        "ApprovalWorkflow": approval["id"],
        "ApprovalStep": approval["steps"][0]["id"],
        "ApprovalStage": approval["stages"][0]["id"],
        "ChecklistItem": await target.checklist_item(),
        "AuditEntry": (await log(place, first=1))["nodes"][0]["id"],
        "WorkflowTemplate": await target.workflow(),
        "Webhook": (webhook := await target.webhook()),
        "WebhookDelivery": await a_delivery(world, place, webhook),
        "AccessToken": await an_access_token_in(place),
    }


async def an_access_token_in(place: Place) -> str:
    """One that is good there only, and belongs to somebody who is nobody's caller."""
    owner, organization = await place.join(Role.EDITOR, "Robot"), uuid_of(place.id)
    id, _ = await a_token(place.world, owner, organization_id=organization)
    return ids.encode("AccessToken", id)


def code_of(errors: list[dict[str, Any]]) -> str:
    [error] = errors
    return str(error["extensions"]["code"])


def came_of(answer: dict[str, Any]) -> str:
    return code_of(answer["errors"]) if "errors" in answer else "DONE"


def subselection(type_name: str, field: str) -> str:
    fields = assert_object_type(schema._schema.type_map[type_name]).fields
    return "" if is_leaf_type(get_named_type(fields[field].type)) else "{ __typename }"


def test_every_query_is_tried() -> None:
    assert set(ASKED) == set(QUERIES)


@pytest.mark.parametrize("name", ASKED)
async def test_a_query_answers_whom_the_tables_say(stage: Stage, name: str) -> None:
    place = stage.place
    given = {
        "slug": place.slug,
        "editor": place[Role.EDITOR].id,
        "template": (await place.template())["id"],
    }
    used = {key: value for key, value in given.items() if f"${key}:" in ASKED[name]}
    came = {kind.name: came_of(await stage.ask(kind, ASKED[name], used)) for kind in KINDS}
    assert came == {kind.name: of_query(name, kind) for kind in KINDS}


def test_every_guarded_field_belongs_to_a_node_that_is_tried_or_to_a_live_stream() -> None:
    assert {name for name, _ in GUARDED} == {"User", "Organization", "Delegation"} | LIVE
    live = [access for (name, _), access in GUARDED.items() if name in LIVE]
    assert all(access.permission or access is PARTICIPANT for access in live)
    assert {access for (name, _), access in GUARDED.items() if name == "Delegation"} == {
        PARTICIPANT
    }


@pytest.mark.parametrize(("type_name", "field"), OF_NODES, ids=lambda part: part)
async def test_a_guarded_field_is_shown_to_whom_it_says_and_hides_nothing_else(
    stage: Stage, type_name: str, field: str
) -> None:
    query = f"""query ($id: ID!) {{
      node(id: $id) {{ ... on {type_name} {{ {field} {subselection(type_name, field)} }} }}
    }}"""
    owner = ROLES[Role.EDITOR]
    id = stage.place[Role.EDITOR].id if type_name == "User" else stage.place.id
    for kind in KINDS:
        is_own = type_name == "User" and kind is owner
        answer = await stage.ask(kind, query, {"id": id})
        came = came_of(answer)
        assert came == of_field(type_name, field, kind, own=is_own), kind.name
        if came != "DONE":
            assert answer["data"] in (
                None,
                {"node": {field: None} if came == "FORBIDDEN" else None},
            )


@pytest.mark.parametrize("kind", [TOKEN, IMPERSONATED, CUSTOM], ids=lambda kind: kind.name)
async def test_what_is_ones_own_is_hidden_from_ones_access_tokens(stage: Stage, kind: Kind) -> None:
    own = {
        field: of_field(name, field, kind, own=True) for name, field in OF_NODES if name == "User"
    }
    for field, outcome in own.items():
        query = f"{{ viewer {{ {field} {subselection('User', field)} }} }}"
        assert came_of(await stage.ask(kind, query, {})) == outcome, field


def test_every_kind_of_row_is_tried() -> None:
    assert set(SEEN_WITH) == set(BY_ENTITY)
    assert {entity for entity, needed in SEEN_WITH.items() if needed is None} == set(OF_PEOPLE)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_row_is_seen_by_whom_the_table_says(
    stage: Stage, shown: dict[str, str], kind: Kind
) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
    answer = await stage.ask(kind, query, {"ids": list(shown.values())})
    if kind.is_refused or not kind.is_signed_in:
        assert code_of(answer["errors"]) == "UNAUTHENTICATED"
        return
    sees_the_record = kind.administers
    assert answer["data"]["nodes"] == [
        {"__typename": entity}
        if kind.sees(entity) or (entity == "AuditEntry" and sees_the_record)
        else None
        for entity in shown
    ]


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k.is_signed_in and not k.is_refused], ids=named
)
async def test_one_s_own_sessions_and_access_tokens_are_hidden_from_one_s_access_tokens(
    world: World, stage: Stage, kind: Kind
) -> None:
    """Of somebody else's session, nobody sees anything."""
    person, somebody = stage.person(kind), await world.person()
    assert person is not None
    session, token = await a_session(world, person), (await a_token(world, person))[0]
    foreign = await a_session(world, somebody)
    theirs = {"Session": session, "AccessToken": token}
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
    given = [ids.encode(entity, id) for entity, id in theirs.items()]
    answer = await stage.ask(kind, query, {"ids": [*given, ids.encode("Session", foreign)]})
    own = [None if kind is TOKEN else {"__typename": entity} for entity in theirs]
    assert answer["data"]["nodes"] == [*own, None]


async def test_a_delegation_is_seen_by_its_two_people_and_by_managers_of_approvals(
    stage: Stage,
) -> None:
    place = stage.place
    target = Target(stage, place[Role.APPROVER], place[Role.EDITOR])
    id = await target.delegation()
    query = "query ($id: ID!) { node(id: $id) { ... on Delegation { reason } } }"
    concerned = {ROLES[Role.EDITOR], ROLES[Role.APPROVER]}
    for kind in KINDS:
        answer = await stage.ask(kind, query, {"id": id})
        if kind in concerned or kind.has(Permission.APPROVAL_MANAGE):
            assert answer["data"] == {"node": {"reason": "On leave"}}
        else:
            refused = kind.is_refused or not kind.is_signed_in
            assert code_of(answer["errors"]) == ("UNAUTHENTICATED" if refused else "NOT_FOUND")


def test_every_stream_is_tried() -> None:
    assert set(STREAMS) == set(assert_object_type(schema._schema.subscription_type).fields)


@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_opens_for_members_only(world: World, stage: Stage, name: str) -> None:
    subject = STREAMS[name]
    id = stage.place.id if subject == "organization" else (await stage.place.template())["id"]
    document = f"subscription ($id: ID!) {{ {name}({subject}: $id) {{ eventId }} }}"
    operation = world.engine.prepare(OperationRequest(document, None, {"id": id}))
    came = {}
    for kind in KINDS:
        try:
            context = await stage.context(kind, "test")
            stream = await world.engine.subscribe(operation, context, context.renewed)
        except Unauthenticated as error:
            came[kind.name] = error.code
        except Rejected as rejected:
            came[kind.name] = code_of(rejected.errors)
        else:
            await stream.aclose()
            came[kind.name] = "DONE"
    assert came == {kind.name: of_subscription(name, kind) for kind in KINDS}


def test_the_table_names_every_permission_somewhere() -> None:
    assert {permission for granted in GRANTS.values() for permission in granted} == set(Permission)
