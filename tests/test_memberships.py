"""Who belongs to an organisation: joining it, changing roles, leaving."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from auth.tokens import digest
from db.models import Invitation, now
from domain.events import EventKind
from domain.permissions import Role
from tests import rows
from tests.rows import abbreviated
from tests.world import Person, Place, World, uuid_of

JOIN = """
mutation ($input: AcceptInvitationInput!) {
  acceptInvitation(input: $input) {
    membership {
      role { name } user { id }
      organization { slug members { nodes { user { id } } } templates { nodes { name } } }
    }
    errors { __typename path ... on ConflictError { current { __typename } } }
  }
}
"""
CHANGE_ROLE = """
mutation ($input: ChangeMemberRoleInput!) {
  changeMemberRole(input: $input) {
    membership { id version role { name } user { id } organization { id } }
    errors {
      __typename path message
      ... on ConflictError { current { id ... on Membership { version role { name } } } }
    }
  }
}
"""
REMOVE = """
mutation ($input: RemoveMemberInput!) {
  removeMember(input: $input) {
    membership { id role { name } user { id } organization { slug } }
    errors { __typename path message ... on ConflictError { current { id } } }
  }
}
"""
LEAVE = """
mutation ($input: LeaveOrganizationInput!) {
  leaveOrganization(input: $input) {
    membership { id role { name } organization { slug } }
    errors { __typename path message ... on ConflictError { current { id } } }
  }
}
"""
MEMBERS = """
query ($slug: String!) {
  organization(slug: $slug) {
    members(first: 100) { nodes { id version role { name } user { id } } }
  }
}
"""


async def members(place: Place, by: Role = Role.ADMIN) -> dict[str, dict[str, Any]]:
    """The memberships by the person's id, as a member sees them."""
    answer = await place.world.ask(MEMBERS, {"slug": place.slug}, by=place[by])
    nodes = answer["data"]["organization"]["members"]["nodes"]
    return {node["user"]["id"]: node for node in nodes}


async def membership_of(place: Place, person: Person) -> str:
    return str((await members(place))[person.id]["id"])


async def invited(place: Place, email: str, role: Role = Role.EDITOR) -> str:
    """The token of a new invitation."""
    return await place.invited(place[Role.ADMIN], email, role=role.value)


async def invited_twice(place: Place, email: str, *roles: Role) -> list[str]:
    """Two invitations that wait for one address, as earlier releases let them be made."""
    first = await invited(place, email, roles[0])
    statement = select(Invitation).where(Invitation.token_hash == digest(first))
    row = await rows.one(place.world, statement)
    await rows.change(place.world, row, expires_at=now())
    second = await invited(place, email, roles[1])
    await rows.change(place.world, row, expires_at=row.expires_at)
    return [first, second]


async def two_admins(world: World) -> tuple[Place, list[Person]]:
    place = await world.organization()
    return place, [place[Role.ADMIN], await place.join(Role.ADMIN)]


