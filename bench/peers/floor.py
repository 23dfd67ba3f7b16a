"""The floor: no GraphQL and nobody signed in, one statement whose JSON is the answer."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import orjson

Message = dict[str, Any]
STATEMENTS = {
    file.stem: file.read_text("utf-8")
    for file in (Path(__file__).parent / "statements").glob("Q*.sql")
}
HEADERS = [(b"content-type", b"application/json")]


async def _left_alone(connection: asyncpg.Connection) -> None:
    """Nothing is set on it that would have to be reset, at the price of another statement."""


class Floor:
    """An ASGI application; `operationName` picks the statement."""

    pool: "asyncpg.Pool[asyncpg.Record]"

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.pool = await asyncpg.create_pool(min_size=10, max_size=10, reset=_left_alone)
            await send({"type": "lifespan.startup.complete"})
            return
        body = b""
        while (message := await receive()).get("more_body"):
            body += message["body"]
        asked = orjson.loads(body + message.get("body", b"") or b"{}")
        answer = await self._answer(asked) if asked else b"{}"
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    async def _answer(self, asked: Message) -> bytes:
        variables: Message = asked["variables"]
        values = [variables["id"]] if "id" in variables else [variables["slug"], variables["first"]]
        if "after" in variables:
            values += json.loads(variables["after"]) if variables["after"] else [None, None]
        found: str = await self.pool.fetchval(STATEMENTS[asked["operationName"]], *values)
        return found.encode()


app = Floor()
