"""GraphQL over server-sent events, in the protocol's distinct connections mode."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from engine.execution import Answer
from server import failures
from server.negotiation import EVENTS
from server.services import OperationContext
from server.streams import PATIENCE, Ended, Ending, Lifetime, Streams, beside, watch

HEARTBEAT: Final = 15.0
"""Seconds between comments that keep proxies from closing a silent stream."""

COMMENT: Final = b":\n\n"
COMPLETE: Final = b"event: complete\ndata:\n\n"
HEADERS: Final = {
    "Content-Type": f"{EVENTS}; charset=utf-8",
    "Vary": "Accept",
    # nginx would keep events back until its buffer is full.
    "X-Accel-Buffering": "no",
}
REASONS: Final = {
    Ending.TOKEN_EXPIRED: "The access token has expired: subscribe with a new one.",
    Ending.SIGNED_OUT: "The session has ended: sign in again.",
}


def event(body: bytes, position: int | None = None) -> bytes:
    """A `next` event; JSON has no line breaks, so one data field carries it.

    Clients send the position back as `Last-Event-ID` when they connect again.
    """
    id = b"" if position is None else b"id: %d\n" % position
    return b"%bevent: next\ndata: %b\n\n" % (id, body)


def refusal(body: bytes) -> Response:
    """A stream of one event, for a request that is refused before it is executed."""
    return Response(event(body) + COMPLETE, headers=HEADERS)


class EventStream:
    """An ASGI response that sends answers as events for as long as both sides want it."""

    def __init__(
        self,
        answers: AsyncGenerator[Answer, None],
        context: OperationContext,
        streams: Streams,
        request_id: str,
    ) -> None:
        self._answers = answers
        self._context = context
        self._streams = streams
        self._request_id = request_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wire = Wire(send)
        await wire.open()
        try:
            async with self._streams.open() as lifetime, aclosing(self._answers):
                self._streams.admit(lifetime, self._context)
                lifetime.until(self._context.actor.expires_at, Ending.TOKEN_EXPIRED)
                async with beside(watch(receive, lifetime), wire.beat(lifetime)):
                    await self._send_answers(wire)
        except Ended as ended:
            await wire.part(ended.ending)

    async def _send_answers(self, wire: "Wire") -> None:
        try:
            async for answer in self._answers:
                await wire.write(event(answer.body(), answer.position))
        except Ended:
            raise
        except Exception as error:  # noqa: BLE001 (whatever ends the answers is told to the client)
            errors = failures.told(error, self._request_id)
            await wire.write(event(failures.body(errors)))
        await wire.close(COMPLETE)


class Wire:
    """One response body, written piece by piece to a client that keeps up."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def open(self) -> None:
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self.write(COMMENT)

    async def write(self, data: bytes) -> None:
        """Raises `Ended` if the client has not made room for it in time."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
        except TimeoutError:
            raise Ended(Ending.CLIENT_TOO_SLOW) from None

    async def close(self, data: bytes = b"") -> None:
        await self._send({"type": "http.response.body", "body": data})

    async def beat(self, lifetime: Lifetime) -> None:
        try:
            while True:
                await asyncio.sleep(HEARTBEAT)
                await self.write(COMMENT)
        except Ended as ended:
            lifetime.end(ended.ending)

    async def part(self, ending: Ending) -> None:
        """Says what there is to say to a client whose stream was ended."""
        if ending in REASONS:
            told = failures.body([failures.formatted(REASONS[ending], "UNAUTHENTICATED")])
            await self.close(event(told) + COMPLETE)
        elif ending is Ending.SERVER_CLOSING:
            # Without `complete`: clients take it for a lost connection, and connect again.
            await self.close()
