"""Rules of the keys that sign access tokens: when each signs, and until when it verifies."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

PUBLISHED = timedelta(minutes=5)
"""For so long a new key is published before it signs: others may keep our key set as long."""

HANDOVER = timedelta(minutes=1)
"""Longest that a process may go on with a key whose successor signs already."""


class Algorithm(StrEnum):
    """What keys sign with: Ed25519 (RFC 8037), or RSA of 3072 bits (RFC 7518)."""

    EDDSA = "EdDSA"
    RS256 = "RS256"


class Timed(Protocol):
    """A key's times; `retires_at` is null as long as none is to take its place."""

    @property
    def signs_from(self) -> datetime: ...

    @property
    def retires_at(self) -> datetime | None: ...


K = TypeVar("K", bound=Timed)


def verifies(key: Timed, now: datetime) -> bool:
    """Whether what the key signed is good; also before it signs, for clocks differ."""
    return key.retires_at is None or now < key.retires_at


def signer(keys: Iterable[K], now: datetime) -> K | None:
    """The key that signs now: the latest that none is to replace or, until there is such a one,
    the latest of the others.
    """
    able = [key for key in keys if verifies(key, now) and key.signs_from <= now]
    return max(able, key=lambda key: (key.retires_at is None, key.signs_from), default=None)


def heir(keys: Iterable[K]) -> K | None:
    """The key that none is to replace yet, and that signs sooner or later."""
    lasting = [key for key in keys if key.retires_at is None]
    return max(lasting, key=lambda key: key.signs_from, default=None)


def retirement(successor_signs_from: datetime, lifetime: timedelta) -> datetime:
    """When the last token has ended that a key signed before its successor took over."""
    return successor_signs_from + lifetime + HANDOVER
