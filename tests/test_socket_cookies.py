"""Sockets of browsers that are signed in by cookies."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.browser import ACCESS, CSRF, LOGIN, LOGOUT, VIEWER, Browser, credentials, signed_in
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.test_live_credentials import sign_out
from tests.websocket_client import INIT, client, initialised
from tests.world import Person, World


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as running:
        yield running


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("Ada")


@pytest.fixture
async def browser(server: LiveServer, ada: Person) -> AsyncIterator[Browser]:
    """Ada's, signed in."""
    base = server.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as http:
        yield await signed_in(http, ada)


async def test_a_browser_comes_with_its_cookies_and_a_proof_in_the_first_message(
    server: LiveServer, browser: Browser, ada: Person
) -> None:
    own = server.url.removesuffix("/graphql")
    headers = {"Cookie": browser.cookie, "Origin": own}
    async with client(server, additional_headers=headers) as ws:
        await ws.init({"x-csrf-token": browser.cookies[CSRF]})
        assert await ws.answer(VIEWER) == {"data": {"viewer": {"id": ada.id}}}
        await browser.done(LOGOUT)
        assert await ws.closed() == 4403


@pytest.mark.parametrize("payload", [None, {}, {"x-csrf-token": "x"}, {"x-csrf-token": 7}])
async def test_cookies_without_the_proof_open_no_socket(
    server: LiveServer, browser: Browser, payload: object
) -> None:
    async with client(server, additional_headers={"Cookie": browser.cookie}) as ws:
        await ws.send({**INIT, "payload": payload})
        assert await ws.closed() == 4403


async def test_cookies_whose_access_token_is_over_open_no_socket(
    server: LiveServer, browser: Browser
) -> None:
    del browser.cookies[ACCESS]
    async with client(server, additional_headers={"Cookie": browser.cookie}) as ws:
        await ws.send({**INIT, "payload": {"x-csrf-token": browser.cookies[CSRF]}})
        assert await ws.closed() == 4403


async def test_cookies_of_another_origin_count_only_where_it_is_listed(
    settings: Settings, server: LiveServer, browser: Browser
) -> None:
    headers = {"Cookie": browser.cookie, "Origin": "https://app.example"}
    with pytest.raises(InvalidStatus):
        async with client(server, additional_headers=headers):
            pass
    proof = {"x-csrf-token": browser.cookies[CSRF]}
    for origins, is_known in ((["*"], False), (["https://app.example"], True)):
        open_to = settings.model_copy(update={"cors_origins": origins})
        with live_server(create_app(open_to, open_services), open_to) as running:
            async with client(running, additional_headers=headers) as ws:
                await ws.init(proof)
                answer = await ws.answer(VIEWER)
                assert (answer["data"]["viewer"] is not None) == is_known


async def test_one_session_ends_and_the_same_persons_others_go_on(
    server: LiveServer, world: World, ada: Person, browser: Browser
) -> None:
    async with (
        initialised(server, ada.access_token) as ending,
        client(server, additional_headers={"Cookie": browser.cookie}) as other,
    ):
        await other.init({"X-CSRF-Token": browser.cookies[CSRF]})
        await sign_out(world, ada)
        assert await ending.closed() == 4403
        assert await other.answer(VIEWER) == {"data": {"viewer": {"id": ada.id}}}


async def test_a_socket_cannot_set_cookies_and_says_so(server: LiveServer, ada: Person) -> None:
    async with initialised(server) as ws:
        answer = await ws.answer(LOGIN, variables={"input": credentials(ada)})
        [error] = answer["data"]["login"]["errors"]
        assert error["path"] == ["cookies"]
