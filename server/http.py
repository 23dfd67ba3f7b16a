"""GraphQL over HTTP, after the specification of that name; other transports branch off here."""

from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from domain.errors import DomainError, Unavailable
from engine.execution import Operation, OperationRequest, Rejected
from server import failures, requests, sse, websocket
from server.negotiation import JSON, Accept
from server.requests import Malformed
from server.services import OperationContext, Services, answers
from server.settings import Settings
from server.sse import EventStream
from server.streams import Ended, Lifetime, Streams, beside, watch

READING = frozenset({"GET", "HEAD"})
ALLOW = {"Allow": "GET, HEAD, OPTIONS, POST"}
VARY = {"Vary": "Accept"}

Page = Callable[[], Response]


class GraphQLEndpoint:
    """GraphQL at one address: POST, GET for queries, event streams and WebSockets.

    Browsers that ask for HTML get `page`, if there is one.
    """

    def __init__(
        self, services: Services, settings: Settings, streams: Streams, page: Page | None
    ) -> None:
        self._services = services
        self._settings = settings
        self._streams = streams
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            socket = WebSocket(scope, receive, send)
            await websocket.serve(socket, self._services, self._settings, self._streams)
            return
        try:
            response = await self._response(Request(scope, receive))
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _response(self, request: Request) -> ASGIApp:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=ALLOW)
        accept = Accept(request.headers.get("accept"))
        if self._page and accept.page and request.method in READING:
            return self._page()
        try:
            return await self._answer(request, accept)
        except (Malformed, Rejected, DomainError) as error:
            return failures.response(error, request.state.request_id, accept.json or JSON)

    async def _answer(self, request: Request, accept: Accept) -> ASGIApp:
        if accept.json is None and not accept.events:
            raise Malformed("Accept application/graphql-response+json or application/json.", 406)
        asked = await self._asked(request)
        try:
            operation = self._services.engine.prepare(asked)
        except Rejected as rejected:
            if accept.json is None:
                return sse.refusal(failures.body(rejected.errors))
            raise
        _require_safe(operation, request.method)
        if accept.streams(operation.kind):
            return await self._stream(operation, request)
        return await self._single(operation, request, accept.json or JSON)

    async def _asked(self, request: Request) -> OperationRequest:
        if request.method in READING:
            return requests.from_query(request.query_params)
        if request.method != "POST":
            text = f"{request.method} is not for GraphQL: use POST, or GET for a query."
            raise Malformed(text, 405, ALLOW)
        settings = self._settings
        content = await requests.body(
            request, most=settings.max_request_bytes, seconds=settings.request_timeout
        )
        return requests.from_body(content)

    async def _stream(self, operation: Operation, request: Request) -> EventStream:
        if self._streams.full:
            raise Unavailable("Too many streams are open here: try again in a few seconds.")
        context = await self._context(request)
        events = answers(self._services.engine, operation, context, context.renewed)
        return EventStream(events, context.actor, self._streams, request.state.request_id)

    async def _single(self, operation: Operation, request: Request, media: str) -> Response:
        if operation.kind == "subscription":
            text = "Subscribe with `Accept: text/event-stream`, or over WebSocket."
            raise Malformed(text, 406)
        context = await self._context(request)
        try:
            async with Lifetime() as lifetime, beside(watch(request.receive, lifetime)):
                answer = await self._services.engine.execute(operation, context)
        except Ended:
            raise ClientDisconnect from None
        return Response(answer.body(), headers=VARY, media_type=f"{media}; charset=utf-8")

    async def _context(self, request: Request) -> OperationContext:
        return await self._services.contexts.open(
            requests.bearer(request.headers.get("authorization")),
            request_id=request.state.request_id,
            ip=requests.address(request),
            user_agent=request.headers.get("user-agent", ""),
        )


def _require_safe(operation: Operation, method: str) -> None:
    if method in READING and operation.kind == "mutation":
        raise Malformed("A mutation changes things: send it by POST.", 405, {"Allow": "POST"})
