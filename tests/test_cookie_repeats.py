"""Cookies where a mutation is repeated, or only tried."""

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests import rows
from tests.browser import (
    ACCESS,
    CSRF,
    LOGIN,
    LOGOUT,
    REFRESH,
    REFRESH_SESSION,
    Browser,
    credentials,
    signed_in,
)
from tests.live_server import LiveServer, live_server
from tests.world import Person, World


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as running:
        yield running


async def test_what_is_only_tried_sets_and_clears_nothing(browser: Browser, ada: Person) -> None:
    before = dict(browser.cookies)
    for mutation, given in ((LOGIN, credentials(ada)), (REFRESH_SESSION, {}), (LOGOUT, {})):
        tried = await browser.do(mutation, **given, dryRun=True)
        assert "errors" not in tried.json()
        assert "set-cookie" not in tried.headers
    assert browser.cookies == before
    assert (await browser.done(REFRESH_SESSION))["user"] == {"id": ada.id}


async def test_a_repeat_sets_the_same_cookies_again_and_what_is_kept_gives_none_away(
    http: httpx.AsyncClient, world: World, ada: Person
) -> None:
    first, again, given = Browser(http), Browser(http), credentials(ada, idempotencyKey=uuid4().hex)
    payload = await first.done(LOGIN, **given)
    assert await again.done(LOGIN, **given) == payload
    assert again.cookies == first.cookies
    stored = await rows.whole_database(world)
    assert not any(value in stored for value in first.cookies.values())
    other = await Browser(http).do(LOGIN, **{**given, "cookies": False})
    assert other.json()["data"]["login"]["accessToken"] != payload["accessToken"]


async def test_a_key_of_ones_own_gives_nobody_the_session_of_another_browser(
    http: httpx.AsyncClient, world: World, ada: Person
) -> None:
    eve = await world.person("Eve")
    answered = []
    for person in (ada, eve):
        browser = await signed_in(http, person)
        browser.cookies.pop(ACCESS)
        payload = await browser.done(REFRESH_SESSION, idempotencyKey="the same")
        answered.append((payload["user"]["id"], browser.cookies[REFRESH]))
    assert [id for id, _ in answered] == [ada.id, eve.id]
    assert answered[0][1] != answered[1][1]


async def test_a_repeated_refresh_and_a_repeated_logout_leave_the_browser_alike(
    browser: Browser, http: httpx.AsyncClient
) -> None:
    lost, key = Browser(http), uuid4().hex
    lost.cookies = {REFRESH: browser.cookies[REFRESH], CSRF: browser.cookies[CSRF]}
    browser.cookies.pop(ACCESS)
    for mutation in (REFRESH_SESSION, LOGOUT):
        await browser.do(mutation, idempotencyKey=f"{mutation[:20]} {key}")
        await lost.do(mutation, idempotencyKey=f"{mutation[:20]} {key}")
        assert lost.cookies == browser.cookies
        browser.cookies.pop(ACCESS, None)
        lost.cookies.pop(ACCESS, None)
