"""Roles of an organisation's own: what they let people do, at once, and who may change them."""

import asyncio
from typing import Any

import pytest

from domain.events import EventKind
from domain.permissions import Permission, Role
from tests import rows
from tests.editorial import DECIDE, error_of, node, refusal, unchanged
from tests.grouping import CREATE_ROLE, DELETE_ROLE, UPDATE_ROLE, a_role, names, with_role
from tests.messages import everybody_is_told, kinds_of, list_of
from tests.targets import CREATE_DELEGATION
from tests.test_delegations import days
from tests.test_memberships import CHANGE_ROLE, REMOVE, membership_of
from tests.world import Person, Place, World, uuid_of

DECIDES = names(Permission.APPROVAL_DECIDE)
INBOX = "query { viewer { myApprovals { nodes { id } } } }"
ROLES = """
query ($slug: String!) {
  organization(slug: $slug) {
    roles { nodes { name members { totalCount } } }
    members { nodes { role { name builtIn custom { name } } } }
  }
}
"""


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.VIEWER)


async def may(world: World, person: Person) -> set[Permission]:
    [grant] = (await world.context(person)).actor.grants.values()
    return set(grant.permissions)


async def test_a_role_is_made_with_what_it_allows(world: World, place: Place) -> None:
    given = {"name": " Proofreader ", "description": "Reads twice.", "permissions": DECIDES * 2}
    made = await world.done(CREATE_ROLE, place[Role.ADMIN], organization=place.id, **given)
    assert made["role"] | {"id": ""} == {
        "id": "",
        "name": "Proofreader",
        "description": "Reads twice.",
        "permissions": DECIDES,
        "version": 1,
    }
    role = uuid_of(made["role"]["id"])
    assert await rows.events_about(world, role) == [EventKind.ROLE_CREATED]


async def test_roles_are_listed_by_name_with_who_has_them(world: World, place: Place) -> None:
    await a_role(place, "writer")
    await with_role(place, place[Role.VIEWER], await a_role(place, "Critic"))
    answer = await world.ask(ROLES, {"slug": place.slug}, by=place[Role.VIEWER])
    found = answer["data"]["organization"]
    assert [(each["name"], each["members"]["totalCount"]) for each in found["roles"]["nodes"]] == [
        ("Critic", 1),
        ("writer", 0),
    ]
    roles = [member["role"] for member in found["members"]["nodes"]]
    assert {"name": "Critic", "builtIn": None, "custom": {"name": "Critic"}} in roles
    assert {"name": "ADMIN", "builtIn": "ADMIN", "custom": None} in roles


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "bell\a"}, "name"),
        ({"name": " editor"}, "name"),
        ({"name": "critic"}, "name"),
        ({"permissions": []}, "permissions"),
        ({"permissions": ["TEMPLATE_READ"]}, "permissions"),
        ({"description": "x" * 10_001}, "description"),
    ],
)
async def test_a_role_that_breaks_a_rule_is_refused_at_its_place(
    world: World, place: Place, given: dict[str, Any], field: str
) -> None:
    await a_role(place, "Critic")
    other = await a_role(place)
    new = {"organization": place.id, "name": "Reader", "permissions": names()}
    async with unchanged(place):
        for query, rest in ((CREATE_ROLE, new), (UPDATE_ROLE, {"role": other})):
            payload = await world.do(query, place[Role.ADMIN], **{**rest, **given})
            told = {(error["__typename"], *error["path"]) for error in payload["errors"]}
            assert told == {("ValidationError", field)}


async def test_an_organization_has_at_most_fifty_roles(world: World, place: Place) -> None:
    for n in range(50):
        await a_role(place, f"Role {n}")
    given = {"organization": place.id, "name": "One more", "permissions": names()}
    async with unchanged(place):
        error = await error_of(world, CREATE_ROLE, place[Role.ADMIN], **given)
    assert error["code"] == "RATE_LIMITED"


