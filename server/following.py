"""The messages that follow a subscription, on their way to one client."""

from collections.abc import Callable
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from engine.answers import Answer
from server import messages
from server.socket_protocol import WRITE
from server.streams import Ended, Ending

Write = Callable[..., bool]
"""Sends parts as one text message, now; False where that has to wait, or cannot be done."""


def writer(websocket: WebSocket) -> Write:
    """Ours, where the server is; no other can say whether a message would have to wait."""
    extension = websocket.scope["extensions"].get(WRITE)
    return extension["write"] if extension else _waits


def _waits(*_: bytes) -> bool:
    return False


class Way(Protocol):
    """What leads to the client."""

    write: Write

    async def send(self, *parts: bytes) -> None:
        """Raises `Ended` if the client has not made room for it in time."""

    def end(self, ending: Ending) -> None: ...


class Following:
    """The `next` messages of one operation."""

    __slots__ = ("_opening", "_way", "_write")

    def __init__(self, way: Way, id: str) -> None:
        self._way, self._write, self._opening = way, way.write, messages.following(id)

    def parts(self, answer: Answer) -> tuple[bytes, bytes, bytes]:
        return self._opening, answer.body(), b"}"

    def now(self, answer: Answer) -> bool:
        return self._write(self._opening, answer.body(), b"}")

    async def later(self, answer: Answer) -> None:
        try:
            await self._way.send(*self.parts(answer))
        except Ended as ended:
            self._way.end(ended.ending)
        except WebSocketDisconnect:
            return
