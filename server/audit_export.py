"""`/audit/{organization}.ndjson`: the record of an organisation, one JSON object a line."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Final

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from db.audit_export import Extent
from domain.errors import DomainError, NotFound, Unavailable
from domain.events import EventKind
from resolvers.audit import Export, begin_export, exported
from resolvers.context import Context
from server import failures
from server.credentials import Credentials
from server.negotiation import JSON
from server.requests import Head, Malformed
from server.services import Services
from server.streams import Ended, Ending, Streams, beside, watch

PATIENCE: Final = 60.0
"""Seconds that a client may leave what was sent to it unread."""

MOST_POSITION: Final = 2**63 - 1
MEDIA: Final = "application/x-ndjson"


async def export(request: Request) -> ASGIApp:
    """The record, or why not; nothing of it is read before the client takes what came before."""
    streams: Streams = request.app.state.streams
    try:
        _check_room(request.method, streams)
        extent = _extent(request.query_params)
        context = await _context(request)
        begun = await begin_export(context, request.path_params["organization"], extent)
    except (Malformed, DomainError) as error:
        return _refusal(error, request.state.request_id)
    lines = _lines(context, begun, request.state.request_id)
    return Exported(lines, begun, context, streams)


ROUTES = [Route("/audit/{organization}.ndjson", export, methods=["GET"])]


def _check_room(method: str, streams: Streams) -> None:
    """HEAD is no way to look: what is exported is recorded."""
    if method != "GET":
        raise Malformed("The record is exported by GET.", 405, {"Allow": "GET"})
    if streams.full:
        raise Unavailable("Too many streams are open here: try again in a few seconds.")


async def _context(request: Request) -> Context:
    services: Services = request.state.services
    credentials = Credentials(services.contexts, services.cookies)
    opened = await credentials.context(Head(request.scope))
    if not isinstance(opened, Context):
        raise TypeError("there is no record where there are no resources")
    return opened


class Exported:
    """A response that sends lines for as long as its client takes them.

    Whatever ends it early leaves out the last line, the summary.
    """

    def __init__(
        self,
        lines: AsyncGenerator[bytes, None],
        begun: Export,
        context: Context,
        streams: Streams,
    ) -> None:
        self._lines = lines
        self._context = context
        self._streams = streams
        self._headers = [
            (b"content-type", MEDIA.encode()),
            (b"content-disposition", f'attachment; filename="{begun.slug}.ndjson"'.encode()),
            (b"x-accel-buffering", b"no"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self._headers})
        try:
            async with (
                self._streams.open() as lifetime,
                aclosing(self._lines),
                beside(watch(receive, lifetime)),
            ):
                self._streams.admit(lifetime, self._context)
                async for lines in self._lines:
                    await _write(send, lines)
        except Ended as ended:
            if ended.ending is not Ending.SERVER_CLOSING:
                return
        await send({"type": "http.response.body", "body": b""})


async def _write(send: Send, lines: bytes) -> None:
    """Returns when there is room for more; raises `Ended` where that takes too long."""
    try:
        async with asyncio.timeout(PATIENCE):
            await send({"type": "http.response.body", "body": lines, "more_body": True})
    except TimeoutError:
        raise Ended(Ending.CLIENT_TOO_SLOW) from None


async def _lines(context: Context, begun: Export, request_id: str) -> AsyncGenerator[bytes, None]:
    try:
        async for entries in exported(context, begun):
            yield b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in entries)
    except Exception as error:  # noqa: BLE001 - whatever ends the export is told to the client
        told = {"errors": failures.told(error, request_id)}
        yield orjson.dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def _extent(given: QueryParams) -> Extent:
    """What is asked for; raises `Malformed` with the parameter that makes no sense."""
    kinds = [kind for kind in given.get("kinds", "").split(",") if kind]
    try:
        return Extent(
            _position(given.get("after", "0")),
            tuple(EventKind(kind) for kind in kinds),
            _moment(given.get("from")),
            _moment(given.get("to")),
        )
    except ValueError as error:
        raise Malformed(f"{error}: see `after`, `kinds`, `from` and `to`.") from None


def _position(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > MOST_POSITION:
        raise ValueError(f"{text[:40]!r} is no position")
    return int(text)


def _moment(text: str | None) -> datetime | None:
    """A moment of ISO 8601, in UTC unless it says otherwise."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if not 1 < moment.year < 9999:  # noqa: PLR2004 - the years in which every zone can be converted
        raise ValueError("Use a year between 2 and 9998")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _refusal(error: Malformed | DomainError, request_id: str) -> Response:
    refusal = failures.response(error, request_id, JSON)
    if isinstance(error, NotFound):
        refusal.status_code = 404
    return refusal
