"""The record as lines of JSON: all of it, of bounded size at a time, and never taken for whole
when it is not.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import select, text

from db import audit_export as pages
from db.audit_export import Extent
from db.models import Event
from domain.permissions import Role
from resolvers.audit import begin_export
from server.app import create_app
from server.audit_export import Exported, _lines
from server.settings import Settings
from server.streams import Streams
from server.wiring import open_services
from tests import rows
from tests.editorial import CHANGE_ROLE, membership
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.record import log
from tests.world import Person, Place, World, uuid_of

LOGOUT = """
mutation ($input: LogoutInput!) { logout(input: $input) { errors { message } } }
"""


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as server:
        yield server


@pytest.fixture
async def client(server: LiveServer) -> AsyncIterator[httpx.AsyncClient]:
    base = server.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as client:
        yield client


@pytest.fixture
async def place(world: World) -> Place:
    place = await world.organization(Role.EDITOR)
    await place.template(place[Role.EDITOR])
    await world.settled()
    return place


async def get(
    client: httpx.AsyncClient, place: Place, by: Person | None, name: str = "", **asked: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {by.access_token}"} if by else {}
    path = f"/audit/{name or place.slug}.ndjson"
    return await client.get(path, params=asked, headers=headers)


async def lines(client: httpx.AsyncClient, place: Place, **asked: Any) -> list[dict[str, Any]]:
    response = await get(client, place, place[Role.ADMIN], **asked)
    assert response.status_code == 200, response.text
    return [orjson.loads(line) for line in response.text.splitlines()]


async def test_the_export_is_the_record_one_event_a_line_and_a_summary(
    client: httpx.AsyncClient, place: Place
) -> None:
    shown = (await log(place, orderBy=[{"field": "OCCURRED_AT"}]))["nodes"]
    *found, last = await lines(client, place)
    assert [each["position"] for each in found] == [1, 2, 3, 4]
    for entry, line in zip(shown, found, strict=True):
        same = ("id", "position", "kind", "entityType", "entityId", "requestId", "ip")
        assert {name: line[name] for name in same} == {name: entry[name] for name in same}
        assert line["actor"] == entry["actor"]["id"]
        assert (line["before"], line["after"]) == (entry["before"], entry["after"])
    assert last == {
        "summary": {
            "organization": place.slug,
            "count": 4,
            "after": 0,
            "head": {"position": 4, "hash": found[-1]["hash"]},
            "forgotten": 0,
        }
    }


async def test_each_line_has_the_hash_of_its_place_in_the_chain(
    client: httpx.AsyncClient, place: Place
) -> None:
    *found, _ = await lines(client, place)
    statement = text(
        "SELECT hash FROM event_positions"
        " WHERE organization_id = :id AND position <= 4 ORDER BY position"
    )
    async with place.world.resources.database.read() as session:
        kept = (await session.scalars(statement, {"id": uuid_of(place.id)})).all()
    assert [bytes.fromhex(each["hash"]) for each in found] == kept


async def test_an_export_is_recorded_with_what_was_asked_for(
    client: httpx.AsyncClient, place: Place
) -> None:
    await lines(client, place, after=2, kinds="TEMPLATE_CREATED", to="2100-01-01")
    [entry] = (await log(place, first=1))["nodes"]
    assert entry["kind"] == "AUDIT_EXPORTED"
    assert entry["actor"] == {"id": place[Role.ADMIN].id}
    assert entry["entity"] == {"id": place.id}
    assert entry["after"] == {
        "after": 2,
        "upTo": 4,
        "kinds": ["TEMPLATE_CREATED"],
        "from": None,
        "to": "2100-01-01T00:00:00+00:00",
    }


async def test_a_part_of_the_record_is_exported_and_the_summary_says_of_how_many(
    client: httpx.AsyncClient, place: Place
) -> None:
    async def found(**asked: Any) -> list[int]:
        *parts, last = await lines(client, place, **asked)
        assert last["summary"]["count"] == len(parts)
        return [each["position"] for each in parts]

    assert await found(after=2) == [3, 4]
    assert await found(kinds="MEMBER_JOINED,TEMPLATE_CREATED", after=0) == [3, 4]
    moment = (await log(place, orderBy=[{"field": "OCCURRED_AT"}]))["nodes"][2]["occurredAt"]
    assert await found(**{"from": moment, "kinds": "MEMBER_JOINED"}) == [3]
    assert await found(to=moment) == [1, 2]
    assert await found(after=1_000) == []


async def test_an_organisation_is_named_by_its_slug_or_its_id(
    client: httpx.AsyncClient, place: Place
) -> None:
    response = await get(client, place, place[Role.ADMIN], name=place.id)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    assert f'filename="{place.slug}.ndjson"' in response.headers["content-disposition"]


async def test_who_may_not_read_the_record_gets_none_and_nothing_is_recorded(
    client: httpx.AsyncClient, place: Place, world: World
) -> None:
    stranger = (await world.organization())[Role.ADMIN]
    for person, status in ((None, 401), (stranger, 404), (place[Role.EDITOR], 403)):
        for name in (place.slug, place.id):
            response = await get(client, place, person, name=name)
            assert (response.status_code, "errors" in response.json()) == (status, True)
    forged = Person("", "", place[Role.ADMIN].access_token + "x", "")
    assert (await get(client, place, forged)).status_code == 401
    assert (await log(place))["totalCount"] == 4


@pytest.mark.parametrize(
    "asked",
    [
        *({"after": "-1"}, {"after": "x"}, {"after": str(2**63)}, {"after": "1_0"}),
        *({"kinds": "NOTHING"}, {"from": "yesterday"}, {"to": "0001-01-01T00:00:00+14:00"}),
    ],
    ids=repr,
)
async def test_what_makes_no_sense_is_refused_and_nothing_is_recorded(
    client: httpx.AsyncClient, place: Place, asked: dict[str, str]
) -> None:
    response = await get(client, place, place[Role.ADMIN], **asked)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert (await log(place))["totalCount"] == 4


async def test_looking_at_the_head_is_no_export(client: httpx.AsyncClient, place: Place) -> None:
    headers = {"Authorization": f"Bearer {place[Role.ADMIN].access_token}"}
    response = await client.head(f"/audit/{place.slug}.ndjson", headers=headers)
    assert (response.status_code, response.headers["allow"]) == (405, "GET")
    assert (await log(place))["totalCount"] == 4


async def test_secrets_are_masked(client: httpx.AsyncClient, place: Place) -> None:
    statement = select(Event).where(Event.subject_id == uuid_of(place.id)).limit(1)
    row = await rows.one(place.world, statement)
    copied = {each.key: getattr(row, each.key) for each in Event.__table__.c if each.key != "id"}
    async with place.world.resources.database.transaction() as session:
        session.add(Event(**{**copied, "after": {"signingSecret": "hunter2", "name": "A"}}))
    await place.world.settled()
    found = await lines(client, place, after=4)
    assert found[0]["after"] == {"signingSecret": "[masked]", "name": "A"}


# However long it is


class Client:
    """The other end of a response, which takes a part only when it is told to."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.offered = asyncio.Event()
        self.room = asyncio.Semaphore(0)
        self.left = asyncio.Event()

    async def send(self, message: Any) -> None:
        if message.get("body"):
            self.offered.set()
            await self.room.acquire()
            self.parts.append(message["body"])

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}


