"""The floor of live messages: no GraphQL, a text that is ready is written to every socket."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Floor:
    """An ASGI application that answers `connection_init`, and tells all who subscribed."""

    def __init__(self) -> None:
        self._listening: set[Send] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._serve(receive, send)
        elif scope["type"] == "http":
            await self._publish(receive, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        await receive()
        await send({"type": "websocket.send", "text": '{"type":"connection_ack"}'})
        await receive()
        self._listening.add(send)
        await receive()
        self._listening.discard(send)

    async def _publish(self, receive: Receive, send: Send) -> None:
        body = (await receive()).get("body") or b"null"
        if payload := json.loads(body):
            text = json.dumps({"id": "1", "type": "next", "payload": payload})
            for tell in list(self._listening):
                await tell({"type": "websocket.send", "text": text})
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"true"})


app = Floor()
