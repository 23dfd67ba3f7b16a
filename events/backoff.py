"""Waiting between attempts."""

import asyncio
import random

FIRST = 0.05
LONGEST = 1.0


class Backoff:
    """Pauses from 50 ms, doubling up to a second, until an attempt succeeds.

    Each is cut short at random, so that processes that failed together return one by one.
    """

    def __init__(self) -> None:
        self._next = FIRST

    def reset(self) -> None:
        self._next = FIRST

    async def pause(self) -> None:
        longest, self._next = self._next, min(self._next * 2, LONGEST)
        await asyncio.sleep(random.uniform(longest / 2, longest))  # noqa: S311 - no secret
