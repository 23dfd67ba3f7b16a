"""Keyrings of keys that a test has made itself."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any

from auth.keyring import Keyring
from auth.signing_keys import Private, SigningKey
from auth.tokens import Tokens
from domain.signing_keys import Algorithm

LIFETIME = timedelta(minutes=15)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_key(
    private: Private,
    kid: str = "ours",
    algorithm: Algorithm = Algorithm.EDDSA,
    signs_from: datetime = LONG_AGO,
    retires_at: datetime | None = None,
) -> SigningKey:
    return SigningKey(kid, algorithm, private, private.public_key(), signs_from, retires_at)


class Kept(list[SigningKey]):
    """The keys as they are kept somewhere; counts how often they were read."""

    readings = 0

    async def read(self) -> list[SigningKey]:
        self.readings += 1
        return list(self)

    def ring(self, clock: Callable[[], float] = monotonic) -> Keyring:
        """A process's keys, which it has yet to read."""
        return Keyring(self.read, clock=clock)


def tokens_of(keyring: Keyring, **other: Any) -> Tokens:
    given = {"lifetime": LIFETIME, "issuer": "imprimatur", "audience": "imprimatur"}
    return Tokens(keyring, **{**given, **other})


async def tokens(*keys: SigningKey) -> Tokens:
    """What a process signs and verifies with these keys."""
    keyring = Kept(keys).ring()
    await keyring.read()
    return tokens_of(keyring)
