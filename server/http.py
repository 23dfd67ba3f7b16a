"""GraphQL over HTTP, after the specification of that name; other transports branch off here."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.errors import DomainError, Unavailable
from engine.execution import Operation, OperationRequest, Rejected
from resolvers.jar import Jar
from server import failures, multipart, requests, sse, websocket
from server.credentials import READING, Credentials
from server.metrics import Metrics
from server.negotiation import GRAPHQL, JSON, Accept, accepts
from server.requests import Head, Malformed
from server.services import Services, answers
from server.settings import Settings
from server.sse import EventStream
from server.streams import Ended, Streams, Watched
from server.timers import Timers

ALLOW: Final = {"Allow": "GET, HEAD, OPTIONS, POST"}
HEADERS: Final = {
    media: [(b"vary", b"Accept"), (b"content-type", f"{media}; charset=utf-8".encode())]
    for media in (JSON, GRAPHQL)
}
LEISURE: Final = 0.05
"""Seconds that an operation runs before its client is watched: most are over by then."""

Page = Callable[[], Response]


class GraphQLEndpoint:
    """GraphQL at one address: POST, GET for queries, event streams and WebSockets.

    Browsers that ask for HTML get `page`, if there is one.
    """

    def __init__(
        self,
        services: Services,
        settings: Settings,
        streams: Streams,
        metrics: Metrics,
        page: Page | None,
    ) -> None:
        self._services = services
        self._settings = settings
        self._streams = streams
        self._metrics = metrics
        self._page = page
        self._credentials = Credentials(services.contexts, services.cookies)
        self._patience = Timers(settings.request_timeout)
        self._leisure = Timers(LEISURE)
        self._upload_patience = Timers(settings.upload_timeout)
        self._bounds = multipart.Bounds(settings.max_request_bytes, settings.max_upload_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            socket = WebSocket(scope, receive, send)
            await websocket.serve(
                socket, self._services, self._settings, self._streams, self._metrics
            )
            return
        try:
            response = await self._response(Head(scope), receive)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _response(self, head: Head, receive: Receive) -> ASGIApp:
        if head.method == "OPTIONS":
            return Response(status_code=204, headers=ALLOW)
        accept = accepts(head.get(b"accept", None))
        if self._page and accept.page and head.method in READING:
            return self._page()
        try:
            return await self._answer(head, receive, accept)
        except (Malformed, Rejected, DomainError) as error:
            return failures.response(error, head.request_id, accept.json or JSON)

    async def _answer(self, head: Head, receive: Receive, accept: Accept) -> ASGIApp:
        if accept.json is None and not accept.events:
            raise Malformed("Accept application/graphql-response+json or application/json.", 406)
        asked = await self._asked(head, receive)
        try:
            operation = self._services.engine.prepare(asked)
        except Rejected as rejected:
            if accept.json is None:
                return sse.refusal(failures.body(rejected.errors))
            raise
        _require_safe(operation, head.method)
        if accept.streams(operation.kind):
            return await self._stream(operation, head)
        return await self._single(operation, head, receive, accept.json or JSON)

    async def _asked(self, head: Head, receive: Receive) -> OperationRequest:
        if head.method in READING:
            return requests.from_query(QueryParams(head.scope["query_string"]))
        if head.method != "POST":
            text = f"{head.method} is not for GraphQL: use POST, or GET for a query."
            raise Malformed(text, 405, ALLOW)
        if multipart.is_multipart(head):
            return await self._uploaded(head, receive)
        most = self._settings.max_request_bytes
        content = await requests.body(head, receive, most=most, patience=self._patience)
        return requests.from_body(content)

    async def _uploaded(self, head: Head, receive: Receive) -> OperationRequest:
        """What comes with files, which are taken from those who are signed in only."""
        multipart.check_sender(head)
        _ = (await self._credentials.context(head)).actor.signed_in
        return await multipart.asked(head, receive, self._bounds, self._upload_patience)

    async def _stream(self, operation: Operation, head: Head) -> EventStream:
        if self._streams.full:
            raise Unavailable("Too many streams are open here: try again in a few seconds.")
        after = requests.last_event_id(head)
        context = await self._credentials.context(head, operation.kind)
        if after is not None:
            context = context.resuming(after)
        events = answers(self._services.engine, operation, context, context.renewed, self._metrics)
        return EventStream(events, context, self._streams, head.request_id)

    async def _single(
        self, operation: Operation, head: Head, receive: Receive, media: str
    ) -> ASGIApp:
        if operation.kind == "subscription":
            text = "Subscribe with `Accept: text/event-stream`, or over WebSocket."
            raise Malformed(text, 406)
        context = await self._credentials.context(head, operation.kind)
        jar = self._credentials.jar(head) if operation.kind == "mutation" else None
        if jar is not None:
            context = context.with_jar(jar)
        try:
            with (
                Watched(receive, self._leisure),
                self._metrics.timing(operation.kind) as timing,
            ):
                answer = await self._services.engine.execute(operation, context)
                timing.saw(answer)
        except Ended:
            raise ClientDisconnect from None
        return self._answered(answer.body(), media, jar)

    def _answered(self, body: bytes, media: str, jar: Jar | None) -> "Answered":
        if jar is None:
            return Answered(body, HEADERS[media])
        status = HTTPStatus.FORBIDDEN if jar.is_refused else HTTPStatus.OK
        return Answered(body, HEADERS[media] + self._services.cookies.written(jar), status)


class Answered:
    """A response that is sent whole."""

    def __init__(
        self, body: bytes, headers: list[tuple[bytes, bytes]], status: int = HTTPStatus.OK
    ) -> None:
        self._body = body
        self._headers = headers
        self._status = status

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [*self._headers, (b"content-length", b"%d" % len(self._body))]
        await send({"type": "http.response.start", "status": int(self._status), "headers": headers})
        await send({"type": "http.response.body", "body": self._body})


def _require_safe(operation: Operation, method: str) -> None:
    if method in READING and operation.kind == "mutation":
        raise Malformed("A mutation changes things: send it by POST.", 405, {"Allow": "POST"})
