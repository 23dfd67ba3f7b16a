"""Frames of WebSockets (RFC 6455), as far as a client needs them that only counts."""

from collections.abc import Sequence
from typing import Final

TEXT: Final = 0x81
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
_SHORT, _LONG = 126, 127
_MASKED: Final = 0x80
_TELLING: Final = frozenset({TEXT, CLOSE, PING})


def written(content: bytes, kind: int = TEXT) -> bytes:
    """As one masked frame; the mask is zero."""
    size = len(content)
    if size < _SHORT:
        head = bytes((kind, _MASKED | size))
    else:
        head = bytes((kind, _MASKED | _SHORT)) + size.to_bytes(2, "big")
    return head + bytes(4) + content


def read(data: bytes) -> tuple[Sequence[tuple[int, bytes]], bytes]:
    """What is told by frames, or the HTTP response, as far as it is whole; and the rest."""
    if data.startswith(b"HTTP/"):
        head, end, rest = data.partition(b"\r\n\r\n")
        return ([(0, head)], rest) if end else ([], data)
    found = []
    while len(data) >= 2:  # noqa: PLR2004 - a frame's head
        start, size = 2, data[1]
        if size == _SHORT:
            start, size = 4, int.from_bytes(data[2:4], "big")
        elif size == _LONG:
            start, size = 10, int.from_bytes(data[2:10], "big")
        if len(data) < start + size:
            break
        if data[0] in _TELLING:
            found.append((data[0], data[start : start + size]))
        data = data[start + size :]
    return found, data