async def test_nobody_makes_or_touches_a_role_beyond_their_own(world: World, place: Place) -> None:
    """Neither before nor after the change."""
    keeper = place[Role.VIEWER]
    own = names(Permission.ROLE_MANAGE, Permission.COMMENT_WRITE, Permission.MEMBER_MANAGE)
    await with_role(place, keeper, await a_role(place, "Keeper", permissions=own))
    beyond = await a_role(place, "Beyond", permissions=DECIDES)
    within = await a_role(place, "Within")
    async with unchanged(place):
        for query, given in (
            (CREATE_ROLE, {"organization": place.id, "name": "Other", "permissions": DECIDES}),
            (UPDATE_ROLE, {"role": beyond, "permissions": names()}),
            (UPDATE_ROLE, {"role": beyond, "name": "Renamed"}),
            (UPDATE_ROLE, {"role": within, "permissions": DECIDES}),
            (DELETE_ROLE, {"role": beyond}),
            (CHANGE_ROLE, {"membership": await membership_of(place, keeper), "customRole": beyond}),
        ):
            assert await refusal(world, query, keeper, **given) == "FORBIDDEN"
    commenting = names(Permission.COMMENT_WRITE)
    await world.done(UPDATE_ROLE, keeper, role=within, permissions=commenting)
    await world.done(DELETE_ROLE, keeper, role=within)


@pytest.mark.parametrize(("query", "given"), [(REMOVE, {}), (CHANGE_ROLE, {"role": "VIEWER"})])
async def test_nobody_ousts_who_may_more_than_they(
    world: World, place: Place, query: str, given: dict[str, str]
) -> None:
    keeper, manager = place[Role.VIEWER], place[Role.MANAGER]
    role = await a_role(place, "Keeper", permissions=names(Permission.MEMBER_MANAGE))
    await with_role(place, keeper, role)
    id = await membership_of(place, manager)
    async with unchanged(place):
        assert await refusal(world, query, keeper, membership=id, **given) == "FORBIDDEN"


async def test_who_shrinks_their_own_role_may_less_in_the_same_request(
    world: World, place: Place
) -> None:
    keeper = place[Role.VIEWER]
    role = await a_role(place, "Keeper", permissions=names(Permission.ROLE_MANAGE))
    await with_role(place, keeper, role)
    query = """
    mutation ($first: UpdateRoleInput!, $second: UpdateRoleInput!) {
      first: updateRole(input: $first) { errors { message } }
      second: updateRole(input: $second) { errors { message } }
    }
    """
    less, named = {"role": role, "permissions": names()}, {"role": role, "name": "Reader"}
    answer = await world.ask(query, {"first": less, "second": named}, by=keeper)
    [refused] = answer["errors"]
    assert (refused["path"], refused["extensions"]["code"]) == (["second"], "FORBIDDEN")
    assert await may(world, keeper) == {Permission[each] for each in names()}


async def test_a_changed_role_is_in_force_at_once_for_whoever_has_it(
    world: World, place: Place
) -> None:
    viewer = place[Role.VIEWER]
    role = await a_role(place)
    await with_role(place, viewer, role)
    given = {"role": role, "name": "Critic", "permissions": DECIDES, "ifVersion": 1}
    payload = await world.done(UPDATE_ROLE, place[Role.ADMIN], **given)
    assert (payload["role"]["name"], payload["role"]["version"]) == ("Critic", 2)
    [member] = payload["role"]["members"]["nodes"]
    assert member == {"version": 3, "role": {"name": "Critic", "permissions": DECIDES}}
    assert Permission.APPROVAL_DECIDE in await may(world, viewer)
    async with unchanged(place):
        stale = await error_of(world, UPDATE_ROLE, place[Role.ADMIN], **given)
        also = await error_of(world, DELETE_ROLE, place[Role.ADMIN], role=role, ifVersion=1)
    assert stale["path"] == also["path"] == ["ifVersion"]


async def test_a_role_that_somebody_has_stays(world: World, place: Place) -> None:
    viewer, admin = place[Role.VIEWER], place[Role.ADMIN]
    role = await a_role(place)
    id = await with_role(place, viewer, role)
    async with unchanged(place):
        error = await error_of(world, DELETE_ROLE, admin, role=role)
    assert error["__typename"] == "ConflictError"
    await world.done(REMOVE, admin, membership=id)
    gone = await world.done(DELETE_ROLE, admin, role=role)
    assert gone["role"]["name"] == "Proofreader"
    error = await error_of(world, DELETE_ROLE, admin, role=role)
    assert error["__typename"] == "NotFoundError"


