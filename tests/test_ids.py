"""Ids that clients send: malformed, of another kind, unknown and foreign, wherever one is taken."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from db.models import new_id, now
from domain.permissions import Role
from engine import ids
from engine.execution import OperationRequest, Rejected
from tests.callers import Stage
from tests.editorial import (
    ARCHIVE,
    CHANGE_ROLE,
    COMMENT,
    CREATE,
    DECIDE,
    DELETE_COMMENT,
    DUPLICATE,
    EDIT_COMMENT,
    REMOVE,
    REOPEN_COMMENT,
    RESOLVE_COMMENT,
    SETTINGS,
    SUBMIT,
    UPDATE,
    WITHDRAW,
    unchanged,
)
from tests.factors import a_session, a_token
from tests.member_targets import a_role, a_team, an_invitation
from tests.record import a_platform_admin
from tests.stages import FORCE, REASSIGN, TICK, decided
from tests.targets import Target, a_delivery
from tests.test_memberships import membership_of
from tests.test_snippets import CREATE_SNIPPET, DELETE_SNIPPET, UPDATE_SNIPPET
from tests.world import INVITE, Place, World, content, uuid_of

NO_TEMPLATE = ids.encode("Template", new_id())
NOBODY = ids.encode("User", new_id())
A_TEMPLATE = "a template of the place"
HERE = "the place itself"
A_STEP = "a step that waits in the place"
A_MEMBER = "a membership of the place"
A_TEAM = "a team of the place"
TIMES = {
    "from": (now() + timedelta(days=10)).isoformat(),
    "until": (now() + timedelta(days=11)).isoformat(),
    "reason": "x",
}


def plain(name: str) -> str:
    """The mutation, asked for its errors only."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    return f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ errors {{ message }} }} }}"


