"""A session in cookies as a real browser has it, on an address of this machine."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.browser import ACCESS, CSRF, LOGIN, LOGOUT, REFRESH, REFRESH_SESSION, VIEWER, credentials
from tests.chromium import chromium, needs_chromium
from tests.live_server import LiveServer, live_server
from tests.world import CREATE_ORGANIZATION, World

pytestmark = needs_chromium

ASK = """
async ({query, input, proves}) => {
  const [, csrf] = document.cookie.match(/__Host-imprimatur-csrf=([^;]+)/) ?? [];
  const headers = {"Content-Type": "application/json"};
  if (proves && csrf) headers["X-CSRF-Token"] = csrf;
  const body = JSON.stringify({query, variables: {input}});
  const response = await fetch("/graphql", {method: "POST", headers, body});
  return {status: response.status, ...await response.json()};
}
"""
CONNECT = """
() => new Promise(resolve => {
  const [, csrf] = document.cookie.match(/__Host-imprimatur-csrf=([^;]+)/);
  const socket = new WebSocket(`ws://${location.host}/graphql`, "graphql-transport-ws");
  window.ended = new Promise(tell => { socket.onclose = event => tell(event.code); });
  window.ended.then(resolve);
  socket.onmessage = event => resolve(JSON.parse(event.data).type);
  const payload = {"x-csrf-token": csrf};
  socket.onopen = () => socket.send(JSON.stringify({type: "connection_init", payload}));
})
"""


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@asynccontextmanager
async def a_page(browser: Browser, server: LiveServer, host: str) -> AsyncIterator[Page]:
    """A page of ours, in a window that has no cookies yet."""
    window = await browser.new_context()
    page = await window.new_page()
    await page.goto(f"http://{host}:{server.port}/health/live")
    yield page
    await window.close()


async def ask(
    page: Page, query: str, input: Mapping[str, Any] | None = None, *, proves: bool = True
) -> dict[str, Any]:
    asked = {"query": query, "input": input or {}, "proves": proves}
    return dict(await page.evaluate(ASK, asked))


async def seen_by_scripts(page: Page) -> set[str]:
    cookies = str(await page.evaluate("document.cookie"))
    return {pair.partition("=")[0] for pair in cookies.split("; ") if pair}


async def kept_for(page: Page) -> set[str | None]:
    return {cookie.get("name") for cookie in await page.context.cookies()}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_page_signs_in_changes_things_stays_in_and_signs_out(
    browser: Browser, server: LiveServer, world: World, host: str
) -> None:
    ada = await world.person("Ada")
    me = {"viewer": {"id": ada.id}}
    async with a_page(browser, server, host) as page:
        signed_in = await ask(page, LOGIN, credentials(ada))
        assert signed_in["data"]["login"]["accessToken"] is None
        assert await kept_for(page) == {ACCESS, REFRESH, CSRF}
        assert await seen_by_scripts(page) == {CSRF}
        assert await ask(page, VIEWER) == {"status": 200, "data": me}

        founding = {"slug": f"press-{uuid4().hex}", "name": "Acme Press"}
        refused = await ask(page, CREATE_ORGANIZATION, founding, proves=False)
        assert refused["status"] == 403
        founded = await ask(page, CREATE_ORGANIZATION, founding)
        assert founded["data"]["createOrganization"]["organization"]["slug"] == founding["slug"]

        await page.context.clear_cookies(name=ACCESS)
        assert (await ask(page, VIEWER))["status"] == 401
        assert (await ask(page, REFRESH_SESSION))["data"]["refreshSession"]["errors"] == []
        assert await ask(page, VIEWER) == {"status": 200, "data": me}

        assert await page.evaluate(CONNECT) == "connection_ack"
        assert (await ask(page, LOGOUT))["data"]["logout"]["signedOut"] is True
        assert await page.evaluate("window.ended") == 4403
        assert await kept_for(page) == set()
        assert await ask(page, VIEWER) == {"status": 200, "data": {"viewer": None}}
