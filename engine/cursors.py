"""Cursors: the position of a row in a sorted list, opaque and tamper-evident."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson

_TAG_BYTES = 12
_LONGEST = 4_000
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "t": datetime.fromisoformat,
    "u": UUID,
    "v": lambda value: value,
}


class MalformedCursor(ValueError):
    """The text is no cursor of this list in this order."""

    def __init__(self) -> None:
        super().__init__(
            "This is not a cursor of this list in this order; use cursors as you received them."
        )


class Cursors:
    """Makes and reads cursors; whoever lacks the secret can make none (HMAC-SHA-256)."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(b"cursors:" + secret.encode()).digest()

    def encode(self, listed: str, position: Sequence[Any]) -> str:
        """A position, good for the list and order that `listed` names."""
        body = orjson.dumps([_encoded(value) for value in position])
        return _text(self._tag(listed, body) + body)

    def decode(self, listed: str, text: str) -> tuple[Any, ...]:
        """The position in a cursor that `encode` made; raises `MalformedCursor` for any other."""
        if len(text) > _LONGEST:
            raise MalformedCursor
        try:
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            raise MalformedCursor from None
        tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if _text(raw) != text or not hmac.compare_digest(tag, self._tag(listed, body)):
            raise MalformedCursor
        return tuple(_DECODERS[kind](value) for kind, value in orjson.loads(body))

    def _tag(self, listed: str, body: bytes) -> bytes:
        return hmac.digest(self._key, listed.encode() + b"\0" + body, "sha256")[:_TAG_BYTES]


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _encoded(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    if isinstance(value, UUID):
        return ["u", str(value)]
    return ["v", value]
