"""Live clients that are interrupted, and go on where they were."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx
from websockets.exceptions import WebSocketException

from tests.product import Product
from tests.visitors import EVENT_STREAM, Interrupted, Visitor
from tests.websocket_client import initialised

EVENTS = """
subscription ($organization: ID!, $after: Int) {
  events(organization: $organization, after: $after) { position eventId }
}
"""
AGAIN_AFTER = 0.05
AWAY = (Interrupted, OSError, TimeoutError, WebSocketException, httpx.HTTPError, AssertionError)

Heard = tuple[int, str]
"""An event's position and its id."""


@dataclass
class Listener:
    """Follows an organisation from its first event, at whichever server there is.

    It keeps all that it received, in the order in which it came.
    """

    servers: Callable[[], Product]
    visitor: Visitor
    organization: str
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0
    _socket: asyncio.Task[None] | None = None

    @property
    def position(self) -> int:
        return self.heard[-1][0] if self.heard else 0

    async def listen(self) -> None:
        """For ever, through every interruption."""
        while True:
            self._socket = asyncio.create_task(self._connected())
            with suppress(asyncio.CancelledError, *AWAY):
                await self._socket
            if (task := asyncio.current_task()) and task.cancelling():
                self._socket.cancel()
                raise asyncio.CancelledError
            await asyncio.sleep(AGAIN_AFTER)

    def interrupt(self) -> None:
        """Lose the connection, whatever is on its way."""
        if self._socket is not None:
            self._socket.cancel()

    async def _connected(self) -> None:
        self.connections += 1
        async with aclosing(self._events(self.servers())) as events:
            async for event in events:
                self.heard.append(event)

    def _events(self, server: Product) -> AsyncGenerator[Heard, None]:
        raise NotImplementedError


class SocketListener(Listener):
    """Over WebSocket, with `after`."""

    async def _events(self, server: Product) -> AsyncGenerator[Heard, None]:
        async with initialised(server, self.visitor.token) as socket:
            given = {"organization": self.organization, "after": self.position}
            await socket.subscribe("1", EVENTS, variables=given)
            while True:
                message = json.loads(await socket.connection.recv())
                if message["type"] != "next" or "errors" in message["payload"]:
                    raise Interrupted(str(message))
                event = message["payload"]["data"]["events"]
                yield event["position"], event["eventId"]


class StreamListener(Listener):
    """Over server-sent events, with `Last-Event-ID`."""

    async def _events(self, server: Product) -> AsyncGenerator[Heard, None]:
        given = {"organization": self.organization, "after": 0}
        headers = self.visitor.headers | EVENT_STREAM | {"Last-Event-ID": str(self.position)}
        asked = {"query": EVENTS, "variables": given}
        async with self._stream(server, headers, asked) as lines:
            id = 0
            async for line in lines:
                if line.startswith("id: "):
                    id = int(line.removeprefix("id: "))
                elif line.startswith("data: "):
                    answer = json.loads(line.removeprefix("data: "))
                    if "errors" in answer:
                        raise Interrupted(str(answer["errors"]))
                    event = answer["data"]["events"]
                    assert event["position"] == id
                    yield event["position"], event["eventId"]
        raise EOFError

    @asynccontextmanager
    async def _stream(
        self, server: Product, headers: dict[str, str], asked: object
    ) -> AsyncIterator[AsyncIterator[str]]:
        async with (
            httpx.AsyncClient(base_url=server.address, timeout=httpx.Timeout(5, read=30)) as http,
            http.stream("POST", "/graphql", json=asked, headers=headers) as stream,
        ):
            yield stream.aiter_lines()
