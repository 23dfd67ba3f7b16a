"""What somebody may do to a thing, as clients ask for it and as administrators are told of it."""

from dataclasses import replace
from typing import Any

import pytest

from domain.actions import Action
from domain.ownership import PERSON
from domain.permissions import Role
from engine import ids
from server.permission_matrix import (
    CUSTOM,
    FORMER,
    IMPERSONATED,
    KINDS,
    MUTATIONS,
    PLATFORM,
    ROLES,
    STRANGER,
    SUSPENDED,
    TOKEN,
    Kind,
    Outcome,
    action_of,
    of_mutation,
    of_others,
)
from tests.callers import Stage, a_full_stage
from tests.member_targets import a_role, a_team, an_invitation
from tests.targets import INPUTS, Target
from tests.world import World

CAN = "query ($id: ID!, $action: Action!) { node(id: $id) { viewerCan(action: $action) %s } }"
PERMIT = "{ allowed reason }"
EXPLAIN = """
query ($user: ID!, $action: Action!, $node: ID!) {
  explainAccess(user: $user, action: $action, node: $node) {
    allowed reason rule level permission role platformRole membership { user { id } }
  }
}
"""


@pytest.fixture(scope="module")
async def stage(world: World) -> Stage:
    return await a_full_stage(world)


@pytest.fixture(scope="module")
async def things(stage: Stage) -> dict[str, str]:
    """Things of somebody else's than all who ask, by type."""
    target = Target(stage, None, stage.former)
    of_member = replace(target, owner=await stage.place.join(Role.VIEWER, "Robot"))
    approval = await target.approval()
    return {
        "User": stage.place[Role.VIEWER].id,
        "Organization": stage.place.id,
        "Membership": await target.member(),
        "Invitation": await an_invitation(target),
        "CustomRole": await a_role(target),
        "Team": await a_team(target),
        "AccessToken": (await INPUTS["revokeAccessToken"](of_member))["accessToken"],
        "Template": (await target.template())["id"],
        "Snippet": await target.snippet(),
        "Comment": (await INPUTS["resolveComment"](target))["comment"],
        "ApprovalWorkflow": approval["id"],
        "ApprovalStep": approval["steps"][0]["id"],
        "ChecklistItem": await target.checklist_item(),
        "WorkflowTemplate": await target.workflow(),
    }


async def can(stage: Stage, kind: Kind, action: Action, id: str) -> dict[str, Any]:
    answer = await stage.ask(kind, CAN % PERMIT, {"id": id, "action": action.name})
    assert "errors" not in answer, answer
    return dict(answer["data"]["node"]["viewerCan"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_viewer_can_says_of_everything_seen_what_comes_of_doing_it(
    stage: Stage, things: dict[str, str], kind: Kind
) -> None:
    """Of things that are somebody else's, but for the account of who is VIEWER; asked in one
    document, by both executors.
    """
    others = set(of_others())
    for entity, id in things.items():
        actions = {
            each.name: name
            for name in MUTATIONS
            if (each := action_of(name)) and each.rule.entity == entity
        }
        fields = " ".join(f"{a}: viewerCan(action: {a}) {PERMIT}" for a in actions)
        query = f"query ($id: ID!) {{ node(id: $id) {{ {fields} }} }}"
        answer = await stage.ask(kind, query, {"id": id})
        seen = (answer["data"] or {}).get("node")
        for action, name in actions.items():
            wanted = of_mutation(name, kind, others=name in others - {"createDelegation"})
            allowed = seen is not None and seen[action]["allowed"]
            is_own = Action[action].rule.own is not PERSON or kind is ROLES[Role.VIEWER]
            assert allowed is (wanted is Outcome.DONE and is_own), (action, wanted, seen)


@pytest.mark.parametrize("kind", [TOKEN, IMPERSONATED, CUSTOM], ids=lambda kind: kind.name)
async def test_what_people_do_to_themselves_they_do_in_person(stage: Stage, kind: Kind) -> None:
    own = [action.name for action in Action if action.rule.own is PERSON]
    query = f"{{ viewer {{ {' '.join(f'{a}: viewerCan(action: {a}) {PERMIT}' for a in own)} }} }}"
    told = (await stage.ask(kind, query, {}))["data"]["viewer"]
    assert {each["allowed"] for each in told.values()} == {kind.is_in_person}
    assert {each["reason"] for each in told.values()} == {
        TOKEN: {"An access token may not do this: it needs a session."},
        IMPERSONATED: {"Who impersonates somebody may not do this: only they themselves."},
        CUSTOM: {"It is yours."},
    }[kind]


async def test_a_reason_is_a_sentence_for_people(stage: Stage, things: dict[str, str]) -> None:
    template, comment = things["Template"], things["Comment"]
    editor = ROLES[Role.EDITOR]
    asked = (
        (editor, Action.ARCHIVE_TEMPLATE, template),
        (TOKEN, Action.UPDATE_TEMPLATE, template),
        (CUSTOM, Action.ARCHIVE_TEMPLATE, template),
        (editor, Action.EDIT_COMMENT, comment),
        (editor, Action.UPDATE_TEMPLATE, comment),
    )
    told = [await can(stage, *each) for each in asked]
    assert [(each["allowed"], each["reason"]) for each in told] == [
        (False, "Your role EDITOR does not have the permission TEMPLATE_ARCHIVE."),
        (False, "Your access token's scopes do not include TEMPLATE_WRITE."),
        (True, "Your role Archivist has the permission TEMPLATE_ARCHIVE."),
        (False, "Only its author may edit a comment."),
        (False, "UPDATE_TEMPLATE is done to a thing of the type Template, not Comment."),
    ]


async def test_what_is_ones_own_may_be_changed_and_a_template_s_author_resolves_its_comments(
    stage: Stage,
) -> None:
    editor, person = ROLES[Role.EDITOR], stage.place[Role.EDITOR]
    own = await Target(stage, person, person).comment()
    others = await Target(stage, person, stage.former).comment()
    for action, id, allowed in (
        (Action.EDIT_COMMENT, own, True),
        (Action.EDIT_COMMENT, others, False),
        (Action.RESOLVE_COMMENT, others, True),
        (Action.DELETE_COMMENT, others, False),
    ):
        assert (await can(stage, editor, action, id))["allowed"] is allowed, (action, id)


async def test_asking_what_may_be_done_to_a_list_costs_no_statement_of_its_own(
    world: World, stage: Stage
) -> None:
    templates = [(await stage.place.template())["id"] for _ in range(3)]
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id %s } }"
    asked = "viewerCan(action: UPDATE_TEMPLATE) { allowed }"
    costs = []
    for text in (query % "", query % asked):
        with world.statements() as statements:
            await world.ask(text, {"ids": templates}, by=stage.place[Role.ADMIN])
        costs.append(statements.sent)
    assert len(costs[0]) == len(costs[1])
    [read] = [each for each in costs[1] if "FROM templates" in each]
    assert "description" not in read


