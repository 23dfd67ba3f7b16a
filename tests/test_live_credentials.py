"""Sockets and event streams last as long as what their clients came with, wherever that ends."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import httpx
import pytest

from db.models import User, now
from domain.accounts import UserStatus
from domain.events import EventKind
from domain.permissions import Role
from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests import rows
from tests.browser import LOGIN, LOGOUT, REFRESH_SESSION, VIEWER
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.spine import Site, cut_readers
from tests.test_sessions import REFRESH, session_of
from tests.visitors import EVENT_STREAM
from tests.websocket_client import initialised
from tests.world import PASSWORD, Person, Place, World, uuid_of

LISTEN = "subscription ($id: ID!) { events(organization: $id, kinds: [WEBHOOK_PINGED]) { kind } }"
SECONDS = 2.0
"""Until a nearly expired token is over."""

Ending = Callable[[World, Person], Awaitable[object]]


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    """A process beside that of the world, which is where things happen."""
    with live_server(create_app(settings, open_services), settings) as running:
        yield running


@pytest.fixture
async def place(world: World) -> Place:
    return await world.organization(Role.VIEWER)


async def sign_out(world: World, person: Person) -> None:
    await world.done(LOGOUT, person)


async def use_an_old_token(world: World, person: Person) -> None:
    await world.done(REFRESH, None, refreshToken=person.refresh_token)
    session = await session_of(world, person)
    await rows.change(world, session, rotated_at=now() - timedelta(minutes=1))
    await world.ask(REFRESH, {"input": {"refreshToken": person.refresh_token}})


async def suspend(world: World, person: Person) -> None:
    ctx = await world.context()
    async with ctx.transaction() as work:
        user = await work.session.get_one(User, uuid_of(person.id))
        user.status = UserStatus.SUSPENDED
        work.record(EventKind.USER_SUSPENDED, user)


async def nearly_expired(world: World, person: Person) -> str:
    """Their access token as it is at the end of its life."""
    tokens = world.resources.tokens
    said = await tokens.verify(person.access_token)
    begun = now() - tokens.lifetime + timedelta(seconds=SECONDS)
    return tokens.sign(said.user_id, said.session_id, begun)[0]


@pytest.mark.parametrize("end", [sign_out, use_an_old_token, suspend])
async def test_a_silent_socket_is_closed_as_soon_as_the_session_ends_elsewhere(
    server: LiveServer, world: World, place: Place, end: Ending
) -> None:
    viewer, admin = place[Role.VIEWER], place[Role.ADMIN]
    async with (
        initialised(server, viewer.access_token) as idle,
        initialised(server, viewer.access_token) as listening,
        initialised(server, admin.access_token) as other,
    ):
        await listening.subscribe("1", LISTEN, variables={"id": place.id})
        await end(world, viewer)
        assert (await idle.closed(), await listening.closed()) == (4403, 4403)
        assert await other.answer(VIEWER) == {"data": {"viewer": {"id": admin.id}}}


async def test_an_event_stream_is_told_and_completed(
    server: LiveServer, world: World, place: Place
) -> None:
    viewer = place[Role.VIEWER]
    headers = {**EVENT_STREAM, "Authorization": f"Bearer {viewer.access_token}"}
    asked = {"query": LISTEN, "variables": {"id": place.id}}
    async with (
        httpx.AsyncClient(timeout=DEADLINE) as http,
        http.stream("POST", server.url, json=asked, headers=headers) as stream,
    ):
        await sign_out(world, viewer)
        told = (await stream.aread()).decode()
    assert "UNAUTHENTICATED" in told
    assert told.endswith("event: complete\ndata:\n\n")


async def test_what_was_not_heard_is_looked_up_once_it_is_known_that_something_may_be_missing(
    server: LiveServer, world: World, place: Place, settings: Settings
) -> None:
    viewer, admin = place[Role.VIEWER], place[Role.ADMIN]
    async with (
        initialised(server, viewer.access_token) as ending,
        initialised(server, admin.access_token) as other,
    ):
        await rows.change(world, await session_of(world, viewer), revoked_at=now())
        await cut_readers(Site(world.resources.database, settings.redis_url or ""))
        assert await ending.closed() == 4403
        assert await other.answer(VIEWER) == {"data": {"viewer": {"id": admin.id}}}


async def test_a_socket_whose_session_is_refreshed_outlives_its_first_token(
    server: LiveServer, world: World, place: Place
) -> None:
    viewer = place[Role.VIEWER]
    token, given = await nearly_expired(world, viewer), {"refreshToken": viewer.refresh_token}
    async with (
        initialised(server, token) as pinging,
        initialised(server, token) as refreshing,
        initialised(server, token) as ending,
    ):
        newer = await world.done(REFRESH, None, **given)
        payload = {"authorization": f"Bearer {newer['accessToken']}"}
        await pinging.send({"type": "ping", "payload": payload})
        pong = await pinging.receive()
        assert pong["type"] == "pong"
        assert pong["payload"]["expiresAt"][:19] == newer["accessTokenExpiresAt"][:19]
        answer = await refreshing.answer(REFRESH_SESSION, variables={"input": given})
        assert answer["data"]["refreshSession"]["accessToken"]
        assert await ending.closed() == 4403
        for going_on in (pinging, refreshing):
            assert await going_on.answer(VIEWER) == {"data": {"viewer": {"id": viewer.id}}}


async def test_what_does_not_refresh_the_sockets_own_session_does_not_prolong_it(
    server: LiveServer, world: World, place: Place
) -> None:
    viewer, admin = place[Role.VIEWER], place[Role.ADMIN]
    tried = {"refreshToken": viewer.refresh_token, "dryRun": True}
    of_another = {"refreshToken": admin.refresh_token}
    async with initialised(server, await nearly_expired(world, viewer)) as ws:
        for given in (tried, of_another):
            answer = await ws.answer(REFRESH_SESSION, variables={"input": given})
            assert answer["data"]["refreshSession"]["errors"] == []
        assert await ws.closed() == 4403


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's", "a session's that ended"])
async def test_a_ping_with_a_token_that_is_not_the_callers_closes_the_socket(
    server: LiveServer, world: World, place: Place, whose: str
) -> None:
    viewer, other = place[Role.VIEWER], await world.person("Eve")
    token = other.access_token if whose == "somebody else's" else "no.good.token"
    if whose == "a session's that ended":
        payload = {"email": viewer.email, "password": PASSWORD}
        token = (await world.done(LOGIN, None, **payload))["accessToken"]
        await sign_out(world, Person(viewer.id, viewer.email, token, ""))
    async with initialised(server, viewer.access_token) as ws:
        await ws.send({"type": "ping", "payload": {"Authorization": f"Bearer {token}"}})
        assert await ws.closed() == 4403


async def test_nobody_becomes_somebody_by_a_ping(server: LiveServer, place: Place) -> None:
    async with initialised(server) as ws:
        payload = {"authorization": f"Bearer {place[Role.VIEWER].access_token}"}
        await ws.send({"type": "ping", "payload": payload})
        assert await ws.closed() == 4403
