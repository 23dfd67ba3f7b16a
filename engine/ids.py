"""Opaque global ids, after Relay's Object Identification: a type's name and a row's id."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error, b2a_base64
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

REMEMBERED = 10_000

_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class MalformedId(ValueError):
    """The text is no id that this server gave out."""

    def __init__(self) -> None:
        super().__init__("This is not an id of this server; use ids as you received them.")


def encode(entity: str, id: UUID) -> str:
    """`Template` and its row's id as one URL-safe text."""
    return urlsafe_b64encode(id.bytes + entity.encode()).rstrip(b"=").decode()


def encoder(entity: str) -> Callable[[UUID], str]:
    """`encode` for one type, at a third of the cost."""
    name = entity.encode()
    length = len(encode(entity, UUID(int=0)))

    @lru_cache(maxsize=REMEMBERED)
    def encoded(id: UUID) -> str:
        return b2a_base64(id.bytes + name, newline=False)[:length].translate(_URL_SAFE).decode()

    return encoded


def decode(text: str) -> tuple[str, UUID]:
    """The name and the id in a text that `encode` made; raises `MalformedId` for any other."""
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        entity, id = raw[16:].decode("ascii"), UUID(bytes=raw[:16])
    except (Error, ValueError):
        raise MalformedId from None
    if encode(entity, id) != text:
        raise MalformedId
    return entity, id
