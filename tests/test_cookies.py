"""Sessions in cookies over HTTP: what browsers keep, for how long, and what it is good for."""

from collections.abc import Iterator

import httpx
import pytest

from db.models import Session
from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.browser import (
    ACCESS,
    CSRF,
    LOGIN,
    LOGOUT,
    REFRESH,
    REFRESH_SESSION,
    VIEWER,
    Browser,
    an_organization,
    codes,
    credentials,
)
from tests.live_server import LiveServer, live_server
from tests.test_sessions import session_of
from tests.world import CREATE_ORGANIZATION, Person, World

FAMILY = {"Path=/", "Secure", "SameSite=Strict"}


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as running:
        yield running


def test_the_names_are_those_that_clients_know() -> None:
    assert (ACCESS, REFRESH, CSRF) == (
        "__Host-imprimatur-access",
        "__Host-imprimatur-refresh",
        "__Host-imprimatur-csrf",
    )


async def test_tokens_are_kept_out_of_the_answer_in_cookies_that_no_script_sees(
    http: httpx.AsyncClient, ada: Person
) -> None:
    browser = Browser(http)
    payload = await browser.done(LOGIN, **credentials(ada))
    assert (payload["accessToken"], payload["refreshToken"]) == (None, None)
    assert payload["user"] == {"id": ada.id}
    assert payload["accessTokenExpiresAt"] < payload["refreshTokenExpiresAt"]
    assert browser.attributes == {
        ACCESS: {*FAMILY, "HttpOnly", "Max-Age=900"},
        REFRESH: {*FAMILY, "HttpOnly", "Max-Age=604800"},
        CSRF: {*FAMILY, "Max-Age=604800"},
    }
    assert browser.cookies[CSRF] not in browser.cookies[ACCESS] + browser.cookies[REFRESH]


async def test_the_cookies_say_who_asks_and_a_page_of_ours_may_change_things(
    browser: Browser, ada: Person
) -> None:
    assert (await browser.post(VIEWER)).json() == {"data": {"viewer": {"id": ada.id}}}
    made = await browser.done(CREATE_ORGANIZATION, **an_organization())
    assert made["organization"]["id"]


async def test_reading_by_get_needs_no_proof(browser: Browser, ada: Person) -> None:
    assert (await browser.get(VIEWER)).json() == {"data": {"viewer": {"id": ada.id}}}


async def test_a_refresh_by_cookie_stays_in_cookies_and_each_token_is_good_once(
    browser: Browser, ada: Person
) -> None:
    before = dict(browser.cookies)
    payload = await browser.done(REFRESH_SESSION)
    assert (payload["accessToken"], payload["refreshToken"]) == (None, None)
    assert payload["user"] == {"id": ada.id}
    assert browser.cookies[REFRESH] != before[REFRESH]
    assert browser.cookies[ACCESS] != before[ACCESS]
    assert browser.cookies[CSRF] == before[CSRF]
    assert (await browser.post(VIEWER)).json()["data"]["viewer"] == {"id": ada.id}


@pytest.mark.parametrize("access", [None, "no.good.token"])
async def test_who_comes_back_late_is_told_to_refresh_and_may(
    browser: Browser, ada: Person, access: str | None
) -> None:
    """A browser forgets the access token when it ends; its clock may differ from ours."""
    browser.cookies.pop(ACCESS)
    if access:
        browser.cookies[ACCESS] = access
    for query in (VIEWER, "{ __typename }"):
        for answer in (await browser.post(query), await browser.get(query)):
            assert (answer.status_code, codes(answer)) == (401, ["UNAUTHENTICATED"])
    refused = await browser.do(CREATE_ORGANIZATION, **an_organization())
    assert codes(refused) == ["UNAUTHENTICATED"]
    assert (await browser.done(REFRESH_SESSION))["user"] == {"id": ada.id}
    assert (await browser.post(VIEWER)).json()["data"]["viewer"] == {"id": ada.id}


@pytest.mark.parametrize("access", [None, "no.good.token"])
async def test_who_comes_back_late_may_sign_in_or_out(
    browser: Browser, ada: Person, access: str | None
) -> None:
    browser.cookies.pop(ACCESS)
    if access:
        browser.cookies[ACCESS] = access
    proofless = {"X-CSRF-Token": ""}
    again = await browser.post(LOGIN, {"input": credentials(ada)}, proofless)
    assert again.json()["data"]["login"]["user"] == {"id": ada.id}
    browser.cookies.pop(ACCESS)
    assert (await browser.done(LOGOUT))["signedOut"] is True
    assert browser.cookies == {}


async def test_signing_out_ends_the_session_and_empties_the_browser(
    browser: Browser, http: httpx.AsyncClient
) -> None:
    stolen = Browser(http)
    stolen.cookies = dict(browser.cookies)
    assert (await browser.done(LOGOUT))["signedOut"] is True
    assert browser.cookies == {}
    assert browser.attributes[ACCESS] == {*FAMILY, "HttpOnly", "Max-Age=0"}
    assert (await browser.post(VIEWER)).json() == {"data": {"viewer": None}}
    assert (await stolen.post(VIEWER)).status_code == 401


@pytest.mark.parametrize("mutation", [REFRESH_SESSION, LOGOUT])
async def test_cookies_of_a_session_that_is_over_are_cleared(
    browser: Browser, world: World, mutation: str
) -> None:
    session = browser.cookies[REFRESH].partition(".")[0]
    async with world.resources.database.transaction() as work:
        await work.delete(await work.get_one(Session, session))
    world.resources.actors.forget()
    browser.cookies.pop(ACCESS)
    assert codes(await browser.do(mutation)) == ["UNAUTHENTICATED"]
    assert browser.cookies == {}


async def test_a_script_gets_tokens_and_no_cookies(http: httpx.AsyncClient, ada: Person) -> None:
    script = Browser(http)
    payload = await script.done(LOGIN, **credentials(ada, cookies=False))
    bearer = {"Authorization": f"Bearer {payload['accessToken']}"}
    assert (await script.post(VIEWER, headers=bearer)).json() == {
        "data": {"viewer": {"id": ada.id}}
    }
    payload = await script.done(REFRESH_SESSION, refreshToken=payload["refreshToken"])
    assert (await script.done(LOGOUT, refreshToken=payload["refreshToken"]))["signedOut"]
    assert script.attributes == {}


async def test_tokens_of_a_script_can_move_into_cookies(
    http: httpx.AsyncClient, ada: Person
) -> None:
    browser = Browser(http)
    payload = await browser.done(REFRESH_SESSION, refreshToken=ada.refresh_token, cookies=True)
    assert (payload["accessToken"], payload["refreshToken"]) == (None, None)
    assert (await browser.post(VIEWER)).json()["data"]["viewer"] == {"id": ada.id}


async def test_without_any_refresh_token_the_place_for_it_is_named(
    http: httpx.AsyncClient,
) -> None:
    refused = (await Browser(http).do(REFRESH_SESSION)).json()["data"]["refreshSession"]
    assert [error["path"] for error in refused["errors"]] == [["refreshToken"]]


async def test_where_no_cookie_can_be_set_nobody_is_signed_in(
    http: httpx.AsyncClient, world: World, ada: Person
) -> None:
    before = await session_of(world, ada)
    asked = {"query": LOGIN, "variables": {"input": credentials(ada)}}
    headers = {"Accept": "text/event-stream"}
    told = (await http.post("/graphql", json=asked, headers=headers)).text
    assert '"path":["cookies"]' in told
    assert (await session_of(world, ada)).id == before.id