@pytest.fixture
async def many(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """More than a few pages, of a size to be counted."""
    monkeypatch.setattr(pages, "AT_ONCE", 2)
    for n in range(4):
        await place.template(name=f"Letter {n}")
    await place.world.settled()
    return place


async def _beginning(place: Place) -> Exported:
    context = await place.world.context(place[Role.ADMIN])
    begun = await begin_export(context, place.slug, Extent())
    return Exported(_lines(context, begun, "test"), begun, context, Streams(5))


async def test_no_page_is_read_before_the_client_took_the_one_before(many: Place) -> None:
    response, client = await _beginning(many), Client()
    with many.world.statements() as statements:
        sending = asyncio.create_task(response({}, client.receive, client.send))
        for taken in range(1, 4):
            await client.offered.wait()
            client.offered.clear()
            assert _pages(statements.sent) == taken
            client.room.release()
        client.left.set()
        await sending
    assert _pages(statements.sent) <= 4


def _pages(sent: list[str]) -> int:
    return sum("event_positions" in each and "LIMIT" in each for each in sent)


async def test_an_export_ends_when_its_client_leaves(many: Place) -> None:
    response, client = await _beginning(many), Client()
    sending = asyncio.create_task(response({}, client.receive, client.send))
    await client.offered.wait()
    client.left.set()
    await sending
    assert client.parts == []


async def test_all_pages_together_are_the_record(many: Place) -> None:
    response, client = await _beginning(many), Client()
    client.room = asyncio.Semaphore(100)
    await response({}, client.receive, client.send)
    *found, last = [orjson.loads(line) for line in b"".join(client.parts).splitlines()]
    assert [each["position"] for each in found] == list(range(1, 9))
    assert last["summary"]["count"] == 8


@pytest.mark.parametrize("loses", ["the permission", "the session"])
async def test_who_may_no_longer_read_the_record_gets_no_more_of_it(
    many: Place, loses: str
) -> None:
    second = await many.join(Role.ADMIN, "Second")
    context = await many.world.context(second)
    begun = await begin_export(context, many.slug, Extent())
    found = _lines(context, begun, "test")
    assert b"position" in await anext(found)
    if loses == "the session":
        await many.world.done(LOGOUT, second, refreshToken=second.refresh_token)
    else:
        given = {"membership": await membership(many, second), "role": "EDITOR"}
        await many.world.done(CHANGE_ROLE, many[Role.ADMIN], **given)
    [told] = [orjson.loads(each) async for each in found]
    code = "UNAUTHENTICATED" if loses == "the session" else "FORBIDDEN"
    assert told["errors"][0]["extensions"]["code"] == code