# Every id that a mutation takes: the mutation, the field, what else it needs, the kind of id.
TAKERS: dict[str, tuple[str, dict[str, Any], str]] = {
    "createTemplate.organization": (CREATE, {"name": "x", "content": content()}, "Organization"),
    "updateTemplate.template": (UPDATE, {"name": "x"}, "Template"),
    "archiveTemplate.template": (ARCHIVE, {}, "Template"),
    "duplicateTemplate.template": (DUPLICATE, {}, "Template"),
    "submitForApproval.template": (SUBMIT, {"steps": []}, "Template"),
    "decideStep.step": (DECIDE, {"verdict": "APPROVE"}, "ApprovalStep"),
    "withdrawApproval.approval": (WITHDRAW, {}, "ApprovalWorkflow"),
    "tickChecklistItem.item": (TICK, {}, "ChecklistItem"),
    "forceApproval.approval": (FORCE, {"reason": "x"}, "ApprovalWorkflow"),
    "reassignStep.step": (REASSIGN, {"to": NOBODY, "reason": "x"}, "ApprovalStep"),
    "addComment.template": (COMMENT, {"body": "x"}, "Template"),
    "editComment.comment": (EDIT_COMMENT, {"body": "x"}, "Comment"),
    "deleteComment.comment": (DELETE_COMMENT, {}, "Comment"),
    "createSnippet.organization": (
        CREATE_SNIPPET,
        {"name": "x", "body": "x"},
        "Organization",
    ),
    "updateSnippet.snippet": (UPDATE_SNIPPET, {"body": "x"}, "Snippet"),
    "deleteSnippet.snippet": (DELETE_SNIPPET, {}, "Snippet"),
    "addComment.step": (COMMENT, {"template": NO_TEMPLATE, "body": "x"}, "ApprovalStep"),
    "addComment.parent": (COMMENT, {"template": NO_TEMPLATE, "body": "x"}, "Comment"),
    "resolveComment.comment": (RESOLVE_COMMENT, {}, "Comment"),
    "reopenComment.comment": (REOPEN_COMMENT, {}, "Comment"),
    "updateOrganization.organization": (SETTINGS, {"name": "x"}, "Organization"),
    "inviteMember.organization": (
        INVITE,
        {"email": "new@example.com", "role": "VIEWER"},
        "Organization",
    ),
    "inviteMember.customRole": (
        INVITE,
        {"organization": HERE, "email": "new@example.com"},
        "CustomRole",
    ),
    "resendInvitation.invitation": (plain("resendInvitation"), {}, "Invitation"),
    "revokeInvitation.invitation": (plain("revokeInvitation"), {}, "Invitation"),
    "changeMemberRole.customRole": (CHANGE_ROLE, {"membership": A_MEMBER}, "CustomRole"),
    "leaveOrganization.organization": (plain("leaveOrganization"), {}, "Organization"),
    "createRole.organization": (
        plain("createRole"),
        {"name": "x", "permissions": ["ORGANIZATION_READ"]},
        "Organization",
    ),
    "updateRole.role": (plain("updateRole"), {"name": "x"}, "CustomRole"),
    "deleteRole.role": (plain("deleteRole"), {}, "CustomRole"),
    "createTeam.organization": (plain("createTeam"), {"name": "x"}, "Organization"),
    "updateTeam.team": (plain("updateTeam"), {"name": "x"}, "Team"),
    "deleteTeam.team": (plain("deleteTeam"), {}, "Team"),
    "addTeamMember.team": (plain("addTeamMember"), {"user": NOBODY}, "Team"),
    "removeTeamMember.team": (plain("removeTeamMember"), {"user": NOBODY}, "Team"),
    "removeTeamMember.user": (plain("removeTeamMember"), {"team": A_TEAM}, "User"),
    "changeMemberRole.membership": (CHANGE_ROLE, {"role": "VIEWER"}, "Membership"),
    "removeMember.membership": (REMOVE, {}, "Membership"),
    "submitForApproval.workflow": (SUBMIT, {"template": A_TEMPLATE}, "WorkflowTemplate"),
    "createWorkflow.organization": (
        plain("createWorkflow"),
        {"name": "x", "stages": [{"name": "x", "role": "APPROVER"}]},
        "Organization",
    ),
    "updateWorkflow.workflow": (plain("updateWorkflow"), {"name": "x"}, "WorkflowTemplate"),
    "archiveWorkflow.workflow": (plain("archiveWorkflow"), {}, "WorkflowTemplate"),
    "createDelegation.organization": (
        plain("createDelegation"),
        {"to": NOBODY, **TIMES},
        "Organization",
    ),
    "endDelegation.delegation": (plain("endDelegation"), {}, "Delegation"),
    "createWebhook.organization": (
        plain("createWebhook"),
        {"url": "https://example.com"},
        "Organization",
    ),
    "updateWebhook.webhook": (plain("updateWebhook"), {"description": "x"}, "Webhook"),
    "deleteWebhook.webhook": (plain("deleteWebhook"), {}, "Webhook"),
    "rotateWebhookSecret.webhook": (plain("rotateWebhookSecret"), {}, "Webhook"),
    "pingWebhook.webhook": (plain("pingWebhook"), {}, "Webhook"),
    "redeliverWebhook.delivery": (plain("redeliverWebhook"), {}, "WebhookDelivery"),
    "revokeSession.session": (plain("revokeSession"), {}, "Session"),
    "createAccessToken.organization": (
        plain("createAccessToken"),
        {"name": "x", "scopes": ["TEMPLATE_READ"]},
        "Organization",
    ),
    "revokeAccessToken.accessToken": (plain("revokeAccessToken"), {}, "AccessToken"),
}
# Who is named without being a member who may decide is told so, whoever they are.
PEOPLE: dict[str, tuple[str, dict[str, Any], str]] = {
    "reassignStep.to": (REASSIGN, {"step": A_STEP, "reason": "x"}, "User"),
    "addTeamMember.user": (plain("addTeamMember"), {"team": A_TEAM}, "User"),
    "createDelegation.to": (plain("createDelegation"), {"organization": HERE, **TIMES}, "User"),
    "createDelegation.approver": (
        plain("createDelegation"),
        {"organization": HERE, "to": NOBODY, **TIMES},
        "User",
    ),
}
TAKERS |= PEOPLE
# Nobody is foreign to administrators of the platform.
ACCOUNTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "updateUser.user": (plain("updateUser"), {"lastName": "x"}, "User"),
    "endSessions.user": (plain("endSessions"), {}, "User"),
    "suspendUser.user": (plain("suspendUser"), {"reason": "x"}, "User"),
    "reinstateUser.user": (plain("reinstateUser"), {}, "User"),
    "deleteUser.user": (plain("deleteUser"), {}, "User"),
    "setPlatformRole.user": (plain("setPlatformRole"), {"role": "MODERATOR"}, "User"),
    "impersonate.user": (plain("impersonate"), {"reason": "x"}, "User"),
}
TAKERS |= ACCOUNTS
STREAMS = {
    "templateChanged": ("template", "Template"),
    "commentAdded": ("template", "Template"),
    "approvalChanged": ("organization", "Organization"),
    "notificationReceived": ("organization", "Organization"),
}
MALFORMED = [
    "",
    "x",
    "1",
    "=" * 8,
    "AAAA",
    "é",
    "🌿",
    "\0",
    "550e8400-e29b-41d4-a716-446655440000",
    "VGVtcGxhdGU6MQ==",
    urlsafe_b64encode(b"\xff" * 30).decode(),
    urlsafe_b64encode(bytes(16) + b"<script>").decode(),
    urlsafe_b64encode(bytes(16)).decode().rstrip("="),
    "A" * 100_000,
]
ERROR_KINDS = "errors { __typename code message path }"


