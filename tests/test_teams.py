"""Teams: who is in them, who sees them, and that nobody is in one who has left."""

import asyncio
from typing import Any

import pytest

from db.models import Team, TeamMember, User, new_id
from domain.accounts import UserStatus
from domain.events import EventKind
from domain.permissions import Role
from tests import rows
from tests.editorial import error_of, unchanged
from tests.grouping import ADD, CREATE_TEAM, DELETE_TEAM, TAKE_OUT, UPDATE_TEAM, a_team
from tests.test_former_members import remove
from tests.test_memberships import LEAVE
from tests.world import ACCEPT, Place, World, uuid_of

TEAMS = """
query ($slug: String!) {
  organization(slug: $slug) { teams { totalCount nodes { name members { nodes { id } } } } }
}
"""
OF_PERSON = """
query ($id: ID!) { node(id: $id) { ... on User { teams { totalCount nodes { name } } } } }
"""
PAGE = """
query ($id: ID!, $after: String) { node(id: $id) { ... on Team {
  members(first: 1, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
} } }
"""


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.MANAGER, Role.EDITOR, Role.VIEWER)


async def teams_of(place: Place) -> dict[str, list[str]]:
    """Who is in each team, as a member sees it."""
    answer = await place.world.ask(TEAMS, {"slug": place.slug}, by=place[Role.MANAGER])
    found = answer["data"]["organization"]["teams"]["nodes"]
    return {team["name"]: [each["id"] for each in team["members"]["nodes"]] for team in found}


async def test_a_team_is_made_changed_and_deleted_by_who_manages_teams(
    world: World, place: Place
) -> None:
    manager = place[Role.MANAGER]
    given = {"name": " Letters ", "description": "All that is printed."}
    made = (await world.done(CREATE_TEAM, manager, organization=place.id, **given))["team"]
    assert (made["name"], made["description"]) == ("Letters", given["description"])
    changed = await world.done(UPDATE_TEAM, manager, team=made["id"], name="Posters", ifVersion=1)
    assert (changed["team"]["name"], changed["team"]["version"]) == ("Posters", 2)
    async with unchanged(place):
        for query in (UPDATE_TEAM, DELETE_TEAM):
            error = await error_of(world, query, manager, team=made["id"], ifVersion=1)
            assert error["path"] == ["ifVersion"]
    gone = await world.done(DELETE_TEAM, manager, team=made["id"])
    assert gone["team"]["name"] == "Posters"
    assert await teams_of(place) == {}
    assert await rows.events_about(world, uuid_of(made["id"])) == [
        EventKind.TEAM_CREATED,
        EventKind.TEAM_UPDATED,
        EventKind.TEAM_DELETED,
    ]


async def test_teams_are_listed_by_name_and_their_people_as_they_came(
    world: World, place: Place
) -> None:
    viewer, editor = place[Role.VIEWER], place[Role.EDITOR]
    team = await a_team(place, viewer, editor, name="posters")
    await a_team(place, editor, name="Letters")
    assert await teams_of(place) == {"Letters": [editor.id], "posters": [viewer.id, editor.id]}
    assert list(await teams_of(place)) == ["Letters", "posters"]
    first = await world.ask(PAGE, {"id": team}, by=viewer)
    page = first["data"]["node"]["members"]
    assert page["nodes"] == [{"id": viewer.id}]
    after = page["pageInfo"]["endCursor"]
    last = await world.ask(PAGE, {"id": team, "after": after}, by=viewer)
    assert last["data"]["node"]["members"]["nodes"] == [{"id": editor.id}]
    assert not last["data"]["node"]["members"]["pageInfo"]["hasNextPage"]


async def test_the_teams_of_a_person_are_seen_where_one_belongs_oneself(
    world: World, place: Place
) -> None:
    viewer, other = place[Role.VIEWER], await world.organization()
    await a_team(place, viewer, name="Letters")
    for by, expected in ((place[Role.EDITOR], 1), (viewer, 1)):
        answer = await world.ask(OF_PERSON, {"id": viewer.id}, by=by)
        assert answer["data"]["node"]["teams"]["totalCount"] == expected
    token = await other.invited(other[Role.ADMIN], viewer.email, role="VIEWER")
    await world.done(ACCEPT, viewer, token=token)
    answer = await world.ask(OF_PERSON, {"id": viewer.id}, by=other[Role.ADMIN])
    assert answer["data"]["node"]["teams"] == {"totalCount": 0, "nodes": []}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "LETTERS"}, "name"),
        ({"description": "x" * 10_001}, "description"),
    ],
)
async def test_a_team_that_breaks_a_rule_is_refused_at_its_place(
    world: World, place: Place, given: dict[str, Any], field: str
) -> None:
    await a_team(place, name="Letters")
    other = await a_team(place, name="Posters")
    new = {"organization": place.id, "name": "Cards", **given}
    async with unchanged(place):
        for query, asked in ((CREATE_TEAM, new), (UPDATE_TEAM, {"team": other, **given})):
            error = await error_of(world, query, place[Role.MANAGER], **asked)
            assert (error["__typename"], error["path"]) == ("ValidationError", [field])


