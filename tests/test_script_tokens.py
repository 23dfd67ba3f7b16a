"""Access tokens of scripts and services: what they open, and that they open no more."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from auth.access_tokens import PREFIX, is_whole, new_token
from db.models import AccessToken, Event, now
from domain.accounts import UserStatus
from domain.errors import Unauthenticated
from domain.events import EventKind
from domain.permissions import Permission, PlatformRole, Role
from engine import ids
from engine.execution import OperationRequest
from jobs import access_tokens as jobs
from tests import rows
from tests.editorial import CHANGE_ROLE, membership
from tests.factors import a_token
from tests.test_accounts import stored
from tests.world import CREATE_TEMPLATE, Person, World, content, uuid_of

CREATE = """
mutation ($input: CreateAccessTokenInput!) {
  createAccessToken(input: $input) {
    token accessToken { id name hint scopes organization { id } expiresAt version }
    errors { __typename path }
  }
}
"""
REVOKE = """
mutation ($input: RevokeAccessTokenInput!) {
  revokeAccessToken(input: $input) { accessToken { revokedAt } errors { __typename path } }
}
"""
LISTS = """
query ($slug: String!) {
  viewer { accessTokens { nodes { name owner { id } } } }
  organization(slug: $slug) { accessTokens { nodes { name } } }
}
"""
VIEWER = "{ viewer { id memberships { nodes { organization { id } } } } }"
READ = Permission.ORGANIZATION_READ


def holder(person: Person, token: str) -> Person:
    return Person(person.id, person.email, token, "")


async def is_in(world: World, robot: Person) -> bool:
    try:
        await world.context(robot)
    except Unauthenticated:
        return False
    return True


async def row_of(world: World, id: Any) -> AccessToken:
    row: AccessToken = await rows.one(world, select(AccessToken).where(AccessToken.id == id))
    return row


async def write(world: World, place: Any, robot: Person) -> str:
    given = {"organization": place.id, "name": "By a script", "content": content()}
    answer = await world.ask(CREATE_TEMPLATE, {"input": given}, by=robot)
    if "errors" in answer:
        return str(answer["errors"][0]["extensions"]["code"])
    errors = answer["data"]["createTemplate"]["errors"]
    return str(errors[0]["__typename"]) if errors else "DONE"


async def test_a_token_is_shown_once_and_acts_for_its_owner_within_its_scopes(
    world: World,
) -> None:
    place = await world.organization(Role.EDITOR)
    editor = place[Role.EDITOR]
    given = {"name": " Export ", "scopes": ["TEMPLATE_READ", "ORGANIZATION_READ", "TEMPLATE_READ"]}
    made = await world.done(CREATE, editor, **given)
    token, shown = made["token"], made["accessToken"]
    assert is_whole(token)
    assert (shown["name"], shown["hint"]) == ("Export", token[-4:])
    assert shown["scopes"] == ["ORGANIZATION_READ", "TEMPLATE_READ"]
    everything = await rows.whole_database(world)
    assert token not in everything
    assert token.encode().hex() not in everything
    robot = holder(editor, token)
    viewer = (await world.ask(VIEWER, by=robot))["data"]["viewer"]
    assert viewer["id"] == editor.id
    assert len(viewer["memberships"]["nodes"]) == 1
    assert await write(world, place, robot) == "FORBIDDEN"
    recorded = await rows.events_about(world, uuid_of(editor.id))
    assert EventKind.ACCESS_TOKEN_CREATED in recorded


async def test_a_token_follows_its_owner_s_role_at_once(world: World) -> None:
    place = await world.organization(Role.EDITOR)
    editor, admin = place[Role.EDITOR], place[Role.ADMIN]
    _, robot = await a_token(world, editor)
    assert await write(world, place, robot) == "DONE"
    member = await membership(place, editor)
    await world.done(CHANGE_ROLE, admin, membership=member, role="VIEWER")
    assert await write(world, place, robot) == "FORBIDDEN"
    await world.done(CHANGE_ROLE, admin, membership=member, role="MANAGER")
    assert await write(world, place, robot) == "DONE"


async def test_a_token_of_one_organization_opens_no_other(world: World) -> None:
    place, other = await world.organization(), await world.organization()
    [admin] = place.members.values()
    _, robot = await a_token(world, admin, organization_id=uuid_of(other.id))
    assert await write(world, place, robot) == "NotFoundError"
    _, robot = await a_token(world, admin, organization_id=uuid_of(place.id))
    assert await write(world, place, robot) == "DONE"
    payload = await world.do(CREATE, admin, name="x", scopes=[READ.name], organization=other.id)
    [error] = payload["errors"]
    assert (error["__typename"], error["path"]) == ("NotFoundError", ["organization"])


async def test_what_a_token_did_is_recorded_as_its_doing_and_it_is_no_administrator(
    world: World,
) -> None:
    place = await world.organization()
    [admin] = place.members.values()
    await rows.change(world, await stored(world, admin), platform_role=PlatformRole.ADMIN)
    id, robot = await a_token(world, admin)
    assert (await world.context(robot)).actor.platform_role is PlatformRole.USER
    assert await write(world, place, robot) == "DONE"
    done = await rows.one(world, select(Event).where(Event.token_id == id))
    assert (done.kind, done.actor_id) == (EventKind.TEMPLATE_CREATED, uuid_of(admin.id))


async def is_revoked(world: World, owner: Person, id: Any) -> None:
    await world.done(REVOKE, owner, accessToken=ids.encode("AccessToken", id))


async def has_expired(world: World, owner: Person, id: Any) -> None:
    await rows.change(world, await row_of(world, id), expires_at=now())


async def has_a_suspended_owner(world: World, owner: Person, id: Any) -> None:
    await rows.change(world, await stored(world, owner), status=UserStatus.SUSPENDED)


async def has_a_deleted_owner(world: World, owner: Person, id: Any) -> None:
    await rows.change(world, await stored(world, owner), status=UserStatus.DELETED)


@pytest.mark.parametrize(
    "end", [is_revoked, has_expired, has_a_suspended_owner, has_a_deleted_owner]
)
async def test_a_token_that_is_over_lets_nobody_in_and_ends_what_it_opened(
    world: World, end: Callable[[World, Person, Any], Awaitable[None]]
) -> None:
    ada = await world.person()
    id, robot = await a_token(world, ada)
    ctx = await world.context(robot)
    assert (await ctx.renewed()).actor == ctx.actor
    await end(world, ada, id)
    assert not await is_in(world, robot)
    with pytest.raises(Unauthenticated):
        await ctx.renewed()


async def test_a_remembered_token_is_refused_from_the_moment_that_it_expires(
    world: World,
) -> None:
    ada = await world.person()
    ends = now() + timedelta(minutes=1)
    _, robot = await a_token(world, ada, expires_at=ends)
    with time_machine.travel(ends - timedelta(milliseconds=1), tick=False) as clock:
        assert (await world.context(robot)).actor.expires_at == ends
        clock.move_to(ends)
        assert not await is_in(world, robot)


@pytest.mark.parametrize(
    "token",
    [new_token(), PREFIX, PREFIX + "A" * 49, f"{new_token()}x", PREFIX + "é" * 49],
    ids=["unknown", "nothing", "a wrong sum", "too long", "other letters"],
)
async def test_what_is_no_token_of_ours_is_refused(world: World, token: str) -> None:
    ada = await world.person()
    assert not await is_in(world, holder(ada, token))


async def test_what_was_mistyped_asks_the_database_nothing(world: World) -> None:
    ada, token = await world.person(), new_token()
    wrong = token[:10] + ("a" if token[10] != "a" else "b") + token[11:]
    with world.statements() as statements:
        assert not await is_in(world, holder(ada, wrong))
    assert len(statements) == 0


async def test_a_token_that_is_known_costs_no_statement_and_its_use_is_noted_once_a_minute(
    world: World,
) -> None:
    ada = await world.person()
    id, robot = await a_token(world, ada)
    await world.context(robot)
    noted = (await row_of(world, id)).last_used_at
    assert noted is not None
    with world.statements() as statements:
        for _ in range(3):
            await world.context(robot)
    assert len(statements) <= 3  # who it is, once a second at most, and nothing written
    assert not [sent for sent in statements.sent if sent.startswith("UPDATE")]
    row = await row_of(world, id)
    assert (row.last_used_at, row.version) == (noted, 1)


async def test_a_token_listens_to_what_its_scopes_allow(world: World) -> None:
    place = await world.organization()
    [admin] = place.members.values()
    _, robot = await a_token(world, admin, Permission.TEMPLATE_READ, READ)
    document = "subscription ($id: ID!) { events(organization: $id) { eventId } }"
    operation = world.engine.prepare(OperationRequest(document, None, {"id": place.id}))
    context = await world.context(robot)
    stream = await world.engine.subscribe(operation, context, context.renewed)
    await stream.aclose()


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
    ],
)
async def test_a_token_that_breaks_a_rule_is_not_made(
    world: World, given: dict[str, Any], path: str
) -> None:
    ada = await world.person()
    payload = await world.do(CREATE, ada, **{"name": "x", "scopes": [READ.name], **given})
    assert [error["path"] for error in payload["errors"]] == [[path]]
    assert payload["token"] is None


async def test_one_person_has_a_hundred_tokens_at_most(world: World) -> None:
    ada = await world.person()
    for _ in range(100):
        id, _ = await a_token(world, ada)
    payload = await world.do(CREATE, ada, name="x", scopes=[READ.name])
    assert [error["__typename"] for error in payload["errors"]] == ["LimitError"]
    await is_revoked(world, ada, id)
    await world.done(CREATE, ada, name="x", scopes=[READ.name])


async def test_tokens_are_seen_and_revoked_by_their_owner_and_by_who_manages_them_there(
    world: World,
) -> None:
    place = await world.organization(Role.EDITOR, Role.MANAGER)
    editor, admin, manager = place[Role.EDITOR], place[Role.ADMIN], place[Role.MANAGER]
    anywhere, _ = await a_token(world, editor, name="Anywhere")
    here, robot = await a_token(world, editor, name="Here", organization_id=uuid_of(place.id))
    told = (await world.ask(LISTS, {"slug": place.slug}, by=admin))["data"]
    assert told["organization"]["accessTokens"]["nodes"] == [{"name": "Here"}]
    assert told["viewer"]["accessTokens"]["nodes"] == []
    mine = (await world.ask(LISTS, {"slug": place.slug}, by=editor))["data"]["viewer"]
    names = [each["name"] for each in mine["accessTokens"]["nodes"]]
    assert names == ["Here", "Anywhere"]
    for caller, id in ((admin, anywhere), (manager, here)):
        payload = await world.do(REVOKE, caller, accessToken=ids.encode("AccessToken", id))
        assert [error["__typename"] for error in payload["errors"]] == ["NotFoundError"]
    stale = {"accessToken": ids.encode("AccessToken", here), "ifVersion": 7}
    payload = await world.do(REVOKE, admin, **stale)
    assert [error["__typename"] for error in payload["errors"]] == ["ConflictError"]
    assert await is_in(world, robot)
    await is_revoked(world, admin, here)
    assert not await is_in(world, robot)
    assert EventKind.ACCESS_TOKEN_REVOKED in await rows.events_about(world, uuid_of(editor.id))


@pytest.mark.parametrize("mutation", [CREATE, REVOKE])
async def test_a_token_neither_makes_nor_revokes_tokens(world: World, mutation: str) -> None:
    ada = await world.person()
    id, robot = await a_token(world, ada)
    given = {"name": "x", "scopes": [READ.name]}
    if mutation is REVOKE:
        given = {"accessToken": ids.encode("AccessToken", id)}
    for caller, code in ((None, "UNAUTHENTICATED"), (robot, "FORBIDDEN")):
        answer = await world.ask(mutation, {"input": given}, by=caller)
        assert answer["errors"][0]["extensions"]["code"] == code
    assert await is_in(world, robot)


async def test_tokens_that_ended_a_month_ago_are_forgotten_and_others_kept(world: World) -> None:
    ada = await world.person()
    long_ago = now() - timedelta(days=31)
    for facts in ({"revoked_at": long_ago}, {"expires_at": long_ago}):
        await a_token(world, ada, **facts)
    kept, _ = await a_token(world, ada, revoked_at=now())
    await jobs.forget(world.resources.own_context("test"))
    statement = select(AccessToken.id).where(AccessToken.user_id == uuid_of(ada.id))
    assert await rows.one(world, statement) == kept
