"""Messages over a pipe: four bytes of length, then JSON."""

import asyncio
import struct
from typing import Any, BinaryIO, Final

import orjson

MAX_FRAME: Final = 32_000_000
_LENGTH: Final = struct.Struct(">I")


def pack(message: dict[str, Any]) -> bytes:
    body = orjson.dumps(message)
    return _LENGTH.pack(len(body)) + body


def read(pipe: BinaryIO) -> dict[str, Any] | None:
    """The next message, or nothing when the other end has gone."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    return dict(orjson.loads(body)) if len(body) == length else None


async def receive(stream: asyncio.StreamReader) -> dict[str, Any]:
    """The next message; raises `EOFError` when the other end has gone."""
    (length,) = _LENGTH.unpack(await stream.readexactly(_LENGTH.size))
    if length > MAX_FRAME:
        raise EOFError
    return dict(orjson.loads(await stream.readexactly(length)))
