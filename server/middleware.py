"""What every response carries, and what stands between a fault and the client."""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server import failures, logs
from server.metrics import Metrics

_SANE = re.compile(rb"[A-Za-z0-9_-]{1,64}")

STARTS: Final = frozenset({"http.response.start", "websocket.http.response.start"})
DEFAULTS: Final = [
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]
"""Headers of a response that does not set its own."""
NAMES: Final = frozenset(dict(DEFAULTS))


class Edge:
    """Names each request, in its logs and its response, and answers faults as JSON.

    A request id that the client sends is kept if it has 1 to 64 letters, digits, `_` or `-`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        signed = Signed(send, request_id, self._metrics)
        named = logs.request_id.set(request_id)
        try:
            await self._app(scope, receive, signed)
        except Exception as error:
            if scope["type"] != "http" or signed.started:
                raise
            response = failures.response(error, request_id)
            await response(scope, receive, signed)
        finally:
            logs.request_id.reset(named)


class Signed:
    """A `send` that adds the request id and the default headers to a response's start."""

    def __init__(self, send: Send, request_id: str, metrics: Metrics) -> None:
        self._send = send
        self._metrics = metrics
        self._request_id = request_id
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] in STARTS:
            self.started = True
            self._metrics.responses[message["status"]] += 1
            own = message.get("headers", ())
            named = (b"x-request-id", self._request_id.encode())
            message["headers"] = [*own, *_left_out(dict(own)), named]
        await self._send(message)


def _left_out(own: Mapping[bytes, bytes]) -> Sequence[tuple[bytes, bytes]]:
    if own.keys().isdisjoint(NAMES):
        return DEFAULTS
    return [default for default in DEFAULTS if default[0] not in own]


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value.decode() if _SANE.fullmatch(value) else secrets.token_urlsafe(12)
    return secrets.token_urlsafe(12)
