"""A client that speaks GraphQL over HTTP to a live server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import orjson

from tests.live_server import DEADLINE, LiveServer
from tests.world import PASSWORD, REGISTER, Person

EVENTS = {"Accept": "text/event-stream"}


class HttpClient:
    """Somebody's connection, signed in or not."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

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

    async def register(self, name: str = "Ada") -> Person:
        given = {
            "email": f"{name.lower()}.{uuid4().hex[:8]}@example.com",
            "password": PASSWORD,
            "firstName": name,
            "lastName": "Byron",
        }
        payload = (await self.ask(REGISTER, input=given)).json()["data"]["register"]
        user = payload["user"]
        return Person(user["id"], user["email"], payload["accessToken"], payload["refreshToken"])


@asynccontextmanager
async def http_client(server: LiveServer) -> AsyncIterator[HttpClient]:
    base = server.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as http:
        yield HttpClient(http)


def _signed(by: Person | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {by.access_token}"} if by else {}


async def _answers(response: httpx.Response) -> AsyncIterator[Any]:
    async for line in response.aiter_lines():
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data:
            yield orjson.loads(data)