MEANT: dict[tuple[str, str], str] = {}
"""The ids of what is said of a place in words."""


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    place = await world.organization(Role.EDITOR, Role.APPROVER)
    template = await place.template(place[Role.EDITOR])
    other = await place.template(place[Role.EDITOR])
    approval = await place.submitted(other, place[Role.EDITOR], place[Role.APPROVER])
    MEANT[place.id, HERE] = place.id
    MEANT[place.id, A_TEMPLATE] = template["id"]
    MEANT[place.id, A_STEP] = approval["steps"][0]["id"]
    MEANT[place.id, A_MEMBER] = await membership_of(place, place[Role.EDITOR])
    target = Target(Stage(place, place, place[Role.ADMIN]), None, None)
    MEANT[place.id, A_TEAM] = await a_team(target)
    return place


def touched(id: str) -> list[str]:
    """The id with something about it that a lenient decoder would overlook."""
    return [id + "=", id + "!", f" {id}", id + "\n", id[:5] + "\n" + id[5:], id[:-1], id + "AAAA"]


async def told(world: World, taker: str, id: str, place: Place) -> dict[str, Any]:
    """The one error for the id: its type, its path and its message."""
    query, rest, _ = TAKERS[taker]
    field = taker.split(".")[1]
    wanted = query.replace("errors { message }", ERROR_KINDS)
    given = {name: MEANT.get((place.id, str(each)), each) for name, each in rest.items()}
    by = await a_platform_admin(world) if taker in ACCOUNTS else place[Role.ADMIN]
    payload = await world.do(wanted, by, **{field: id}, **given)
    [error] = [each for each in payload["errors"] if each["path"][:1] == [field]]
    assert error["path"] == [field]
    assert len(error["message"]) < 300
    return dict(error)


@pytest.mark.parametrize("taker", TAKERS)
async def test_a_malformed_id_is_told_at_its_place(world: World, place: Place, taker: str) -> None:
    right = ids.encode(TAKERS[taker][2], new_id())
    async with unchanged(place):
        for id in [*MALFORMED, *touched(right)]:
            error = await told(world, taker, id, place)
            assert error["__typename"] == "ValidationError", id
            assert error["message"].startswith("This is not an id of this server")


