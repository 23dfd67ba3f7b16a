"""Every guarded field, every kind of row and every live stream by every kind of caller."""

from typing import Any

import pytest
from graphql import assert_object_type, get_named_type, is_leaf_type
from sqlalchemy import select
from strawberry.types.base import StrawberryObjectDefinition

from auth.access import OWNER, PARTICIPANT, Access
from db.loaders import BY_ENTITY
from db.models import User
from domain.permissions import GRANTS, Permission, PlatformRole, Role
from engine import ids
from engine.execution import OperationRequest, Rejected
from engine.fields import Field
from schema import schema
from tests import rows
from tests.callers import CALLERS, Caller, Outsider, Stage, a_stage, named
from tests.factors import a_token
from tests.record import log
from tests.targets import STREAMS, Target, a_delivery
from tests.world import INVITE, Place, World, uuid_of

ROOTS = {"Query", "Mutation", "Subscription"}
GUARDED: dict[tuple[str, str], Any] = {
    (definition.name, schema.config.name_converter.get_graphql_name(field)): field.access
    for concrete in schema.schema_converter.type_map.values()
    if isinstance(definition := concrete.definition, StrawberryObjectDefinition)
    and definition.name not in ROOTS
    for field in definition.fields
    if isinstance(field, Field) and field.access is not None and field.access.check is not None
}
STREAMED = assert_object_type(schema._schema.subscription_type).fields.values()
LIVE = {"Happening", *(get_named_type(field.type).name for field in STREAMED)}
OF_NODES = sorted(key for key in GUARDED if key[0] not in {*LIVE, "Delegation"})
NEEDED_TO_SEE = {
    "User": Permission.ORGANIZATION_READ,
    "Organization": Permission.ORGANIZATION_READ,
    "Membership": Permission.ORGANIZATION_READ,
    "Invitation": Permission.MEMBER_INVITE,
    "Template": Permission.TEMPLATE_READ,
    "TemplateVersion": Permission.TEMPLATE_READ,
    "Snippet": Permission.TEMPLATE_READ,
    "Comment": Permission.TEMPLATE_READ,
    "ApprovalWorkflow": Permission.TEMPLATE_READ,
    "ApprovalStep": Permission.TEMPLATE_READ,
    "ApprovalStage": Permission.TEMPLATE_READ,
    "ChecklistItem": Permission.TEMPLATE_READ,
    "AuditEntry": Permission.AUDIT_READ,
    "WorkflowTemplate": Permission.TEMPLATE_READ,
    "Webhook": Permission.WEBHOOK_MANAGE,
    "WebhookDelivery": Permission.WEBHOOK_MANAGE,
    "AccessToken": Permission.TOKEN_MANAGE,
}
OF_PEOPLE = {
    "Notification": "tried with what they tell",
    "Session": "its owner's only: tried with them",
    "Delegation": "the two whom it concerns see it too: tried below",
}


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_stage(world)


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


def expected(access: Access, caller: Caller) -> str:
    """What comes of asking for a guarded field of the organisation, or of its EDITOR."""
    if caller is Outsider.NOBODY:
        return "UNAUTHENTICATED"
    if isinstance(caller, Outsider):
        return "NOT_FOUND"
    if access is PARTICIPANT:
        return "DONE"
    if access is OWNER:
        return "DONE" if caller is Role.EDITOR else "FORBIDDEN"
    return "DONE" if access.permission in GRANTS[caller] else "FORBIDDEN"


def code_of(errors: list[dict[str, Any]]) -> str:
    [error] = errors
    return str(error["extensions"]["code"])


def subselection(type_name: str, field: str) -> str:
    fields = assert_object_type(schema._schema.type_map[type_name]).fields
    return "" if is_leaf_type(get_named_type(fields[field].type)) else "{ __typename }"


def test_every_guarded_field_belongs_to_a_node_that_is_tried_or_to_a_live_stream() -> None:
    assert {name for name, _ in GUARDED} == {"User", "Organization", "Delegation"} | LIVE
    live = [access for (name, _), access in GUARDED.items() if name in LIVE]
    assert all(access.permission or access is PARTICIPANT for access in live)
    assert {access for (name, _), access in GUARDED.items() if name == "Delegation"} == {
        PARTICIPANT
    }


