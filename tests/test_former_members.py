"""Leaving an organisation: what is lost at once, what stays, and the ways back."""

import pytest

from domain.permissions import Role
from tests import rows
from tests.test_memberships import (
    CHANGE_ROLE,
    JOIN,
    REMOVE,
    invited,
    invited_twice,
    members,
    membership_of,
)
from tests.world import Person, Place, World, uuid_of

VIEW = """
query ($slug: String!, $ids: [ID!]!) {
  organization(slug: $slug) { name }
  nodes(ids: $ids) { id __typename }
  viewer { email memberships { totalCount nodes { organization { slug } } } }
}
"""
COLLEAGUES_VIEW = """
query ($template: ID!, $person: ID!) {
  template: node(id: $template) { ... on Template { name author { id email name { full } } } }
  person: node(id: $person) { ... on User { email memberships { totalCount } } }
}
"""


async def remove(place: Place, person: Person) -> None:
    id = await membership_of(place, person)
    await place.world.done(REMOVE, place[Role.ADMIN], membership=id)


async def test_a_former_member_loses_sight_of_everything_at_once(world: World) -> None:
    place = await world.organization(Role.EDITOR)
    editor = place[Role.EDITOR]
    template = await place.template(editor)
    membership = await membership_of(place, editor)
    await remove(place, editor)
    ids = [place.id, template["id"], template["currentVersion"]["id"], membership]
    colleague = place[Role.ADMIN].id
    answer = await world.ask(VIEW, {"slug": place.slug, "ids": [*ids, colleague]}, by=editor)
    assert answer["data"] == {
        "organization": None,
        "nodes": [None] * 5,
        "viewer": {"email": editor.email, "memberships": {"totalCount": 0, "nodes": []}},
    }
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


async def test_what_a_former_member_made_keeps_their_name_for_colleagues(world: World) -> None:
    place = await world.organization(Role.EDITOR)
    editor = place[Role.EDITOR]
    template = await place.template(editor)
    await remove(place, editor)
    wanted = {"template": template["id"], "person": editor.id}
    answer = await world.ask(COLLEAGUES_VIEW, wanted, by=place[Role.ADMIN])
    assert answer["data"]["template"] == {
        "name": "Welcome",
        "author": {"id": editor.id, "email": editor.email, "name": {"full": "Editor Byron"}},
    }
    assert answer["data"]["person"] == {"email": editor.email, "memberships": {"totalCount": 0}}
    assert editor.id not in await members(place)


async def test_a_membership_ends_once(world: World) -> None:
    place = await world.organization(Role.EDITOR)
    id = await membership_of(place, place[Role.EDITOR])
    await world.done(REMOVE, place[Role.ADMIN], membership=id)
    before = await rows.of_organization(world, uuid_of(place.id))
    for mutation, given in ((REMOVE, {}), (CHANGE_ROLE, {"role": "ADMIN"})):
        payload = await world.do(mutation, place[Role.ADMIN], membership=id, **given)
        [error] = payload["errors"]
        assert (error["__typename"], error["path"]) == ("NotFoundError", ["membership"])
    assert await rows.of_organization(world, uuid_of(place.id)) == before


async def test_who_is_invited_again_is_back_with_their_work(world: World) -> None:
    place = await world.organization(Role.EDITOR)
    editor = place[Role.EDITOR]
    template = await place.template(editor)
    for _ in range(2):
        await remove(place, editor)
        token = await invited(place, editor.email, Role.VIEWER)
        payload = await world.done(JOIN, editor, token=token)
        assert payload["membership"]["role"] == {"name": "VIEWER"}
    assert (await members(place))[editor.id]["role"] == {"name": "VIEWER"}
    answer = await world.ask(VIEW, {"slug": place.slug, "ids": [template["id"]]}, by=editor)
    assert answer["data"]["nodes"] == [{"id": template["id"], "__typename": "Template"}]
    assert answer["data"]["viewer"]["memberships"]["totalCount"] == 1


async def test_an_older_invitation_does_not_bring_a_removed_member_back(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    spare, used = await invited_twice(place, eve.email, Role.EDITOR, Role.EDITOR)
    await world.done(JOIN, eve, token=used)
    await remove(place, eve)
    payload = await world.do(JOIN, eve, token=spare)
    assert [error["__typename"] for error in payload["errors"]] == ["ConflictError"]
    assert eve.id not in await members(place)


@pytest.mark.parametrize("becomes", [None, Role.EDITOR])
async def test_an_invitation_holds_only_while_its_inviter_could_still_give_it(
    world: World, becomes: Role | None
) -> None:
    place, eve = await world.organization(Role.MANAGER), await world.person("Eve")
    manager = place[Role.MANAGER]
    inviting = Place(world, place.id, place.slug, {Role.ADMIN: manager})
    token = await invited(inviting, eve.email, Role.VIEWER)
    id = await membership_of(place, manager)
    if becomes is None:
        await world.done(REMOVE, place[Role.ADMIN], membership=id)
    else:
        await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=id, role=becomes.value)
    before = await rows.of_organization(world, uuid_of(place.id))
    payload = await world.do(JOIN, eve, token=token)
    assert [error["__typename"] for error in payload["errors"]] == ["ConflictError"]
    assert await rows.of_organization(world, uuid_of(place.id)) == before