async def test_who_accepts_sees_the_organization_in_the_same_answer(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    await place.template()
    payload = await world.done(JOIN, eve, token=await invited(place, eve.email.upper()))
    membership = payload["membership"]
    assert (membership["role"], membership["user"]) == ({"name": "EDITOR"}, {"id": eve.id})
    organization = membership["organization"]
    assert organization["slug"] == place.slug
    assert [each["user"]["id"] for each in organization["members"]["nodes"]] == [
        place[Role.ADMIN].id,
        eve.id,
    ]
    assert organization["templates"]["nodes"] == [{"name": "Welcome"}]
    assert (await rows.events_about(world, uuid_of(place.id)))[-1] == EventKind.MEMBER_JOINED


@pytest.mark.parametrize("token", ["", "unknown", "x" * 100_000, "nul\0", "é"], ids=abbreviated)
async def test_an_unknown_token_invites_nobody(world: World, token: str) -> None:
    payload = await world.do(JOIN, await world.person(), token=token)
    [error] = payload["errors"]
    assert error["__typename"] == ("ValidationError" if "\0" in token else "NotFoundError")
    assert error["path"] == ["token"]


async def test_an_invitation_of_somebody_else_looks_like_none(world: World) -> None:
    place, eve, mallory = await world.organization(), await world.person(), await world.person()
    token = await invited(place, eve.email)
    before = await rows.of_organization(world, uuid_of(place.id))
    stolen = await world.do(JOIN, mallory, token=token)
    assert stolen == await world.do(JOIN, mallory, token="unknown")
    assert await rows.of_organization(world, uuid_of(place.id)) == before
    await world.done(JOIN, eve, token=token)


async def test_an_invitation_is_good_once(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    token = await invited(place, eve.email)
    payloads = await asyncio.gather(*(world.do(JOIN, eve, token=token) for _ in range(3)))
    refused = [error for payload in payloads for error in payload["errors"]]
    assert [error["__typename"] for error in refused] == ["ConflictError"] * 2
    assert len(await members(place)) == 2


async def test_two_invitations_make_one_membership(world: World) -> None:
    place, eve = await world.organization(), await world.person("Eve")
    tokens = await invited_twice(place, eve.email, Role.EDITOR, Role.MANAGER)
    payloads = await asyncio.gather(*(world.do(JOIN, eve, token=token) for token in tokens))
    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1]
    assert len(await members(place)) == 2


async def test_a_role_change_holds_at_once_and_is_recorded(world: World) -> None:
    place = await world.organization(Role.VIEWER)
    viewer = place[Role.VIEWER]
    id = await membership_of(place, viewer)
    payload = await world.done(
        CHANGE_ROLE, place[Role.ADMIN], membership=id, role="EDITOR", ifVersion=1
    )
    assert payload["membership"]["role"] == {"name": "EDITOR"}
    assert payload["membership"]["version"] == 2
    assert (await place.template(viewer))["status"] == "DRAFT"
    recorded = await rows.events_about(world, uuid_of(place.id))
    assert EventKind.MEMBER_ROLE_CHANGED in recorded


async def test_a_stale_role_change_gets_the_membership_as_it_is_and_changes_nothing(
    world: World,
) -> None:
    place = await world.organization(Role.VIEWER)
    id = await membership_of(place, place[Role.VIEWER])
    await world.done(CHANGE_ROLE, place[Role.ADMIN], membership=id, role="EDITOR")
    before = await rows.of_organization(world, uuid_of(place.id))
    stale = {"membership": id, "ifVersion": 1}
    for payload in (
        await world.do(CHANGE_ROLE, place[Role.ADMIN], role="MANAGER", **stale),
        await world.do(REMOVE, place[Role.ADMIN], **stale),
    ):
        [error] = payload["errors"]
        assert (error["__typename"], error["path"]) == ("ConflictError", ["ifVersion"])
        assert error["current"]["id"] == id
        assert payload["membership"] is None
    assert await rows.of_organization(world, uuid_of(place.id)) == before


@pytest.mark.parametrize(
    ("mutation", "given"),
    [(REMOVE, {}), *((CHANGE_ROLE, {"role": role.value}) for role in Role if role != Role.ADMIN)],
)
async def test_the_last_admin_stays(world: World, mutation: str, given: dict[str, str]) -> None:
    place = await world.organization(Role.MANAGER)
    admin = place[Role.ADMIN]
    id = await membership_of(place, admin)
    before = await rows.of_organization(world, uuid_of(place.id))
    payload = await world.do(mutation, admin, membership=id, **given)
    [error] = payload["errors"]
    assert error["__typename"] == "ConflictError"
    assert error["current"]["id"] == id
    assert await rows.of_organization(world, uuid_of(place.id)) == before


@pytest.mark.parametrize(("mutation", "given"), [(REMOVE, {}), (CHANGE_ROLE, {"role": "VIEWER"})])
async def test_two_admins_who_oust_each_other_at_once_leave_one(
    world: World, mutation: str, given: dict[str, str]
) -> None:
    place, admins = await two_admins(world)
    ids = [await membership_of(place, each) for each in reversed(admins)]
    answers = await asyncio.gather(
        *(
            world.ask(mutation, {"input": {"membership": id, **given}}, by=each)
            for id, each in zip(ids, admins, strict=True)
        )
    )
    done = [
        a for a in answers if "errors" not in a and not next(iter(a["data"].values()))["errors"]
    ]
    assert len(done) == 1
    [winner] = [each for each, answer in zip(admins, answers, strict=True) if answer in done]
    seen = await world.ask(MEMBERS, {"slug": place.slug}, by=winner)
    roles = [node["role"]["name"] for node in seen["data"]["organization"]["members"]["nodes"]]
    assert roles.count("ADMIN") == 1


async def test_an_admin_may_leave_to_another(world: World) -> None:
    place, [admin, other] = await two_admins(world)
    payload = await world.done(REMOVE, admin, membership=await membership_of(place, admin))
    assert payload["membership"]["user"] == {"id": admin.id}
    assert payload["membership"]["organization"] == {"slug": place.slug}
    seen = await world.ask(MEMBERS, {"slug": place.slug}, by=other)
    assert [node["user"]["id"] for node in seen["data"]["organization"]["members"]["nodes"]] == [
        other.id
    ]


async def test_who_leaves_is_gone_and_what_waited_for_them_is_handed_over(world: World) -> None:
    place = await world.organization(Role.EDITOR, Role.APPROVER)
    approver, editor = place[Role.APPROVER], place[Role.EDITOR]
    approval = await place.submitted(await place.template(editor), editor, approver)
    payload = await world.done(LEAVE, approver, organization=place.id)
    assert payload["membership"]["role"] == {"name": "APPROVER"}
    assert payload["membership"]["organization"] == {"slug": place.slug}
    assert approver.id not in await members(place)
    query = "query ($id: ID!) { node(id: $id) { ... on ApprovalWorkflow { status } } }"
    answer = await world.ask(query, {"id": approval["id"]}, by=editor)
    assert answer["data"]["node"] == {"status": "VOIDED"}
    recorded = await rows.events_about(world, uuid_of(place.id))
    assert recorded[-1] == EventKind.MEMBER_REMOVED
    before = await rows.of_organization(world, uuid_of(place.id))
    [error] = (await world.do(LEAVE, approver, organization=place.id))["errors"]
    assert (error["__typename"], error["path"]) == ("NotFoundError", ["organization"])
    assert await rows.of_organization(world, uuid_of(place.id)) == before


async def test_the_last_admin_does_not_leave_and_of_two_at_once_one_does(world: World) -> None:
    place, admins = await two_admins(world)
    payloads = await asyncio.gather(
        *(world.do(LEAVE, each, organization=place.id) for each in admins)
    )
    [refused] = [payload for payload in payloads if payload["errors"]]
    assert [error["__typename"] for error in refused["errors"]] == ["ConflictError"]
    assert refused["membership"] is None