@pytest.mark.parametrize("caller", CALLERS, ids=named)
@pytest.mark.parametrize(("type_name", "field"), OF_NODES, ids=lambda part: part)
async def test_a_guarded_field_is_shown_to_whom_it_says_and_hides_nothing_else(
    world: World, stage: Stage, type_name: str, field: str, caller: Caller
) -> None:
    query = f"""query ($id: ID!) {{
      node(id: $id) {{ ... on {type_name} {{ {field} {subselection(type_name, field)} }} }}
    }}"""
    id = stage.place[Role.EDITOR].id if type_name == "User" else stage.place.id
    answer = await world.ask(query, {"id": id}, by=stage.person(caller))
    came = code_of(answer["errors"]) if "errors" in answer else "DONE"
    assert came == expected(GUARDED[type_name, field], caller)
    if came != "DONE":
        hidden = {field: None} if came == "FORBIDDEN" else None
        assert answer["data"] == {"node": hidden}


def test_every_kind_of_row_is_tried() -> None:
    assert NEEDED_TO_SEE.keys() | OF_PEOPLE.keys() == set(BY_ENTITY)


@pytest.mark.parametrize("caller", CALLERS, ids=named)
async def test_a_row_is_seen_by_whom_the_table_says(
    world: World, stage: Stage, shown: dict[str, str], caller: Caller
) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }"
    answer = await world.ask(query, {"ids": list(shown.values())}, by=stage.person(caller))
    if caller is Outsider.NOBODY:
        assert code_of(answer["errors"]) == "UNAUTHENTICATED"
        return
    granted = GRANTS[caller] if isinstance(caller, Role) else frozenset()
    assert answer["data"]["nodes"] == [
        {"__typename": entity} if NEEDED_TO_SEE[entity] in granted else None for entity in shown
    ]


@pytest.mark.parametrize("caller", CALLERS, ids=named)
async def test_a_delegation_is_seen_by_its_two_people_and_by_managers_of_approvals(
    world: World, stage: Stage, caller: Caller
) -> None:
    place = stage.place
    target = Target(stage, place[Role.APPROVER], place[Role.EDITOR])
    id = await target.delegation()
    query = "query ($id: ID!) { node(id: $id) { ... on Delegation { reason } } }"
    answer = await world.ask(query, {"id": id}, by=stage.person(caller))
    concerned = {Role.EDITOR, Role.APPROVER}
    managers = {role for role in Role if Permission.APPROVAL_MANAGE in GRANTS[role]}
    if caller in concerned | managers:
        assert answer["data"] == {"node": {"reason": "On leave"}}
    else:
        wanted = "UNAUTHENTICATED" if caller is Outsider.NOBODY else "NOT_FOUND"
        assert code_of(answer["errors"]) == wanted


def test_every_stream_is_tried() -> None:
    assert set(STREAMS) == set(assert_object_type(schema._schema.subscription_type).fields)


@pytest.mark.parametrize("caller", CALLERS, ids=named)
@pytest.mark.parametrize("name", STREAMS)
async def test_a_stream_opens_for_members_only(
    world: World, stage: Stage, name: str, caller: Caller
) -> None:
    subject = STREAMS[name]
    id = stage.place.id if subject == "organization" else (await stage.place.template())["id"]
    document = f"subscription ($id: ID!) {{ {name}({subject}: $id) {{ eventId }} }}"
    operation = world.engine.prepare(OperationRequest(document, None, {"id": id}))
    context = await world.context(stage.person(caller))
    if isinstance(caller, Role):
        stream = await world.engine.subscribe(operation, context, context.renewed)
        await stream.aclose()
        return
    with pytest.raises(Rejected) as rejected:
        await world.engine.subscribe(operation, context, context.renewed)
    wanted = "UNAUTHENTICATED" if caller is Outsider.NOBODY else "NOT_FOUND"
    assert code_of(rejected.value.errors) == wanted


async def test_a_platform_administrator_sees_people_but_no_organization(
    world: World, stage: Stage
) -> None:
    root = await world.person("Root")
    row = await rows.one(world, select(User).where(User.id == uuid_of(root.id)))
    await rows.change(world, row, platform_role=PlatformRole.ADMIN)
    editor = stage.place[Role.EDITOR]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    answer = await world.ask(query, {"ids": [editor.id, stage.place.id]}, by=root)
    assert answer["data"]["nodes"] == [{"id": editor.id}, None]


def test_the_table_names_every_permission_somewhere() -> None:
    assert {permission for granted in GRANTS.values() for permission in granted} == set(Permission)
