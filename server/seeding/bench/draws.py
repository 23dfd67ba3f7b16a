"""Ids, times and chances that come out the same in every run."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID

_RANDOM_BITS = 74
_LOW_BITS = 62


def uuid7(rng: Random, at: datetime) -> UUID:
    """A UUIDv7 made at that time (RFC 9562, 5.7), whose random bits are `rng`'s."""
    milliseconds = int(at.timestamp() * 1000)
    high, low = divmod(rng.getrandbits(_RANDOM_BITS), 1 << _LOW_BITS)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def later(rng: Random, at: datetime, hours: float) -> datetime:
    """Some time in the `hours` after `at`, to the millisecond."""
    return at + timedelta(milliseconds=rng.randint(60_000, int(hours * 3_600_000)))


def chance(rng: Random, share: float) -> bool:
    """True in that share of all cases, which is 0 to 1."""
    return rng.random() < share
