"""People who use a server from outside: requests over HTTP, and streams that they listen to."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import httpx

from auth.sealing import Seal
from auth.tokens import mailed_token
from tests.editorial import COMMENT
from tests.live_server import DEADLINE
from tests.mailbox import Mailbox
from tests.newcomers import given_account
from tests.websocket_client import Reachable, initialised
from tests.world import (
    ACCEPT,
    CREATE_ORGANIZATION,
    INVITE,
    PASSWORD,
    REGISTER,
    VERIFY_EMAIL,
    uuid_of,
)

EVENT_STREAM = {"Accept": "text/event-stream"}
SIGN_AGAIN_AFTER = 0.5  # seconds
LOGIN = """
mutation ($input: LoginInput!) {
  login(input: $input) { user { id email } accessToken errors { message } }
}
"""
COMMENTS = """
subscription ($template: ID!) {
  commentAdded(template: $template) { kind comment { id body author { name { full } } } }
}
"""
ALL_COMMENTS = """
query ($id: ID!) {
  node(id: $id) { ... on Template { comments(first: 100) { nodes { id } } } }
}
"""

Hear = Callable[[], Coroutine[None, None, dict[str, Any]]]
"""The `data` of a subscription's next answer."""


class Interrupted(Exception):
    """A subscription ended: with an error of this code, or this message of the protocol."""


class Server(Reachable, Protocol):
    data_dir: Path
    database_url: str | None
    """None where the server has an engine of its own; then it does its jobs itself, too."""

    @property
    def address(self) -> str: ...

    @property
    def mailed(self) -> Seal: ...


