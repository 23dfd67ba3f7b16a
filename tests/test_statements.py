"""What reading costs: the exact SQL statements of every list and relation, however many parents."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLObjectType, get_named_type
from sqlalchemy import select

from db.models import Comment, now
from domain.content import TextPart
from domain.permissions import Role
from engine import ids
from schema import schema
from tests.editorial import COMMENT, DECIDE, UPDATE, membership, node
from tests.factors import a_session, a_token
from tests.grouping import grouped
from tests.messages import told
from tests.record import log
from tests.rows import change, one
from tests.stages import complete
from tests.targets import (
    CREATE_DELEGATION,
    CREATE_SNIPPET,
    CREATE_WEBHOOK,
    CREATE_WORKFLOW,
    a_delivery,
)
from tests.world import INVITE, Place, World, content, uuid_of

PARENTS = 10
FEW = 4  # of each kind, where there is one of every kind
MOMENTS = {"AuditEntry": "occurredAt"}  # createdAt of all others
CALLER = 1  # statement that says who asks, for nobody is remembered when counting begins


@dataclass(frozen=True)
class Press:
    """An organisation with ten of everything that can have relations, by the name of the type."""

    place: Place
    ids: dict[str, list[str]]

    async def cost(self, kind: str, selection: str, parents: int, **given: Any) -> int:
        """How many statements it takes to answer the selection of that many things of a kind."""
        moment = MOMENTS.get(kind, "createdAt")
        query = f"""
        query ($ids: [ID!]!, $after: String) {{
          nodes(ids: $ids) {{ __typename ... on {kind} {{ {moment} {selection} }} }}
        }}
        """
        query = query if "after" in given else query.replace(", $after: String", "")
        world = self.place.world
        with world.statements() as statements:
            answer = await world.ask(
                query, {"ids": self.ids[kind][:parents], **given}, by=self.place[Role.ADMIN]
            )
        assert "errors" not in answer, answer
        found = answer["data"]["nodes"]
        assert [each["__typename"] for each in found] == [kind] * parents
        return len(statements)


@pytest.fixture(scope="module")
async def press(world: World) -> Press:
    place = await world.organization(Role.EDITOR, Role.MANAGER, Role.APPROVER)
    ids: dict[str, list[str]] = {"Organization": [place.id], "User": [place[Role.ADMIN].id]}
    for n in range(PARENTS):
        things = {**await _written(place, n), **await _planned(place, n), **await _told(place)}
        for kind, id in things.items():
            ids.setdefault(kind, []).append(id)
        person = await place.join(Role.VIEWER, f"Reader{n}")
        ids.setdefault("User", []).append(person.id)
        ids.setdefault("Membership", []).append(await membership(place, person))
        admin = place[Role.ADMIN]
        notification = await told(place, admin, actor_id=uuid_of(person.id))
        ids.setdefault("Notification", []).append(notification)
        invited = await world.done(
            INVITE,
            place[Role.ADMIN],
            organization=place.id,
            email=f"guest{n}@example.com",
            role="VIEWER",
        )
        ids.setdefault("Invitation", []).append(invited["invitation"]["id"])
        for kind, id in (await grouped(place, f"Group {n}", person)).items():
            ids.setdefault(kind, []).append(id)
    await world.settled()
    entries = (await log(place, first=PARENTS))["nodes"]
    ids["AuditEntry"] = [entry["id"] for entry in entries]
    return Press(place, ids)


async def _written(place: Place, n: int) -> dict[str, str]:
    """A template with two versions, two approvals and two comments; the ids of what it has."""
    world, editor, approver = place.world, place[Role.EDITOR], place[Role.APPROVER]
    template = await place.template(editor, name=f"Letter {n}")
    first = await place.submitted(template, editor, approver, place[Role.MANAGER])
    step = first["steps"][0]["id"]
    asked = {"comment": "Too long.", "checklist": ["Shorten it."]}
    await world.done(DECIDE, approver, step=step, verdict="REQUEST_CHANGES", **asked)
    changed = await world.done(
        UPDATE, editor, template=template["id"], content=content(f"<p>Edition {n}</p>")
    )
    second = await place.submitted(template, editor, approver, place[Role.MANAGER])
    parts = await complete(place, first["id"], second["id"])
    for body in ("Shorter, please.", "Better."):
        said = await world.done(COMMENT, approver, template=template["id"], body=body)
    version = changed["template"]["currentVersion"]["id"]
    await _discussed(place, template["id"], version, said["comment"]["id"])
    return {
        "Template": template["id"],
        "Snippet": await _a_snippet(place, f"s{n}"),
        "TemplateVersion": version,
        "ApprovalWorkflow": second["id"],
        "ApprovalStep": second["steps"][0]["id"],
        "Comment": said["comment"]["id"],
        **parts,
    }


async def _a_snippet(place: Place, name: str) -> str:
    given = {"organization": place.id, "name": name, "body": "Yours"}
    made = await place.world.done(CREATE_SNIPPET, place[Role.EDITOR], **given)
    return str(made["snippet"]["id"])


async def _discussed(place: Place, template: str, version: str, comment: str) -> None:
    """Let the comment have all that one can have, though no single one has all of it."""
    world, approver = place.world, place[Role.APPROVER]
    steps = await node(world, template, "approval { steps { id } }", approver)
    given = {"template": template, "body": "Indeed."}
    answers = [await world.done(COMMENT, approver, **given) for _ in range(3)]
    first, *others = [uuid_of(each["comment"]["id"]) for each in answers]
    of_comment = {
        "parent_id": first,
        "step_id": uuid_of(steps["approval"]["steps"][0]["id"]),
        "resolver_id": uuid_of(approver.id),
        "anchored_version_id": uuid_of(version),
        "part": TextPart.BODY,
        "line": 1,
        "end_line": 1,
        "quote": "Edition",
    }
    changes: list[tuple[UUID, dict[str, Any]]] = [
        (uuid_of(comment), of_comment),
        *((other, {"parent_id": uuid_of(comment)}) for other in others),
    ]
    for id, values in changes:
        await change(world, await one(world, select(Comment).where(Comment.id == id)), **values)


async def _planned(place: Place, n: int) -> dict[str, str]:
    """What concerns the one who asks: a workflow, a step that waits, and two delegations."""
    world, admin, manager = place.world, place[Role.ADMIN], place[Role.MANAGER]
    stages = [{"name": "Legal", "approvers": [admin.id], "escalateTo": manager.id, "dueInHours": 8}]
    given = {"organization": place.id, "name": f"Letters {n}", "stages": stages}
    workflow = await world.done(CREATE_WORKFLOW, admin, **given)
    await place.submitted(await place.template(place[Role.EDITOR]), place[Role.EDITOR], admin)
    for day, approver, to in ((n + 1, admin, manager), (n + 100, manager, admin)):
        begins = now() + timedelta(days=day)
        times = {"from": begins.isoformat(), "until": (begins + timedelta(hours=8)).isoformat()}
        away = {"organization": place.id, "approver": approver.id, "to": to.id, **times}
        delegation = await world.done(CREATE_DELEGATION, admin, reason="On leave", **away)
    return {
        "WorkflowTemplate": workflow["workflow"]["id"],
        "Delegation": delegation["delegation"]["id"],
    }


async def _told(place: Place) -> dict[str, str]:
    """An endpoint with two deliveries."""
    given = {"organization": place.id, "url": "https://hooks.example.com/a"}
    webhook = await place.world.done(CREATE_WEBHOOK, place[Role.ADMIN], **given)
    id = webhook["webhook"]["id"]
    for _ in range(2):
        delivery = await a_delivery(place.world, place, id)
    return {"Webhook": id, "WebhookDelivery": delivery, **await _opened(place)}


async def _opened(place: Place) -> dict[str, str]:
    """A session in which a manager acts for the one who asks, and a token of theirs."""
    world, admin = place.world, place[Role.ADMIN]
    session = await a_session(world, admin, impersonator_id=uuid_of(place[Role.MANAGER].id))
    token, _ = await a_token(world, admin, organization_id=uuid_of(place.id))
    return {
        "Session": ids.encode("Session", session),
        "AccessToken": ids.encode("AccessToken", token),
    }


# A relation or list, and the statements that it adds to finding its parents.
RELATIONS = {
    "Organization.members": 1,
    "Organization.invitations": 1,
    "Organization.roles": 1,
    "Organization.teams": 1,
    "Organization.templates": 1,
    "Organization.snippets": 1,
    "Organization.approvals": 1,
    "Organization.auditLog": 1,
    "AuditEntry.actor": 1,
    "AuditEntry.organization": 1,
    "AuditEntry.impersonatedBy": 0,  # nobody did; see tests/test_impersonation.py
    "ApprovalWorkflow.history": 1,
    "Template.approvalHistory": 1,
    "Organization.workflows": 1,
    "Organization.delegations": 1,
    "Organization.webhooks": 1,
    "Organization.accessTokens": 1,
    "User.accessTokens": 1,
    "User.sessions": 1,
    "AccessToken.owner": 1,
    "AccessToken.organization": 1,
    "Session.impersonator": 1,
    "Webhook.creator": 1,
    "Webhook.organization": 1,
    "Webhook.deliveries": 1,
    "WebhookDelivery.webhook": 1,
    "Membership.user": 1,
    "Membership.organization": 1,
    "Invitation.inviter": 1,
    "Invitation.organization": 1,
    "CustomRole.members": 1,
    "CustomRole.organization": 1,
    "Team.members": 1,
    "Team.organization": 1,
    "User.impersonatedBy": 0,  # nobody does
    "User.memberships": 1,
    "User.teams": 1,
    "User.notifications": 1,
    "User.myApprovals": 1,
    "User.delegations": 1,
    "User.standingIn": 1,
    "Notification.actor": 1,
    "Notification.organization": 1,
    "Template.author": 1,
    "Template.organization": 1,
    "Template.currentVersion": 1,
    "Template.versions": 1,
    "Template.approval": 1,
    "Template.approvals": 1,
    "Template.comments": 1,
    "TemplateVersion.author": 1,
    "TemplateVersion.template": 1,
    "ApprovalWorkflow.stages": 1,
    "ApprovalWorkflow.currentStage": 1,
    "ApprovalWorkflow.checklist": 1,
    "ApprovalWorkflow.forcedBy": 1,
    "ApprovalWorkflow.previous": 1,
    "ApprovalWorkflow.steps": 1,
    "ApprovalWorkflow.currentStep": 1,
    "ApprovalWorkflow.submitter": 1,
    "ApprovalWorkflow.template": 1,
    "ApprovalWorkflow.templateVersion": 1,
    "ApprovalStep.approver": 1,
    "ApprovalStep.approval": 1,
    "ApprovalStep.stage": 1,
    "ApprovalStep.delegatedFrom": 1,
    "ApprovalStage.steps": 1,
    "ApprovalStage.approval": 1,
    "ApprovalStage.escalateTo": 1,
    "ChecklistItem.step": 1,
    "ChecklistItem.doneBy": 1,
    "WorkflowTemplate.creator": 1,
    "WorkflowTemplate.organization": 1,
    "Delegation.approver": 1,
    "Delegation.to": 1,
    "Delegation.creator": 1,
    "Delegation.organization": 1,
    "TemplateVersion.comments": 1,
    "ApprovalStep.comments": 1,
    "Snippet.author": 1,
    "Snippet.organization": 1,
    "Comment.author": 1,
    "Comment.resolver": 1,
    "Comment.step": 1,
    "Comment.parent": 1,
    "Comment.replies": 1,
    "Comment.template": 1,
}
HISTORIES = {"history", "approvalHistory"}  # what they list are no nodes
LISTS = sorted(
    name
    for name in RELATIONS
    if name.split(".")[1]
    in {
        *("members", "invitations", "templates", "approvals", "memberships", "versions"),
        "notifications",
        "roles",
        "teams",
        *(
            "replies",
            "snippets",
            "auditLog",
            "history",
            "approvalHistory",
            "comments",
            "workflows",
            "delegations",
            "myApprovals",
            "standingIn",
            "webhooks",
            "deliveries",
            "accessTokens",
            "sessions",
        ),
    }
)
# For the one parent who asks.
OWN = {"User.notifications", "User.accessTokens", "User.sessions", "User.impersonatedBy"}
NODES = CALLER + 1  # and the nodes themselves, all of one kind


def selection_of(name: str, inner: str = "nodes { id }") -> tuple[str, str]:
    """The type that has the relation, and what to select of it."""
    kind, field = name.split(".")
    if field in HISTORIES:
        inner = inner.replace("nodes { id }", "nodes { eventId }")
    return kind, f"{field} {{ {inner if name in LISTS else 'id createdAt'} }}"


def parents_of(name: str) -> list[int]:
    return [1] if name.startswith("Organization.") or name in OWN else [1, PARENTS]


def test_every_relation_and_list_of_the_schema_is_pinned_here() -> None:
    found = set()
    core = schema._schema
    node_type = core.type_map["Node"]
    for name, kind in core.type_map.items():
        if isinstance(kind, GraphQLObjectType) and node_type in kind.interfaces:
            for field, declared in kind.fields.items():
                target = get_named_type(declared.type)
                leads_on = isinstance(target, GraphQLObjectType) and (
                    node_type in target.interfaces or target.name.endswith("Connection")
                )
                if leads_on:
                    found.add(f"{name}.{field}")
    assert found == set(RELATIONS)


@pytest.mark.parametrize("name", RELATIONS)
async def test_a_relation_costs_its_statement_however_many_parents_there_are(
    press: Press, name: str
) -> None:
    kind, selection = selection_of(name)
    for parents in parents_of(name):
        assert await press.cost(kind, "id", parents) == NODES
        assert await press.cost(kind, selection, parents) == NODES + RELATIONS[name]


async def test_ones_own_organisation_is_read_only_for_what_its_member_does_not_know(
    press: Press,
) -> None:
    place, world = press.place, press.place.world
    members = "members { nodes { organization { slug } } }"
    by_slug, by_id = "organization(slug: $name)", "node(id: $name)"
    for selection, name, cost in (
        (f"{by_slug} {{ id slug templates {{ totalCount }} }}", place.slug, 1),
        (f"{by_slug} {{ name templates {{ totalCount }} }}", place.slug, 2),
        (f"{by_slug} {{ id }}", place.slug, 0),
        (f"{by_id} {{ ... on Organization {{ slug {members} }} }}", place.id, 1),
    ):
        kind = "String!" if name == place.slug else "ID!"
        query = f"query ($name: {kind}) {{ {selection} }}"
        with world.statements() as statements:
            answer = await world.ask(query, {"name": name}, by=place[Role.EDITOR])
        assert "errors" not in answer, answer
        assert len(statements) == CALLER + cost, selection


@pytest.mark.parametrize("name", LISTS)
async def test_a_page_and_its_count_cost_a_statement_each_and_only_where_they_are_asked_for(
    press: Press, name: str
) -> None:
    whole = "nodes { id } edges { cursor } pageInfo { hasNextPage startCursor endCursor }"
    for inner, cost in ((whole, 1), ("totalCount", 1), (f"totalCount {whole}", 2)):
        kind, selection = selection_of(name, inner)
        for parents in parents_of(name):
            assert await press.cost(kind, selection, parents) == NODES + cost, inner


@pytest.mark.parametrize("name", LISTS)
async def test_looking_back_costs_one_statement_and_only_behind_a_cursor(
    press: Press, name: str
) -> None:
    kind, field = name.split(".")
    both = "pageInfo { hasPreviousPage hasNextPage endCursor }"
    assert await press.cost(kind, f"{field}(first: 1) {{ {both} }}", 1) == NODES + 1
    page = await node(
        press.place.world,
        press.ids[kind][0],
        f"{field}(first: 1) {{ {both} }}",
        press.place[Role.ADMIN],
    )
    cursor = page[field]["pageInfo"]["endCursor"]
    for inner, cost in (("pageInfo { hasNextPage }", 1), (both, 2)):
        selection = f"{field}(first: 1, after: $after) {{ {inner} }}"
        for parents in parents_of(name):
            found = await press.cost(kind, selection, parents, after=cursor)
            assert found == NODES + cost, inner


@pytest.mark.parametrize("parents", [1, PARENTS])
async def test_a_page_of_everything_costs_a_statement_a_relation_at_most(
    press: Press, parents: int
) -> None:
    """Fewer where people were read already: that depends on who comes first."""
    selection = """
    name author { name { full } } organization { slug } currentVersion { subject author { id } }
    versions(first: 2) { nodes { number author { id } } }
    approval { submitter { id } steps { approver { id } status } currentStep { id } }
    approvals(first: 2) { nodes { contentHash templateVersion { number } } }
    comments(first: 2) { totalCount nodes { body author { email } } }
    """
    assert await press.cost("Template", selection, parents) <= NODES + 16


@pytest.mark.parametrize("first", [1, PARENTS])
async def test_lists_within_lists_cost_a_statement_each_at_any_size(
    press: Press, first: int
) -> None:
    query = """
    query ($slug: String!, $first: Int) {
      organization(slug: $slug) {
        templates(first: $first) {
          totalCount
          nodes {
            author { id } comments(first: 2) { nodes { author { id } } }
            approvals(first: 2) { nodes { steps { approver { id } } } }
          }
        }
        members(first: $first) { nodes { user { memberships(first: 3) { nodes { id } } } } }
      }
    }
    """
    world = press.place.world
    with world.statements() as statements:
        answer = await world.ask(
            query, {"slug": press.place.slug, "first": first}, by=press.place[Role.ADMIN]
        )
    assert "errors" not in answer
    assert len(statements) <= CALLER + 12


async def test_nodes_of_several_kinds_cost_a_statement_a_kind(press: Press) -> None:
    kinds = sorted(set(press.ids) - {"Organization"})
    ids = [id for kind in kinds for id in press.ids[kind][:FEW]]
    world = press.place.world
    with world.statements() as statements:
        answer = await world.ask(
            "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            {"ids": ids},
            by=press.place[Role.ADMIN],
        )
    assert [each["id"] for each in answer["data"]["nodes"]] == ids
    assert len(statements) == CALLER + len(kinds)


async def test_a_statement_s_text_is_the_same_however_many_keys_and_values_it_has(
    press: Press,
) -> None:
    """So that it is prepared once."""
    query = """
    query ($slug: String!, $filter: TemplateFilter) {
      organization(slug: $slug) { templates(filter: $filter) { nodes { author { id } } } }
    }
    """
    world, texts = press.place.world, []
    for status, tags in ((["DRAFT"], ["a"]), (["DRAFT", "IN_REVIEW", "APPROVED"], ["a", "b"])):
        filter = {"status": {"in": status}, "tags": {"hasAny": tags}}
        with world.statements() as statements:
            await world.ask(
                query, {"slug": press.place.slug, "filter": filter}, by=press.place[Role.ADMIN]
            )
        texts.append([re.sub(r"\s+", " ", sent) for sent in statements.sent])
    assert texts[0] == texts[1]
