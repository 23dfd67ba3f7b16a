"""A client that speaks GraphQL over HTTP to a live server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson

from tests.live_server import DEADLINE, LiveServer
from tests.newcomers import given_account
from tests.world import PASSWORD, Person

EVENTS = {"Accept": "text/event-stream"}
LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) { user { id email } accessToken refreshToken errors { message } }
}
"""


class HttpClient:
    """Somebody's connection, signed in or not."""

    def __init__(self, http: httpx.AsyncClient, database_url: str) -> None:
        self.http, self._database_url = http, database_url

    async def ask(self, query: str, by: Person | None = None, **variables: Any) -> httpx.Response:
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers=_signed(by))

    async def send(self, content: bytes, **headers: str) -> httpx.Response:
        """A body as it is."""
        given = {"Content-Type": "application/json", **headers}
        return await self.http.post("/graphql", content=content, headers=given)

    @asynccontextmanager
    async def events(
        self, query: str, by: Person | None = None, **variables: Any
    ) -> AsyncIterator[AsyncIterator[Any]]:
        """The answers of an event stream, until it completes."""
        body = {"query": query, "variables": variables}
        headers = {**EVENTS, **_signed(by)}
        async with self.http.stream("POST", "/graphql", json=body, headers=headers) as response:
            assert response.status_code == 200, await response.aread()
            yield _answers(response)

    async def newcomer(self, name: str = "Ada") -> Person:
        """Somebody with an account, signed in."""
        email = f"{name.lower()}.{uuid4().hex[:8]}@example.com"
        await given_account(self._database_url, email, name, "Byron")
        given = {"email": email, "password": PASSWORD}
        payload = (await self.ask(LOGIN, input=given)).json()["data"]["login"]
        return Person(payload["user"]["id"], email, payload["accessToken"], payload["refreshToken"])


@asynccontextmanager
async def http_client(server: LiveServer) -> AsyncIterator[HttpClient]:
    base = server.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as http:
        yield HttpClient(http, server.database_url)


def _signed(by: Person | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {by.access_token}"} if by else {}


async def _answers(response: httpx.Response) -> AsyncIterator[Any]:
    async for line in response.aiter_lines():
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data:
            yield orjson.loads(data)