class Visitor:
    """Somebody at a server's address; signed in, once they have a token."""

    def __init__(
        self, http: httpx.AsyncClient, server: Server, user: dict[str, Any], token: str | None
    ) -> None:
        self.http, self.server, self.user, self.token = http, server, user, token

    @property
    def id(self) -> str:
        return str(self.user["id"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        asked = {"query": query, "variables": variables}
        answer = await self.http.post("/graphql", json=asked, headers=self.headers)
        return dict(answer.json())

    async def see(self, query: str, **variables: Any) -> dict[str, Any]:
        """The `data` of an answer without errors."""
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer
        return dict(answer["data"])

    async def done(self, query: str, **input: Any) -> dict[str, Any]:
        """The payload of a mutation that succeeds."""
        [payload] = (await self.see(query, input=input)).values()
        assert payload["errors"] == [], payload
        return dict(payload)

    async def registered(self, first: str, last: str) -> "Visitor":
        """A new person, signed in."""
        email = f"{first}.{last}.{uuid4().hex[:8]}@example.com".lower()
        if self.server.database_url is not None:
            await given_account(self.server.database_url, email, first, last)
        else:
            await self._registers(email, first, last)
        return await self.signed_in(email, PASSWORD)

    async def _registers(self, email: str, first: str, last: str) -> None:
        given = {"email": email, "password": PASSWORD, "firstName": first, "lastName": last}
        await self.done(REGISTER, **given)
        mailbox = Mailbox(self.server.data_dir / "mail")
        await mailbox.arrived(email)
        await self.done(VERIFY_EMAIL, token=mailbox.token(email))

    async def signed_in(self, email: str, password: str) -> "Visitor":
        payload = await self.done(LOGIN, email=email, password=password)
        return Visitor(self.http, self.server, payload["user"], payload["accessToken"])

    async def founds(self, name: str, slug: str) -> str:
        """The id of a new organisation."""
        payload = await self.done(CREATE_ORGANIZATION, name=name, slug=slug)
        return str(payload["organization"]["id"])

    async def brings_in(self, person: "Visitor", role: str, organization: str) -> None:
        """The person joins the organisation by an invitation."""
        invited = await self.done(
            INVITE, organization=organization, email=person.user["email"], role=role
        )
        invitation = invited["invitation"]
        token = mailed_token(self.server.mailed, uuid_of(invitation["id"]), invitation["version"])
        joined = await person.done(ACCEPT, token=token)
        assert joined["membership"]["role"]["name"] == role

    def at(self, other: httpx.AsyncClient) -> "Visitor":
        """The same person at another server."""
        return Visitor(other, self.server, self.user, self.token)


@asynccontextmanager
async def visiting(server: Server) -> AsyncIterator[Visitor]:
    """Nobody yet, at the server's door."""
    async with httpx.AsyncClient(base_url=server.address, timeout=DEADLINE) as http:
        yield Visitor(http, server, {}, None)


def data_of(answer: dict[str, Any]) -> dict[str, Any]:
    for error in answer.get("errors", ()):
        raise Interrupted(error["extensions"]["code"])
    return dict(answer["data"])


@asynccontextmanager
async def over_websocket(
    server: Server, visitor: Visitor, query: str, **variables: Any
) -> AsyncIterator[Hear]:
    """A subscription on a socket of its own."""
    async with initialised(server, visitor.token) as socket:
        await socket.subscribe("1", query, variables=variables)

        async def hear() -> dict[str, Any]:
            message = await socket.receive()
            if message["type"] == "error":
                raise Interrupted(message["payload"][0]["extensions"]["code"])
            if message["type"] != "next":
                raise Interrupted(message["type"])
            return data_of(message["payload"])

        yield hear


@asynccontextmanager
async def over_events(visitor: Visitor, query: str, **variables: Any) -> AsyncIterator[Hear]:
    """A subscription on a stream of server-sent events."""
    asked = {"query": query, "variables": variables}
    headers = visitor.headers | EVENT_STREAM
    async with visitor.http.stream("POST", "/graphql", json=asked, headers=headers) as stream:
        lines = stream.aiter_lines()

        async def hear() -> dict[str, Any]:
            async with asyncio.timeout(DEADLINE):
                async for line in lines:
                    if line.startswith("data: "):
                        return data_of(json.loads(line.removeprefix("data: ")))
            raise EOFError

        yield hear


class Discussion:
    """Of one template; it remembers every comment that a server has accepted."""

    def __init__(self, template: str) -> None:
        self.template = template
        self.accepted: list[str] = []

    async def comment(self, person: Visitor, body: str = "The second paragraph, again.") -> str:
        """The id of a comment, accepted at the latest when the server's engines are back."""
        async with asyncio.timeout(DEADLINE):
            while "errors" in (answer := await self._try(person, body)):
                [error] = answer["errors"]
                assert error["extensions"]["code"] == "UNAVAILABLE", error
                await asyncio.sleep(0.02)
        self.accepted.append(str(answer["data"]["addComment"]["comment"]["id"]))
        return self.accepted[-1]

    @asynccontextmanager
    async def heard(
        self, server: Server, listener: Visitor, speaker: Visitor
    ) -> AsyncIterator[Hear]:
        """The comments from now on, as the listener hears them; the speaker tries that out."""
        of = {"template": self.template}
        async with over_websocket(server, listener, COMMENTS, **of) as hear:
            await until_heard([hear], lambda: self.comment(speaker), comment_id)
            yield hear

    async def kept(self, person: Visitor) -> list[str]:
        """Those that were accepted, as the server has them, in its order."""
        found = await person.see(ALL_COMMENTS, id=self.template)
        ids = [str(node["id"]) for node in found["node"]["comments"]["nodes"]]
        return [id for id in reversed(ids) if id in self.accepted]

    async def _try(self, person: Visitor, body: str) -> dict[str, Any]:
        return await person.ask(COMMENT, input={"template": self.template, "body": body})


def comment_id(answer: dict[str, Any]) -> str:
    return str(answer["commentAdded"]["comment"]["id"])


async def until_heard(
    listening: Sequence[Hear],
    give: Callable[[], Awaitable[object]],
    sign: Callable[[dict[str, Any]], object],
) -> None:
    """Return when all are known to listen, and have heard everything so far.

    No protocol says when a subscription has begun. So signs are given until each has heard one;
    what all hear next comes after the last.
    """
    given: object = None
    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        firsts = [group.create_task(hear()) for hear in listening]
        while not all(first.done() for first in firsts):
            given = await give()
            await asyncio.wait(firsts, timeout=SIGN_AGAIN_AFTER)
    for hear, first in zip(listening, firsts, strict=True):
        heard = sign(await first)
        while heard != given:
            heard = sign(await hear())
