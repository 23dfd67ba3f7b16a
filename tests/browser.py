"""A browser as far as cookies go: it keeps what it is told to, and sends it with every request."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.live_server import DEADLINE, LiveServer
from tests.visitors import EVENT_STREAM
from tests.world import PASSWORD, Person, World

ACCESS, REFRESH, CSRF = (f"__Host-imprimatur-{name}" for name in ("access", "refresh", "csrf"))

LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) {
    user { id } accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
    errors { __typename message path }
  }
}
"""
REFRESH_SESSION = """
mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    user { id } accessToken refreshToken accessTokenExpiresAt errors { message path }
  }
}
"""
LOGOUT = """
mutation ($input: LogoutInput!) { logout(input: $input) { signedOut errors { message } } }
"""
VIEWER = "{ viewer { id } }"


class Browser:
    """One profile of somebody's; its pages prove that they are ours, unless they are told not to.

    The cookies are `Secure`: real browsers send them to this machine all the same, and so does it.
    """

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.cookies: dict[str, str] = {}
        self.attributes: dict[str, set[str]] = {}

    async def post(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer; `headers` replace those of a page of ours."""
        asked = {"query": query, "variables": variables or {}}
        sent = {**self.headers, **(headers or {})}
        return self._kept(await self.http.post("/graphql", json=asked, headers=sent))

    async def do(self, query: str, **input: Any) -> httpx.Response:
        return await self.post(query, {"input": input})

    async def done(self, query: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation that succeeds."""
        answer = (await self.do(query, **input)).json()
        assert "errors" not in answer, answer
        [payload] = answer["data"].values()
        assert payload["errors"] == [], payload
        return dict(payload)

    async def get(self, query: str) -> httpx.Response:
        """Without any proof, as from the address bar."""
        sent = {"Cookie": self.cookie} if self.cookies else {}
        return await self.http.get("/graphql", params={"query": query}, headers=sent)

    async def streamed(
        self, query: str, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The whole stream that answers a POST."""
        return await self.post(query, headers={**EVENT_STREAM, **(headers or {})})

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    @property
    def headers(self) -> dict[str, str]:
        """Those of a page of ours."""
        if not self.cookies:
            return {}
        proof = {"X-CSRF-Token": self.cookies[CSRF]} if CSRF in self.cookies else {}
        return {"Cookie": self.cookie, **proof}

    def _kept(self, response: httpx.Response) -> httpx.Response:
        for line in response.headers.get_list("set-cookie"):
            pair, *attributes = line.split("; ")
            name, _, value = pair.partition("=")
            self.cookies[name], self.attributes[name] = value, set(attributes)
            if "Max-Age=0" in attributes:
                del self.cookies[name]
        return response


def codes(response: httpx.Response) -> list[str]:
    """Those of the errors at the top level."""
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]


async def signed_in(http: httpx.AsyncClient, person: Person) -> Browser:
    browser = Browser(http)
    await browser.done(LOGIN, **credentials(person))
    return browser


def credentials(person: Person, **options: Any) -> dict[str, Any]:
    return {"email": person.email, "password": PASSWORD, "cookies": True, **options}


def an_organization() -> dict[str, str]:
    return {"slug": f"press-{uuid4().hex}", "name": "Acme Press"}


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
