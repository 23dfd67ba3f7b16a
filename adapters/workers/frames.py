"""Messages over a pipe: the lengths of two parts, then JSON, then bytes as they are."""

import asyncio
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

import orjson

MAX_FRAME: Final = 32_000_000
_LENGTHS: Final = struct.Struct(">II")


@dataclass(frozen=True, slots=True)
class Message:
    """What is said, and the bytes that come with it."""

    said: dict[str, Any]
    enclosed: bytes = b""


def pack(said: dict[str, Any], enclosed: bytes = b"") -> bytes:
    body = orjson.dumps(said)
    return _LENGTHS.pack(len(body), len(enclosed)) + body + enclosed


def read(pipe: BinaryIO) -> Message | None:
    """The next message, or nothing when the other end has gone."""
    head = pipe.read(_LENGTHS.size)
    if len(head) < _LENGTHS.size:
        return None
    said, enclosed = _LENGTHS.unpack(head)
    body = pipe.read(said + enclosed)
    return _message(body, said) if len(body) == said + enclosed else None


async def receive(stream: asyncio.StreamReader) -> Message:
    """The next message; raises `EOFError` when the other end has gone."""
    said, enclosed = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    if said + enclosed > MAX_FRAME:
        raise EOFError
    return _message(await stream.readexactly(said + enclosed), said)


def _message(body: bytes, said: int) -> Message:
    return Message(dict(orjson.loads(body[:said])), body[said:])
