"""Passwords: argon2id, never on the event loop's thread."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import get_native_id
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from domain.passwords import normal

P = ParamSpec("P")
T = TypeVar("T")
NICENESS: Final = 10
"""Of the threads that hash. Where there is one core, the event loop then has it when it wants it,
and not once a hash has had its share.
"""


class Passwords:
    """Hashes and verifies; at most `threads` at a time, since each takes a core and its memory."""

    def __init__(
        self, *, time_cost: int, memory_cost: int, parallelism: int, threads: int = 2
    ) -> None:
        self._hasher = PasswordHasher(time_cost, memory_cost, parallelism)
        self._threads = ThreadPoolExecutor(threads, "passwords", _give_way)
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        return await self._apart(self._hasher.hash, normal(password))

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Whether it is the password; takes as long where there is no account to compare with."""
        matches = await self._apart(self._matches, hashed or self._nobody, normal(password))
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

    async def _apart(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        doing = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, doing)


def _give_way() -> None:
    """Elsewhere, a thread's own priority is not to be had."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), NICENESS)