async def test_a_member_is_in_a_team_once(world: World, place: Place) -> None:
    manager, viewer = place[Role.MANAGER], place[Role.VIEWER]
    given = {"team": await a_team(place), "user": viewer.id}
    payloads = await asyncio.gather(*(world.do(ADD, manager, **given) for _ in range(3)))
    refused = [error for payload in payloads for error in payload["errors"]]
    assert [error["__typename"] for error in refused] == ["ConflictError"] * 2
    assert {error["current"]["id"] for error in refused} == {given["team"]}
    assert await teams_of(place) == {"Letters": [viewer.id]}
    await world.done(TAKE_OUT, manager, **given)
    async with unchanged(place):
        error = await error_of(world, TAKE_OUT, manager, **given)
    assert (error["__typename"], error["path"]) == ("NotFoundError", ["user"])


async def test_only_members_of_the_organization_join_its_teams(world: World, place: Place) -> None:
    stranger, former = await world.person(), await place.join(Role.VIEWER, "Former")
    team = await a_team(place)
    await remove(place, former)
    async with unchanged(place):
        for person in (stranger, former):
            error = await error_of(world, ADD, place[Role.MANAGER], team=team, user=person.id)
            assert (error["__typename"], error["path"]) == ("ValidationError", ["user"])


async def test_who_leaves_the_organization_leaves_its_teams_and_no_others(
    world: World, place: Place
) -> None:
    viewer, editor, other = place[Role.VIEWER], place[Role.EDITOR], await world.organization()
    token = await other.invited(other[Role.ADMIN], viewer.email, role="VIEWER")
    await world.done(ACCEPT, viewer, token=token)
    await a_team(other, viewer, name="Elsewhere")
    await a_team(place, viewer, editor, place[Role.MANAGER])
    await remove(place, viewer)
    await world.done(LEAVE, editor, organization=place.id)
    assert await teams_of(place) == {"Letters": [place[Role.MANAGER].id]}
    answer = await world.ask(TEAMS, {"slug": other.slug}, by=other[Role.ADMIN])
    [team] = answer["data"]["organization"]["teams"]["nodes"]
    assert team["members"]["nodes"] == [{"id": viewer.id}]


async def test_there_is_room_for_so_many_teams_and_people_and_no_more(
    world: World, place: Place
) -> None:
    there = {"organization_id": uuid_of(place.id)}
    full = [Team(id=new_id(), name=f"Team {n}", **there) for n in range(100)]
    crowd = [_somebody() for _ in range(1_000)]
    async with world.resources.database.transaction() as session:
        session.add_all([*full, *crowd])
        await session.flush()
        in_first = {"team_id": full[0].id, **there}
        session.add_all(TeamMember(user_id=each.id, **in_first) for each in crowd)
    manager, viewer = place[Role.MANAGER], place[Role.VIEWER]
    answer = await world.ask(
        "query ($s: String!) { organization(slug: $s) { teams(first: 1) { nodes { id } } } }",
        {"s": place.slug},
        by=manager,
    )
    [team] = answer["data"]["organization"]["teams"]["nodes"]
    async with unchanged(place):
        for query, given in (
            (CREATE_TEAM, {"organization": place.id, "name": "One more"}),
            (ADD, {"team": team["id"], "user": viewer.id}),
        ):
            error = await error_of(world, query, manager, **given)
            assert error["code"] == "RATE_LIMITED"


def _somebody() -> User:
    id = new_id()
    address = f"{id.hex}@example.com"
    return User(id=id, email=address, first_name="Some", last_name="Body", status=UserStatus.ACTIVE)


async def test_a_team_of_others_is_not_found(world: World, place: Place) -> None:
    team, stranger = await a_team(place), (await world.organization())[Role.ADMIN]
    async with unchanged(place):
        for query, given in ((UPDATE_TEAM, {"name": "Mine"}), (DELETE_TEAM, {})):
            error = await error_of(world, query, stranger, team=team, **given)
            assert (error["__typename"], error["path"]) == ("NotFoundError", ["team"])
