"""The messages of graphql-transport-ws: clients' checked, ours written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from engine.execution import OperationRequest
from server import requests
from server.requests import Malformed

REASON_BYTES: Final = 123
"""What a close frame has room for (RFC 6455, section 5.5)."""

ACK: Final = b'{"type":"connection_ack"}'

Payload = dict[str, Any] | None


class Close(Exception):
    """Ends the socket with a code of the protocol, or of RFC 6455."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:REASON_BYTES].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    payload: Payload


@dataclass(frozen=True, slots=True)
class Ping:
    payload: Payload


@dataclass(frozen=True, slots=True)
class Pong:
    payload: Payload


@dataclass(frozen=True, slots=True)
class Subscribe:
    id: str
    request: OperationRequest


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


Message = ConnectionInit | Ping | Pong | Subscribe | Complete


def parsed(text: str | None, most: int) -> Message:
    """A client's message; anything that is none closes the socket with 4400."""
    if text is None:
        raise _bad("Messages must be text, not binary")
    content = text.encode()
    if len(content) > most:
        raise _bad(f"A message may have {most:,} bytes at most")
    try:
        return _message(requests.decoded(content, "The message"))
    except Malformed as error:
        raise _bad(str(error)) from None


def _message(value: object) -> Message:
    if not isinstance(value, dict):
        raise _bad("A message must be a JSON object")
    kind = value.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise _bad(f"`type` must be one of {', '.join(READERS)}")
    return reader(value)


def _bad(reason: str) -> Close:
    return Close(4400, reason)


def _id(value: Mapping[str, Any]) -> str:
    found = value.get("id")
    if not isinstance(found, str) or not found:
        raise _bad("`id` must be a string that is not empty")
    return found


def _payload(value: Mapping[str, Any]) -> Payload:
    payload = value.get("payload")
    if payload is None or isinstance(payload, dict):
        return payload
    raise _bad("`payload` must be an object or null")


def _subscribe(value: Mapping[str, Any]) -> Subscribe:
    if not isinstance(value.get("payload"), dict):
        raise _bad("`payload` must be an object with a `query`")
    return Subscribe(_id(value), requests.checked(value["payload"]))


READERS: Final[Mapping[str, Callable[[dict[str, Any]], Message]]] = {
    "connection_init": lambda value: ConnectionInit(_payload(value)),
    "ping": lambda value: Ping(_payload(value)),
    "pong": lambda value: Pong(_payload(value)),
    "subscribe": _subscribe,
    "complete": lambda value: Complete(_id(value)),
}


def pong(payload: Payload) -> bytes:
    """The answer to a ping, which carries the ping's payload back."""
    message = {"type": "pong"} if payload is None else {"type": "pong", "payload": payload}
    return orjson.dumps(message)


def following(id: str) -> bytes:
    """What begins each `next` message of an operation; the answer, in JSON, and a `}` end it."""
    return b'{"id":%b,"type":"next","payload":' % orjson.dumps(id)


def error(id: str, errors: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"id": id, "type": "error", "payload": errors})


def complete(id: str) -> bytes:
    return orjson.dumps({"id": id, "type": "complete"})
