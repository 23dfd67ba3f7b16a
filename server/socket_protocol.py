"""What uvicorn leaves open of WebSockets (RFC 6455): every opening handshake is answered, and no
client makes us log or remember without end.
"""

import asyncio
from functools import lru_cache
from typing import Any, Final

from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request
from websockets.protocol import OPEN

from server.protocol import REFUSAL
from server.timers import Timers

MOST_PARTS: Final = 1_000
NO_HANDSHAKE: Final = b"This is no handshake of a WebSocket."
WRITE: Final = "imprimatur.write"
"""The ASGI extension in which an application finds `SocketProtocol.write`."""

_TEXT: Final = 0x81
_SHORT, _LONG = 126, 127
_SHORTEST_LONG: Final = 1 << 16
_COPIED: Final = 1 << 14
"""Bytes; what is longer is not copied for every socket that it is written to."""


class Inbox:
    """As much of `asyncio.Queue` as a socket needs, in a sixth of the memory."""

    __slots__ = ("_events", "_reader")

    def __init__(self) -> None:
        self._events: list[ASGIReceiveEvent] = []
        self._reader: asyncio.Future[None] | None = None

    def empty(self) -> bool:
        return not self._events

    def put_nowait(self, event: ASGIReceiveEvent) -> None:
        self._events.append(event)
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def get(self) -> ASGIReceiveEvent:
        """The next event; one reader at a time."""
        while not self._events:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader
        return self._events.pop(0)


class Room:
    """As much of `asyncio.Event` as a socket needs, in a sixth of the memory."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: asyncio.Future[None] | None = None
        """Set while there is no room."""

    def is_set(self) -> bool:
        return self._waiting is None

    def set(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
        self._waiting = None

    def clear(self) -> None:
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()

    async def wait(self) -> None:
        if self._waiting is not None:
            await asyncio.shield(self._waiting)


class SocketProtocol(WebSocketsSansIOProtocol):
    """One client's socket, of which there may be thousands: what is of no more use is let go.

    It is pinged by one of `pings`, which all share.
    """

    pings: Timers

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.queue = Inbox()  # type: ignore[assignment]  # what uvicorn uses of a queue
        self.writable = Room()  # type: ignore[assignment]  # and of an event

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:
            # What arrives first is a whole request: this one could not be read.
            self.transport.write(REFUSAL % (b"400 Bad Request", len(NO_HANDSHAKE), NO_HANDSHAKE))
            self.transport.close()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        event.headers.clear()  # the scope has them
        if not self.handshake_complete:
            self.scope["extensions"][WRITE] = {"write": self.write}

    def schedule_ping(self) -> None:
        self.ping_timer = self.pings.start(self.send_keepalive_ping)  # type: ignore[assignment]  # uvicorn only cancels it

    def write(self, *parts: bytes) -> bool:
        """Send the parts as one text message, now; False where it would have to wait, or cannot."""
        if not self.writable.is_set() or self.close_sent or self.conn.state is not OPEN:
            return False
        size = sum(map(len, parts))
        if size < _COPIED:
            self.transport.write(b"".join((_head(size), *parts)))
        else:
            self.transport.writelines((_head(size), *parts))
        return True

    def handle_ping(self) -> None:
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()  # only the latest ping has to be answered

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) < MOST_PARTS:
            super().handle_cont(event)
        elif not self.close_sent:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "Too many parts")

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "bytes" or _is_text(b"".join(self.frames)):
            super().send_receive_event_to_app()
        else:
            self._fail(CloseCode.INVALID_DATA, "Text must be UTF-8")

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "websocket.close":
            self.writable.set()  # it is the last word, and may stand behind what is not read yet
        await super().send(message)
        if self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)
        if message["type"] == "websocket.accept":
            self.response.headers.clear()
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # refused, but answered

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()


def pinging(seconds: float) -> type[SocketProtocol]:
    """The protocol with that interval, in the form that uvicorn's configuration takes."""
    return type("SocketProtocol", (SocketProtocol,), {"pings": Timers(seconds)})


@lru_cache(maxsize=4_096)
def _head(size: int) -> bytes:
    """Of a text message in one frame (RFC 6455, section 5.2)."""
    if size < _SHORT:
        return bytes((_TEXT, size))
    if size < _SHORTEST_LONG:
        return bytes((_TEXT, _SHORT)) + size.to_bytes(2, "big")
    return bytes((_TEXT, _LONG)) + size.to_bytes(8, "big")


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