@pytest.mark.parametrize("taker", TAKERS)
async def test_an_id_of_another_kind_is_told_at_its_place(
    world: World, place: Place, taker: str
) -> None:
    kind = TAKERS[taker][2]
    async with unchanged(place):
        for other in {"User", "TemplateVersion", "Invitation"} - {kind}:
            error = await told(world, taker, ids.encode(other, new_id()), place)
            assert error["__typename"] == "ValidationError"
            assert error["message"] == f"This id is of the type {other}; give one of {kind}."


@pytest.mark.parametrize("taker", TAKERS)
async def test_an_unknown_id_and_a_foreign_one_are_not_found_alike(
    world: World, place: Place, foreign: dict[str, str], taker: str
) -> None:
    kind = TAKERS[taker][2]
    async with unchanged(place):
        unknown = await told(world, taker, ids.encode(kind, new_id()), place)
        named = "ValidationError" if taker in PEOPLE else "NotFoundError"
        assert unknown["__typename"] == named
        if taker not in ACCOUNTS:
            assert await told(world, taker, foreign[kind], place) == unknown


@pytest.fixture(scope="module")
async def foreign(world: World) -> dict[str, str]:
    """An id of every kind in an organisation of somebody else's."""
    other = await world.organization(Role.EDITOR, Role.APPROVER)
    template = await other.template(other[Role.EDITOR])
    approval = await other.submitted(template, other[Role.EDITOR], other[Role.APPROVER])
    comment = await world.done(
        COMMENT, other[Role.EDITOR], template=template["id"], body="Nobody else's."
    )
    approver, items = other[Role.APPROVER], ["Nobody else's."]
    refused = await decided(other, approval, approver, "REQUEST_CHANGES", checklist=items)
    given = {"organization": other.id, "name": "footer", "body": "Nobody else's."}
    snippet = await world.done(CREATE_SNIPPET, other[Role.EDITOR], **given)
    query = "query ($s: String!) { organization(slug: $s) { members { nodes { id } } } }"
    asked = await world.ask(query, {"s": other.slug}, by=other[Role.ADMIN])
    target = Target(Stage(other, other, other[Role.ADMIN]), None, None)
    webhook = await target.webhook()
    return {
        "User": other[Role.ADMIN].id,
        "WorkflowTemplate": await target.workflow(),
        "Delegation": await target.delegation(),
        "Webhook": webhook,
        "WebhookDelivery": await a_delivery(world, other, webhook),
        "Session": ids.encode("Session", await a_session(world, other[Role.ADMIN])),
        "AccessToken": ids.encode("AccessToken", (await a_token(world, other[Role.ADMIN]))[0]),
        "Organization": other.id,
        "CustomRole": await a_role(target),
        "Team": await a_team(target),
        "Invitation": await an_invitation(target),
        "Template": template["id"],
        "TemplateVersion": template["currentVersion"]["id"],
        "ApprovalWorkflow": approval["id"],
        "ApprovalStep": approval["steps"][0]["id"],
        "Comment": comment["comment"]["id"],
        "ChecklistItem": refused["checklist"][0]["id"],
        "Snippet": snippet["snippet"]["id"],
        "Membership": asked["data"]["organization"]["members"]["nodes"][0]["id"],
    }


@pytest.mark.parametrize("id", [*MALFORMED, ids.encode("Template", UUID(int=1))])
async def test_an_approver_s_id_is_told_at_its_step(world: World, place: Place, id: str) -> None:
    template = await place.template(place[Role.EDITOR])
    steps = [{"approver": place[Role.APPROVER].id}, {"approver": id}]
    async with unchanged(place):
        payload = await world.do(SUBMIT, place[Role.EDITOR], template=template["id"], steps=steps)
    [error] = payload["errors"]
    assert (error["__typename"], error["path"]) == ("ValidationError", ["steps", "1", "approver"])


