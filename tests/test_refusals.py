"""Who is refused what only administrators of the platform may do leaves a trace, and no more."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from db.models import Event
from domain.administration import QUIET
from domain.events import EventKind
from domain.permissions import PlatformRole
from tests.administration_targets import account
from tests.record import a_platform_admin
from tests.test_administration import CREATE, SET_ROLE, SUSPEND
from tests.test_impersonation import in_place_of
from tests.world import PASSWORD, Person, World, uuid_of

REFUSED = EventKind.ACCESS_REFUSED
SEVERAL = """
mutation ($login: LoginInput!, $suspend: SuspendUserInput!, $role: SetPlatformRoleInput!) {
  login(input: $login) { errors { message } }
  first: suspendUser(input: $suspend) { errors { message } }
  second: setPlatformRole(input: $role) { errors { message } }
}
"""


async def refusals(world: World, person: Person) -> list[Event]:
    statement = select(Event).where(Event.subject_id == uuid_of(person.id), Event.kind == REFUSED)
    async with world.resources.database.read() as session:
        return list(await session.scalars(statement.order_by(Event.id)))


async def tried(world: World, person: Person, **given: Any) -> dict[str, Any]:
    root = await a_platform_admin(world)
    suspend = {"user": root.id, "reason": "I want their place.", **given}
    return await world.ask(SUSPEND, {"input": suspend}, by=person)


@pytest.mark.parametrize("given", [{}, {"dryRun": True}, {"idempotencyKey": "mine"}])
async def test_a_refusal_changes_nothing_and_is_recorded_and_logged(
    world: World, given: dict[str, Any]
) -> None:
    ada = await world.person("Ada")
    with capture_logs() as logs:
        answer = await tried(world, ada, **given)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    [event] = await refusals(world, ada)
    assert (event.actor_id, event.entity_id) == (uuid_of(ada.id), uuid_of(ada.id))
    assert (event.ip, event.after) == ("127.0.0.1", {"mutation": "suspendUser"})
    [line] = [each for each in logs if each["event"] == "access_refused"]
    assert (line["mutation"], line["user"]) == ("suspendUser", str(uuid_of(ada.id)))


async def test_graphql_core_tells_of_it_too(world: World) -> None:
    ada = await world.person("Ada")
    assert world.core is not None
    await tried(replace(world, engine=world.core), ada)
    assert [event.after for event in await refusals(world, ada)] == [{"mutation": "suspendUser"}]


async def test_one_a_minute_is_enough_of_the_same_person(world: World) -> None:
    ada, eve = await world.person("Ada"), await world.person("Eve")
    for person in (ada, eve, ada):
        await tried(world, person)
    [event] = await refusals(world, ada)
    assert len(await refusals(world, eve)) == 1
    assert QUIET.total_seconds() == 60
    assert event.session_id is not None


async def test_it_is_who_the_request_had_become_by_then_and_nothing_after_it_is_done(
    world: World,
) -> None:
    ada, eve = await world.person("Ada"), await world.person("Eve")
    root = await a_platform_admin(world)
    given = {
        "login": {"email": ada.email, "password": PASSWORD},
        "suspend": {"user": root.id, "reason": "I want their place."},
        "role": {"user": ada.id, "role": "ADMIN"},
    }
    answer = await world.ask(SEVERAL, given, by=eve)
    assert [error["path"] for error in answer["errors"]] == [["first"]]
    [event] = await refusals(world, ada)
    assert (event.actor_id, event.after) == (uuid_of(ada.id), {"mutation": "suspendUser"})
    assert await refusals(world, eve) == []
    assert (await account(world, ada)).platform_role is PlatformRole.USER


async def test_it_is_told_in_whose_place_it_was_tried(world: World) -> None:
    ada, root = await world.person("Ada"), await a_platform_admin(world)
    await tried(world, await in_place_of(world, root, ada))
    [event] = await refusals(world, ada)
    assert (event.actor_id, event.impersonator_id) == (uuid_of(ada.id), uuid_of(root.id))


async def test_what_is_no_such_refusal_leaves_no_trace(world: World) -> None:
    ada, root = await world.person("Ada"), await a_platform_admin(world)
    await world.ask(SUSPEND, {"input": {"user": ada.id, "reason": "-"}})
    await world.ask("{ users { totalCount } }", by=ada)
    await world.do(SET_ROLE, root, user=ada.id, role="USER", ifVersion=9)
    await world.do(CREATE, root, email="nobody", firstName="", lastName="")
    assert await refusals(world, ada) == []
    assert await refusals(world, root) == []
