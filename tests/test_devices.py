"""Sessions: where somebody is signed in, and how they sign others out."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from adapters.devices import UNKNOWN, Devices
from adapters.places import HERE, NEARBY, Places
from db.models import now
from domain.errors import Unauthenticated
from domain.events import EventKind
from engine import ids
from tests import rows
from tests.factors import a_session, a_token
from tests.record import a_platform_admin
from tests.world import Person, World, uuid_of

SESSIONS = """
{ viewer { sessions {
  totalCount nodes { id device place current ip userAgent lastSeenAt revokedAt impersonator { id } }
} } }
"""
REVOKE = """
mutation ($input: RevokeSessionInput!) {
  revokeSession(input: $input) { session { id revokedAt } errors { __typename path } }
}
"""
REVOKE_OTHERS = """
mutation ($input: RevokeOtherSessionsInput!) {
  revokeOtherSessions(input: $input) { count errors { message } }
}
"""
END_SESSIONS = """
mutation ($input: EndSessionsInput!) {
  endSessions(input: $input) { count errors { message } }
}
"""
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
    "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


async def sessions(world: World, person: Person) -> list[dict[str, Any]]:
    answer = await world.ask(SESSIONS, by=person)
    assert "errors" not in answer, answer
    return list(answer["data"]["viewer"]["sessions"]["nodes"])


async def is_in(world: World, person: Person) -> bool:
    try:
        await world.context(person)
    except Unauthenticated:
        return False
    return True


async def test_one_sees_where_one_is_signed_in_and_nothing_that_is_over(world: World) -> None:
    ada = await world.person()
    id = await a_session(world, ada, user_agent=FIREFOX, ip="192.168.1.7")
    await a_session(world, ada, revoked_at=now())
    await a_session(world, ada, expires_at=now() - timedelta(seconds=1))
    other, this = await sessions(world, ada)
    assert other["id"] == ids.encode("Session", id)
    assert (other["device"], other["place"]) == ("Firefox on Linux", NEARBY)
    assert (other["current"], other["impersonator"]) == (False, None)
    assert (this["device"], this["place"], this["current"]) == (UNKNOWN, HERE, True)


async def test_nobody_else_sees_a_session_not_even_an_access_token(world: World) -> None:
    ada, eve = await world.person(), await world.person("Eve")
    _, robot = await a_token(world, ada)
    id = ids.encode("Session", await a_session(world, ada))
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert (await world.ask(query, {"id": id}, by=ada))["data"] == {"node": {"id": id}}
    for other in (eve, robot):
        assert (await world.ask(query, {"id": id}, by=other))["data"] == {"node": None}
    answer = await world.ask(SESSIONS, by=robot)
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


async def test_a_revoked_session_has_ended_and_ending_it_twice_does_no_harm(world: World) -> None:
    ada = await world.person()
    [this] = await sessions(world, ada)
    id = await a_session(world, ada)
    for _ in range(2):
        payload = await world.done(REVOKE, ada, session=ids.encode("Session", id))
        assert payload["session"]["revokedAt"]
    assert [each["id"] for each in await sessions(world, ada)] == [this["id"]]
    recorded = await rows.events_about(world, uuid_of(ada.id))
    assert recorded.count(EventKind.SESSION_ENDED) == 1
    await world.done(REVOKE, ada, session=this["id"])
    assert not await is_in(world, ada)


async def test_a_session_of_somebody_else_cannot_be_found_nor_ended(world: World) -> None:
    ada, eve = await world.person(), await world.person("Eve")
    [of_eve] = await sessions(world, eve)
    payload = await world.do(REVOKE, ada, session=of_eve["id"])
    assert [error["__typename"] for error in payload["errors"]] == ["NotFoundError"]
    assert await is_in(world, eve)


async def test_all_other_sessions_end_at_once_and_this_one_stays(world: World) -> None:
    ada, eve = await world.person(), await world.person("Eve")
    for _ in range(3):
        await a_session(world, ada)
    assert (await world.done(REVOKE_OTHERS, ada))["count"] == 3
    assert (await world.done(REVOKE_OTHERS, ada))["count"] == 0
    assert [each["current"] for each in await sessions(world, ada)] == [True]
    assert await is_in(world, eve)
    recorded = await rows.events_about(world, uuid_of(ada.id))
    assert recorded.count(EventKind.SESSION_ENDED) == 3


async def test_an_administrator_signs_somebody_out_everywhere_and_leaves_the_account(
    world: World,
) -> None:
    ada, root = await world.person(), await a_platform_admin(world)
    await a_session(world, ada)
    assert (await world.done(END_SESSIONS, root, user=ada.id))["count"] == 2
    assert not await is_in(world, ada)
    recorded = await rows.events_about(world, uuid_of(ada.id))
    assert recorded.count(EventKind.SESSION_ENDED) == 2
    answer = await world.ask(END_SESSIONS, {"input": {"user": root.id}}, by=await world.person())
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await is_in(world, root)


@pytest.mark.parametrize("mutation", [REVOKE, REVOKE_OTHERS])
async def test_only_they_themselves_may_end_sessions(world: World, mutation: str) -> None:
    ada = await world.person()
    [this] = await sessions(world, ada)
    _, robot = await a_token(world, ada)
    given = {"session": this["id"]} if mutation is REVOKE else {}
    for caller, code in ((None, "UNAUTHENTICATED"), (robot, "FORBIDDEN")):
        answer = await world.ask(mutation, {"input": given}, by=caller)
        assert answer["errors"][0]["extensions"]["code"] == code
    assert await is_in(world, ada)


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        (IPHONE, "Mobile Safari on iOS"),
        ("curl/8.5.0", "curl"),
        ("", UNKNOWN),
        ("\0" * 500, UNKNOWN),
    ],
)
async def test_a_device_is_named_by_what_it_says_of_itself(user_agent: str, device: str) -> None:
    devices = Devices()
    assert [await devices.name(user_agent) for _ in range(2)] == [device] * 2


def test_a_place_is_told_by_the_table_of_the_operator(tmp_path: Path) -> None:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True)
    germany = {"country": {"iso_code": "DE", "names": {"en": "Germany"}}}
    writer.insert_network(
        IPSet(["203.0.113.0/24"]), {"city": {"names": {"en": "Berlin"}}, **germany}
    )
    writer.insert_network(IPSet(["2a00:1450::/32"]), germany)
    writer.insert_network(IPSet(["8.8.8.0/24"]), {"country": {"iso_code": "US"}})
    file = tmp_path / "cities.mmdb"
    writer.to_db_file(str(file))
    places = Places(file)
    told = {ip: places.name(ip) for ip in ("2a00:1450::1", "8.8.8.8", "9.9.9.9", "testclient")}
    places.close()
    assert list(told.values()) == ["Germany", "US", None, None]
    nowhere = Places(None)
    known = [nowhere.name(ip) for ip in ("127.0.0.1", "::1", "::ffff:10.0.0.1", "8.8.8.8")]
    assert known == [HERE, HERE, NEARBY, None]