async def test_every_id_of_the_schema_s_mutations_is_tried_here(world: World) -> None:
    query = """
    { __schema { mutationType { fields { name args { type { ofType {
      inputFields { name type { name ofType { name } } }
    } } } } } } }
    """
    fields = (await world.ask(query))["data"]["__schema"]["mutationType"]["fields"]
    takers = {
        f"{field['name']}.{given['name']}"
        for field in fields
        for argument in field["args"]
        for given in argument["type"]["ofType"]["inputFields"]
        if "ID" in (given["type"]["name"], (given["type"]["ofType"] or {}).get("name"))
    }
    assert takers == set(TAKERS)


# Queries

NODE = "query ($id: ID!) { node(id: $id) { id __typename } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename } }"


async def code_of(world: World, query: str, by: Any, **variables: Any) -> tuple[str, str]:
    answer = await world.ask(query, variables, by=by)
    [error] = answer["errors"]
    return error["extensions"]["code"], error["message"]


async def test_a_node_s_malformed_id_is_bad_input(world: World, place: Place) -> None:
    admin = place[Role.ADMIN]
    for id in [*MALFORMED, *touched(place.id)]:
        code, message = await code_of(world, NODE, admin, id=id)
        assert code == "BAD_USER_INPUT", id
        assert message.startswith("id: This is not an id of this server")
        code, message = await code_of(world, NODES, admin, ids=[place.id, id])
        assert code == "BAD_USER_INPUT"
        assert message.startswith("ids.1: This is not an id of this server")


async def test_what_may_not_be_seen_is_as_if_it_were_not(
    world: World, place: Place, foreign: dict[str, str]
) -> None:
    admin = place[Role.ADMIN]
    for kind, id in foreign.items():
        unknown = await code_of(world, NODE, admin, id=ids.encode(kind, new_id()))
        assert unknown[0] == "NOT_FOUND"
        assert await code_of(world, NODE, admin, id=id) == unknown
    given = [place.id, *foreign.values(), place.id]
    answer = await world.ask(NODES, {"ids": given}, by=admin)
    own, *others, again = answer["data"]["nodes"]
    assert own == again == {"id": place.id, "__typename": "Organization"}
    assert others == [None] * len(foreign)


async def test_there_is_no_asking_for_nodes_without_bounds(world: World, place: Place) -> None:
    admin = place[Role.ADMIN]
    assert (await world.ask(NODES, {"ids": []}, by=admin))["data"] == {"nodes": []}
    answer = await world.ask(NODES, {"ids": [place.id] * 100}, by=admin)
    assert len(answer["data"]["nodes"]) == 100
    code, _ = await code_of(world, NODES, admin, ids=[place.id] * 101)
    assert code in {"BAD_USER_INPUT", "QUERY_TOO_COMPLEX"}


@pytest.mark.parametrize("name", STREAMS)
async def test_a_subscription_s_id_is_checked_before_it_starts(
    world: World, place: Place, foreign: dict[str, str], name: str
) -> None:
    argument, kind = STREAMS[name]
    query = f"subscription ($id: ID!) {{ {name}({argument}: $id) {{ eventId }} }}"
    wrong = dict.fromkeys([*MALFORMED, place[Role.ADMIN].id], "BAD_USER_INPUT")
    wrong |= {foreign[kind]: "NOT_FOUND", ids.encode(kind, new_id()): "NOT_FOUND"}
    for id, code in wrong.items():
        context = await world.context(place[Role.ADMIN])
        operation = world.engine.prepare(OperationRequest(query, None, {"id": id}))
        with pytest.raises(Rejected) as caught:
            await world.engine.subscribe(operation, context, context.renewed)
        assert caught.value.errors[0]["extensions"]["code"] == code


def test_an_id_survives_the_journey() -> None:
    for kind in ("User", "ApprovalWorkflow"):
        id = new_id()
        assert ids.decode(ids.encode(kind, id)) == (kind, id)
    assert uuid_of(ids.encode("User", UUID(int=0))) == UUID(int=0)
