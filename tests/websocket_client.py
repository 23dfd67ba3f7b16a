"""A client that speaks graphql-transport-ws message by message, right or wrong."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.live_server import DEADLINE

PROTOCOL = Subprotocol("graphql-transport-ws")
INIT = {"type": "connection_init"}


class Reachable(Protocol):
    """A server, wherever it runs."""

    @property
    def websocket_url(self) -> str: ...


class Client:
    """Speaks the protocol message by message, right or wrong."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, message: object) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(DEADLINE):
            return json.loads(await self.connection.recv())

    async def init(self, payload: object = None) -> None:
        await self.send({**INIT, "payload": payload})
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, id: str, query: str, **members: object) -> None:
        payload = {"query": query, **members}
        await self.send({"id": id, "type": "subscribe", "payload": payload})

    async def answer(self, query: str, **members: object) -> Any:
        """The payload of an operation's only answer."""
        await self.subscribe("only", query, **members)
        answer = await self.receive()
        assert await self.receive() == {"id": "only", "type": "complete"}
        return answer["payload"]

    async def closed(self) -> int | None:
        """The code that the server closes with, whatever it says before; None if it is cut."""
        async with asyncio.timeout(DEADLINE):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        return self.connection.close_code


@asynccontextmanager
async def client(server: Reachable, **options: Any) -> AsyncIterator[Client]:
    options = {"subprotocols": [PROTOCOL], "compression": None, **options}
    async with connect(server.websocket_url, **options) as connection:
        yield Client(connection)


@asynccontextmanager
async def initialised(server: Reachable, token: str | None = None) -> AsyncIterator[Client]:
    async with client(server) as opened:
        await opened.init({"Authorization": f"Bearer {token}"} if token else None)
        yield opened


async def eventually(happens: Callable[[], bool]) -> None:
    until = time.monotonic() + DEADLINE
    while not happens():
        assert time.monotonic() < until, "it did not happen in time"
        await asyncio.sleep(0.005)
