"""Looking again at who the clients of open streams are, gently."""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Final, Protocol

import structlog

log = structlog.get_logger(__name__)

AT_ONCE: Final = 100
"""Looks at the same time: few of them read, and those read together."""
PAUSE: Final = 1.0
"""Seconds before those are looked at again who could not be."""


class Checked(Protocol):
    async def check(self) -> None:
        """Ends what is not to go on; raises where it cannot be told."""


class Rechecks:
    """Checks those who are due, once however often they become so meanwhile.

    One task does it, while there are any: who is not due costs nothing.
    """

    def __init__(self) -> None:
        self._due: dict[Checked, None] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, due: Iterable[Checked]) -> None:
        """Have these checked, before those who wait already."""
        self._due = {**dict.fromkeys(due), **self._due}
        if self._due and self._task is None:
            self._task = asyncio.create_task(self._run())

    def discard(self, gone: Checked) -> None:
        self._due.pop(gone, None)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        try:
            while self._due:
                await self._check_some()
        finally:
            self._task = None

    async def _check_some(self) -> None:
        some = list(islice(self._due, AT_ONCE))
        for each in some:
            del self._due[each]
        checks = (each.check() for each in some)
        outcomes = await asyncio.gather(*checks, return_exceptions=True)
        failed = {each: error for each, error in zip(some, outcomes, strict=True) if error}
        if failed:
            error = repr(next(iter(failed.values())))
            log.warning("recheck_failed", clients=len(failed), error=error)
            self._due |= dict.fromkeys(failed)
            await asyncio.sleep(PAUSE)
