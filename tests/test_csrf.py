"""What another site cannot have a browser do that is signed in by cookies."""

from collections.abc import Iterator

import httpx
import pytest
from structlog.testing import capture_logs

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.browser import (
    ACCESS,
    CSRF,
    LOGIN,
    LOGOUT,
    REFRESH_SESSION,
    VIEWER,
    Browser,
    an_organization,
    codes,
    credentials,
    signed_in,
)
from tests.live_server import LiveServer, live_server
from tests.world import CREATE_ORGANIZATION, Person, World

ORIGIN = "https://app.example"


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    listed = settings.model_copy(update={"cors_origins": [ORIGIN], "graphiql": False})
    with live_server(create_app(listed, open_services), listed) as running:
        yield running


async def is_founded(browser: Browser, slug: str) -> bool:
    answer = await browser.post(
        "query ($s: String!) { organization(slug: $s) { id } }", {"s": slug}
    )
    return bool(answer.json()["data"]["organization"])


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
