"""What uvicorn leaves open: a request's head has to arrive in time, and in size."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.timers import Timer, Timers

LARGEST_HEAD = 128 * 1024  # bytes; a GET carries its whole GraphQL document in the head
REFUSAL = (
    b"HTTP/1.1 %s\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%s"
)


class HeadTimeoutProtocol(HttpToolsProtocol):
    """Closes a connection whose next request head takes longer than one of `timers`.

    So may take the rest of a body whose request is answered, and what comes with an upgrade.
    """

    timers: Timers

    _timer: Timer | None = None
    _rest: Timer | None = None
    _head_bytes = 0
    _in_head = False
    _in_message = False
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn's
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_arrived()
        self._rest_arrived()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._upgraded:
            return
        if self._timer is None:
            if self._in_head or not (self._in_message or self._is_answering()):
                self._expect_head()  # half a head came, or what begins no message: line ends
        elif self._head_bytes > LARGEST_HEAD:
            self._refuse(b"431 Request Header Fields Too Large", b"The head is too large.")

    def on_message_begin(self) -> None:
        self._in_head = self._in_message = True
        self._head_bytes = self._head_bytes or 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if not (self.parser.should_upgrade() and self._should_upgrade()):
            self._in_head = False
            self._head_bytes = 0
            self._head_arrived()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._in_message = False
        self._rest_arrived()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._in_message and self._timer is None and not self._is_answering():
            self._rest = self.timers.start(self.transport.close)

    def handle_websocket_upgrade(self) -> None:
        self._upgraded = True
        self._head_arrived()
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # it refers to us: a cycle would stay until garbage is collected

    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _expect_head(self) -> None:
        self._timer = self.timers.start(self._head_is_late)

    def _head_arrived(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _rest_arrived(self) -> None:
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def _head_is_late(self) -> None:
        if self._is_answering():
            self._expect_head()
        elif self._head_bytes:
            self._refuse(b"408 Request Timeout", b"The head of the request did not arrive in time.")
        else:
            self.transport.close()

    def _refuse(self, status: bytes, text: bytes) -> None:
        self._head_arrived()
        if not self.transport.is_closing():
            self.transport.write(REFUSAL % (status, len(text), text))
            self.transport.close()


def within(seconds: float) -> type[HeadTimeoutProtocol]:
    """The protocol with that patience, in the form that uvicorn's configuration takes."""
    return type("HeadTimeoutProtocol", (HeadTimeoutProtocol,), {"timers": Timers(seconds)})
