"""Passwords: argon2id, never on the event loop's thread."""

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.passwords import normal


class Passwords:
    """Hashes and verifies; at most `threads` at a time, since each takes a core and its memory."""

    def __init__(
        self, *, time_cost: int, memory_cost: int, parallelism: int, threads: int = 2
    ) -> None:
        self._hasher = PasswordHasher(time_cost, memory_cost, parallelism)
        self._threads = threads
        self._limiter: CapacityLimiter | None = None
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await to_thread.run_sync(self._hasher.hash, normal(password), limiter=self._limit())

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where there is no account to compare with."""
        matches = await to_thread.run_sync(
            self._matches, hashed or self._nobody, normal(password), limiter=self._limit()
        )
        return matches and hashed is not None

    async def upgraded(self, hashed: str | None, password: str) -> str:
        """A hash of the password that was good against this one, made with today's parameters."""
        if hashed is not None and not self.is_outdated(hashed):
            return hashed
        return await self.hash(password)

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _limit(self) -> CapacityLimiter:
        if self._limiter is None:
            self._limiter = CapacityLimiter(self._threads)
        return self._limiter
