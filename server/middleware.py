"""What every response carries, and what stands between a fault and the client."""

import re
import secrets
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from server import failures

_SANE = re.compile(r"[A-Za-z0-9_-]{1,64}")

DEFAULTS: Final = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
"""Headers of a response that does not set its own."""


class Edge:
    """Names each request, in its logs and its response, and answers faults as JSON.

    A request id that the client sends is kept if it has 1 to 64 letters, digits, `_` or `-`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        with bound_contextvars(request_id=request_id):
            await self._guard(scope, receive, Signed(send, request_id))

    async def _guard(self, scope: Scope, receive: Receive, send: "Signed") -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            if scope["type"] != "http" or send.started:
                raise
            response = failures.response(error, send.request_id)
            await response(scope, receive, send)


class Signed:
    """A `send` that adds the request id and the default headers to a response's start."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            self.started = True
            headers = list(message.get("headers", ()))
            own = {name for name, _ in headers}
            headers += [default for default in DEFAULTS if default[0] not in own]
            message["headers"] = [*headers, (b"x-request-id", self.request_id.encode())]
        await self._send(message)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _SANE.fullmatch(given) else secrets.token_urlsafe(12)
