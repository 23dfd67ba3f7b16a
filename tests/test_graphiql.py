"""GraphiQL in a real browser, against the real server: exploring, signing in, following."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.async_api import Browser, Page, expect

from domain.permissions import Role
from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.chromium import chromium, needs_chromium
from tests.editorial import COMMENT
from tests.live_server import LiveServer, live_server
from tests.world import PASSWORD, Person, Place, World

SHIFTLESS = "ControlOrMeta"
VISITS = 60  # signs given before a subscription is taken for deaf

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as running:
        yield running


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization(Role.EDITOR)


@asynccontextmanager
async def graphiql(browser: Browser, server: LiveServer) -> AsyncIterator[Page]:
    """GraphiQL in a window of its own. It complains of nothing and asks no other host."""
    complaints: list[str] = []
    hosts: set[str] = set()
    window = await browser.new_context(viewport={"width": 1400, "height": 900})
    page = await window.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    await page.goto(server.url)
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("Imprimatur")
    try:
        yield page
    finally:
        await window.close()
    assert complaints == []
    assert hosts == {f"127.0.0.1:{server.port}"}


async def write(page: Page, editor: str, text: str) -> None:
    """Replace what an editor holds."""
    await page.locator(f"{editor} .monaco-editor:visible").click()
    await page.keyboard.press(f"{SHIFTLESS}+A")
    await page.keyboard.insert_text(text)


async def sign_in(page: Page, person: Person) -> None:
    headers = json.dumps({"Authorization": f"Bearer {person.access_token}"})
    await page.get_by_role("button", name="Headers").click()
    await write(page, ".graphiql-editor-tool", headers)


async def run(page: Page, query: str) -> None:
    """Run an operation that has a name, once the tab that shows the name has taken it over."""
    await write(page, ".graphiql-query-editor", query)
    await expect(page.get_by_role("tab")).to_contain_text(query.split()[1])
    await page.get_by_role("button", name="Execute query").click()


async def test_a_query_is_typed_and_answered_and_kept_in_the_history(
    browser: Browser, server: LiveServer
) -> None:
    async with graphiql(browser, server) as page:
        await run(page, "query WhoAmI { viewer { email } __typename }")
        await expect(page.locator(".graphiql-response")).to_contain_text('"viewer": null')
        await page.get_by_role("button", name="Show History").click()
        await expect(page.locator(".graphiql-history")).to_contain_text("WhoAmI")


async def test_the_documentation_shows_the_schema(browser: Browser, server: LiveServer) -> None:
    async with graphiql(browser, server) as page:
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        docs = page.locator(".graphiql-doc-explorer")
        await docs.get_by_role("link", name="Query").first.click()
        await expect(docs).to_contain_text("The person who is signed in; null for nobody.")


async def test_a_token_in_the_headers_signs_in(
    browser: Browser, server: LiveServer, place: Place
) -> None:
    editor = place[Role.EDITOR]
    async with graphiql(browser, server) as page:
        await sign_in(page, editor)
        await run(page, "query Me { viewer { email } }")
        await expect(page.locator(".graphiql-response")).to_contain_text(editor.email)


async def test_who_signs_in_with_cookies_goes_on_by_them(
    browser: Browser, server: LiveServer, place: Place
) -> None:
    editor = place[Role.EDITOR]
    given = f'{{email: "{editor.email}", password: "{PASSWORD}", cookies: true}}'
    async with graphiql(browser, server) as page:
        await run(page, f"mutation Enter {{ login(input: {given}) {{ user {{ id }} }} }}")
        shown = page.locator(".graphiql-response")
        await expect(shown).to_contain_text(editor.id)
        await run(page, "query Me { viewer { email } }")
        await expect(shown).to_contain_text(editor.email)


async def test_a_subscription_shows_what_happens(
    browser: Browser, server: LiveServer, world: World, place: Place
) -> None:
    template = await place.template()
    id = template["id"]
    listen = f'subscription Listen {{ commentAdded(template: "{id}") {{ comment {{ body }} }} }}'
    async with graphiql(browser, server) as page:
        await sign_in(page, place[Role.EDITOR])
        await run(page, listen)
        shown = page.locator(".graphiql-response")
        for sign in range(VISITS):
            if "crocus" in await shown.inner_text():
                break
            body = f"crocus{sign}"
            await world.done(COMMENT, place[Role.EDITOR], template=template["id"], body=body)
            await page.wait_for_timeout(200)
        await expect(shown).to_contain_text("crocus")


def test_the_page_forbids_everything_that_is_not_its_own(server: LiveServer) -> None:
    answer = httpx.get(server.url, headers={"Accept": "text/html"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy
    assert "<script>" not in answer.text


def test_scripts_are_cached_for_ever_and_compressed(server: LiveServer) -> None:
    page = httpx.get(server.url, headers={"Accept": "text/html"}).text
    [path] = [part for part in page.split('"') if part.endswith(".js")][:1]
    script = httpx.get(httpx.URL(server.url).join(path), headers={"Accept-Encoding": "gzip"})
    assert script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"]


def test_in_production_there_is_no_page_unless_it_is_asked_for(settings: Settings) -> None:
    closed = settings.model_copy(update={"graphiql": False})
    with live_server(create_app(closed, open_services), closed) as running:
        answer = httpx.get(running.url, headers={"Accept": "text/html"})
    assert answer.status_code in {400, 406}
    assert "<html" not in answer.text