async def test_an_organization_of_ones_own_is_not_even_read(world: World, stage: Stage) -> None:
    query = """query ($slug: String!) {
      organization(slug: $slug) { viewerCan(action: CREATE_TEMPLATE) { allowed } }
    }"""
    with world.statements() as statements:
        answer = await world.ask(query, {"slug": stage.place.slug}, by=stage.place[Role.VIEWER])
    assert answer["data"]["organization"] == {"viewerCan": {"allowed": False}}
    assert not [each for each in statements.sent if "FROM organizations" in each]


async def explained(
    stage: Stage, kind: Kind, about: Kind, action: Action, node: str
) -> dict[str, Any]:
    person = stage.person(about)
    assert person is not None
    given = {"user": person.id, "action": action.name, "node": node}
    return await stage.ask(kind, EXPLAIN, given)


@pytest.mark.parametrize("by", [ROLES[Role.ADMIN], PLATFORM], ids=lambda kind: kind.name)
async def test_administrators_are_told_what_decided(
    stage: Stage, things: dict[str, str], by: Kind
) -> None:
    editor = ROLES[Role.EDITOR]
    answer = await explained(stage, by, editor, Action.ARCHIVE_TEMPLATE, things["Template"])
    told = answer["data"]["explainAccess"]
    assert told == {
        "allowed": False,
        "reason": "Your role EDITOR does not have the permission TEMPLATE_ARCHIVE.",
        "rule": "PERMISSION",
        "level": "PERMISSION",
        "permission": "TEMPLATE_ARCHIVE",
        "role": "EDITOR",
        "platformRole": "USER",
        "membership": {"user": {"id": stage.place[Role.EDITOR].id}},
    }


async def test_what_somebody_does_not_see_is_explained_too(
    stage: Stage, things: dict[str, str]
) -> None:
    admin, template = ROLES[Role.ADMIN], things["Template"]
    for about, rule, role in (
        (FORMER, "VISIBILITY", None),
        (SUSPENDED, "ACCOUNT", "ADMIN"),
        (CUSTOM, "VISIBILITY", "Archivist"),
    ):
        answer = await explained(stage, admin, about, Action.READ, template)
        told = answer["data"]["explainAccess"]
        assert (told["allowed"], told["rule"]) == (about is CUSTOM, rule)
        assert (told["role"], told["permission"]) == (role, "TEMPLATE_READ")


@pytest.mark.parametrize(
    ("by", "about"),
    [(ROLES[Role.MANAGER], ROLES[Role.EDITOR]), (STRANGER, ROLES[Role.EDITOR]), (TOKEN, FORMER)],
    ids=lambda kind: kind.name,
)
async def test_nobody_else_is_told_anything(
    stage: Stage, things: dict[str, str], by: Kind, about: Kind
) -> None:
    answer = await explained(stage, by, about, Action.READ, things["Template"])
    assert answer["data"] == {"explainAccess": None} or answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


async def test_an_organization_is_told_nothing_of_people_who_never_belonged_to_it(
    stage: Stage, things: dict[str, str]
) -> None:
    admin = ROLES[Role.ADMIN]
    answer = await explained(stage, admin, STRANGER, Action.READ, things["Template"])
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
    nobody = {"user": ids.encode("User", ids.decode(stage.place.id)[1]), "action": "READ"}
    answer = await stage.ask(PLATFORM, EXPLAIN, {**nobody, "node": things["Template"]})
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