async def test_a_built_in_role_takes_the_place_of_a_custom_one(world: World, place: Place) -> None:
    viewer, admin, role = place[Role.VIEWER], place[Role.ADMIN], await a_role(place)
    id = await with_role(place, viewer, role)
    changed = await world.done(CHANGE_ROLE, admin, membership=id, role="EDITOR")
    assert changed["membership"]["role"] == {"name": "EDITOR"}
    await world.done(DELETE_ROLE, admin, role=role)
    assert Permission.TEMPLATE_WRITE in await may(world, viewer)


async def test_the_last_admin_is_not_given_a_role_instead(world: World, place: Place) -> None:
    every = [permission.name for permission in Permission]
    role = await a_role(place, "Owner", permissions=every)
    id = await membership_of(place, place[Role.ADMIN])
    async with unchanged(place):
        error = await error_of(
            world, CHANGE_ROLE, place[Role.ADMIN], membership=id, customRole=role
        )
    assert error["__typename"] == "ConflictError"


async def test_a_role_that_is_changed_while_it_is_given_is_given_as_it_is(
    world: World, place: Place
) -> None:
    admin, role = place[Role.ADMIN], await a_role(place)
    id = await membership_of(place, place[Role.VIEWER])
    await asyncio.gather(
        world.done(CHANGE_ROLE, admin, membership=id, customRole=role),
        world.done(UPDATE_ROLE, admin, role=role, permissions=DECIDES),
    )
    assert Permission.APPROVAL_DECIDE in await may(world, place[Role.VIEWER])


# Who decides approvals by a role of the organisation's own


@pytest.fixture
async def critic(world: World, place: Place) -> Person:
    """Somebody whose role lets them decide."""
    person = await place.join(Role.VIEWER, "Cleo")
    role = await a_role(place, "Critic", permissions=DECIDES)
    await with_role(place, person, role)
    return person


async def role_of(place: Place, name: str) -> str:
    query = "query ($s: String!) { organization(slug: $s) { roles { nodes { id name } } } }"
    answer = await place.world.ask(query, {"s": place.slug}, by=place[Role.ADMIN])
    nodes = answer["data"]["organization"]["roles"]["nodes"]
    return str(next(node["id"] for node in nodes if node["name"] == name))


async def test_who_decides_by_a_custom_role_is_asked_told_and_decides(
    world: World, place: Place, critic: Person
) -> None:
    editor = place[Role.EDITOR]
    approval = await place.submitted(await place.template(editor), editor, critic)
    step = approval["steps"][0]["id"]
    answer = await world.ask(INBOX, by=critic)
    assert [each["id"] for each in answer["data"]["viewer"]["myApprovals"]["nodes"]] == [step]
    await everybody_is_told(world)
    assert "STEP_WAITING" in await kinds_of(world, critic)
    await world.done(DECIDE, critic, step=step, verdict="APPROVE")
    found = await node(world, approval["id"], "status", editor)
    assert found["status"] == "APPROVED"


async def test_who_decides_by_a_custom_role_stands_in_and_is_stood_in_for(
    world: World, place: Place, critic: Person
) -> None:
    editor, manager = place[Role.EDITOR], place[Role.MANAGER]
    given = {"organization": place.id, "reason": "On leave", **days(None, 2)}
    await world.done(CREATE_DELEGATION, manager, to=critic.id, **given)
    approval = await place.submitted(await place.template(editor), editor, manager)
    assert approval["steps"][0]["approver"] == {"id": critic.id}


async def test_what_waits_for_who_may_no_longer_decide_is_handed_over(
    world: World, place: Place, critic: Person
) -> None:
    editor = place[Role.EDITOR]
    approval = await place.submitted(await place.template(editor), editor, critic)
    role = await role_of(place, "Critic")
    await world.done(UPDATE_ROLE, place[Role.ADMIN], role=role, permissions=names())
    found = await node(world, approval["id"], "status", editor)
    assert found["status"] == "VOIDED"


async def test_who_is_given_a_role_is_told_its_name(
    world: World, place: Place, critic: Person
) -> None:
    await everybody_is_told(world)
    [told] = (await list_of(world, critic))["notifications"]["nodes"]
    assert told["title"] == "You are Critic in Acme Press"
