"""The keys of access tokens, as a process last read them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from auth.signing_keys import Private, SigningKey
from domain import signing_keys as rules

AT_MOST_EVERY = 1.0
"""Seconds between two readings because of a key that nobody knows: whoever forges pays for one."""

Load = Callable[[], Awaitable[Sequence[SigningKey]]]


class Keyring:
    """Verifies with every key that is not retired, and signs with one of them.

    It is read anew when a token names a key that it does not have, and by whoever learns that
    the keys were changed: so they change without a restart.
    """

    def __init__(self, load: Load, *, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self._load = load
        self._keys: Mapping[str, SigningKey] = {}
        self._reading = asyncio.Lock()
        self._read_at = -AT_MOST_EVERY

    def verifier(self, kid: object) -> SigningKey | None:
        """The key of that name, if what it signed is good."""
        key = self._keys.get(kid) if isinstance(kid, str) else None
        return key if key is not None and rules.verifies(key, datetime.now(UTC)) else None

    async def looked_up(self, kid: object) -> SigningKey | None:
        """The same, also where the key was made after the others were read."""
        if isinstance(kid, str) and kid not in self._keys:
            await self._read_again()
        return self.verifier(kid)

    def signer(self) -> tuple[SigningKey, Private]:
        """The key that signs now; raises LookupError where there is none."""
        able = (key for key in self._keys.values() if key.private is not None)
        key = rules.signer(able, datetime.now(UTC))
        if key is None or key.private is None:
            raise LookupError("There is no key to sign with.")
        return key, key.private

    def times(self) -> list[tuple[str, datetime, datetime | None]]:
        """What tells whether the keys are still these: name, beginning and end of each."""
        keys = sorted(self._keys.values(), key=lambda key: key.kid)
        return [(key.kid, key.signs_from, key.retires_at) for key in keys]

    def published(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517) of all that verify, or are about to."""
        now = datetime.now(UTC)
        return {"keys": [key.jwk for key in self._keys.values() if rules.verifies(key, now)]}

    async def read(self) -> None:
        """Take the keys as they are now."""
        self._read_at = self.clock()
        self._keys = {key.kid: key for key in await self._load()}

    async def _read_again(self) -> None:
        """Unless that was done a moment ago; who comes meanwhile waits for what is found."""
        async with self._reading:
            if self.clock() - self._read_at >= AT_MOST_EVERY:
                await self.read()
