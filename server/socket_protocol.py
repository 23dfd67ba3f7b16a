"""What uvicorn leaves open of WebSockets (RFC 6455): every opening handshake is answered, and no
client makes us log or remember without end.
"""

from typing import Final

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from server.protocol import REFUSAL

MOST_PARTS: Final = 1_000
NO_HANDSHAKE: Final = b"This is no handshake of a WebSocket."


class SocketProtocol(WebSocketsSansIOProtocol):
    """One client's socket."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:
            # What arrives first is a whole request: this one could not be read.
            self.transport.write(REFUSAL % (b"400 Bad Request", len(NO_HANDSHAKE), NO_HANDSHAKE))
            self.transport.close()

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
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # refused, but answered

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.frames = []
        self.conn.fail(code, reason)
        self.handle_parser_exception()


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
