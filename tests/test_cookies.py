"""Sessions in cookies over HTTP: what browsers keep, and what another site cannot have them do."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from db.models import Session
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
    VIEWER,
    Browser,
    codes,
)
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.test_sessions import session_of
from tests.world import CREATE_ORGANIZATION, PASSWORD, Person, World

ORIGIN = "https://app.example"
FAMILY = {"Path=/", "Secure", "SameSite=Strict"}


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    listed = settings.model_copy(update={"cors_origins": [ORIGIN], "graphiql": False})
    with live_server(create_app(listed, open_services), listed) as running:
        yield running


@pytest.fixture
async def http(server: LiveServer) -> AsyncIterator[httpx.AsyncClient]:
    base = server.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as http:
        yield http


@pytest.fixture
async def ada(world: World) -> Person:
    return await world.person("Ada")


@pytest.fixture
async def browser(http: httpx.AsyncClient, ada: Person) -> Browser:
    """Ada's, signed in."""
    return await signed_in(http, ada)


async def signed_in(http: httpx.AsyncClient, person: Person) -> Browser:
    browser = Browser(http)
    await browser.done(LOGIN, **credentials(person))
    return browser


def credentials(person: Person, **options: Any) -> dict[str, Any]:
    return {"email": person.email, "password": PASSWORD, "cookies": True, **options}


def an_organization() -> dict[str, str]:
    return {"slug": f"press-{uuid4().hex}", "name": "Acme Press"}


async def is_founded(browser: Browser, slug: str) -> bool:
    answer = await browser.post(
        "query ($s: String!) { organization(slug: $s) { id } }", {"s": slug}
    )
    return bool(answer.json()["data"]["organization"])


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


@pytest.mark.parametrize("proof", ["", "x", "x" * 43])
async def test_a_post_without_the_right_proof_is_forbidden_and_changes_nothing(
    browser: Browser, proof: str
) -> None:
    given = an_organization()
    with capture_logs() as logs:
        proved = {"X-CSRF-Token": proof}
        refused = await browser.post(CREATE_ORGANIZATION, {"input": given}, proved)
    assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    assert "X-CSRF-Token" in refused.json()["errors"][0]["message"]
    assert not await is_founded(browser, given["slug"])
    [logged] = [each for each in logs if each["event"] == "csrf_refused"]
    assert (logged["ip"], logged["log_level"]) == ("127.0.0.1", "warning")
    assert logged["proof"] == ("wrong" if proof else "missing")


async def test_a_query_by_post_needs_it_too_and_so_does_an_event_stream(browser: Browser) -> None:
    made = await browser.done(CREATE_ORGANIZATION, **an_organization())
    listen = f'subscription {{ events(organization: "{made["organization"]["id"]}") {{ kind }} }}'
    for query in (VIEWER, listen):
        refused = await browser.streamed(query, {"X-CSRF-Token": ""})
        assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
    assert (await browser.post(VIEWER, headers={"X-CSRF-Token": ""})).status_code == 403
    assert "viewer" in (await browser.streamed(VIEWER)).text


async def test_the_proof_of_another_session_does_not_do_even_with_its_cookie_planted(
    browser: Browser, http: httpx.AsyncClient, world: World
) -> None:
    eve = await signed_in(http, await world.person("Eve"))
    refused = await browser.post(VIEWER, headers={"X-CSRF-Token": eve.cookies[CSRF]})
    assert refused.status_code == 403
    for planted in (eve.cookies[CSRF], "x", ""):
        browser.cookies[CSRF] = planted
        refused = await browser.post(VIEWER, headers={"X-CSRF-Token": planted})
        assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])


async def test_a_bearer_token_wins_over_cookies_and_needs_no_proof(
    browser: Browser, world: World
) -> None:
    eve = await world.person("Eve")
    headers = {"Authorization": f"Bearer {eve.access_token}", "X-CSRF-Token": ""}
    assert (await browser.post(VIEWER, headers=headers)).json() == {
        "data": {"viewer": {"id": eve.id}}
    }
    ended = await browser.post(LOGOUT, {"input": {}}, headers)
    assert "set-cookie" not in ended.headers
    assert (await browser.post(VIEWER)).status_code == 200


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


async def test_another_site_cannot_refresh_or_end_a_session_of_which_the_access_token_is_over(
    browser: Browser, world: World, ada: Person
) -> None:
    browser.cookies.pop(ACCESS)
    kept = dict(browser.cookies)
    for mutation in (REFRESH_SESSION, LOGOUT):
        refused = await browser.post(mutation, {"input": {}}, {"X-CSRF-Token": "x"})
        assert (refused.status_code, codes(refused)) == (403, ["FORBIDDEN"])
        assert "set-cookie" not in refused.headers
    assert browser.cookies == kept
    assert (await browser.done(REFRESH_SESSION))["user"] == {"id": ada.id}


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


async def test_listed_origins_may_send_cookies_and_read_the_proof(
    http: httpx.AsyncClient, ada: Person
) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Origin": ORIGIN}
    asked["Access-Control-Request-Headers"] = "content-type,x-csrf-token"
    preflight = await http.options("/graphql", headers=asked)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Credentials"] == "true"
    answer = await Browser(http).post(LOGIN, {"input": credentials(ada)}, {"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "X-CSRF-Token" in answer.headers["Access-Control-Expose-Headers"]
    assert answer.headers["X-CSRF-Token"] in answer.headers["Set-Cookie"]


def test_where_everybody_may_call_nobody_may_send_cookies(settings: Settings) -> None:
    everybody = settings.model_copy(update={"cors_origins": ["*"]})
    with live_server(create_app(everybody, open_services), everybody) as running:
        asked = {"query": "{ __typename }"}
        answer = httpx.post(running.url, json=asked, headers={"Origin": ORIGIN})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
