"""A few worker processes of one craft, of which hostile input costs one at a time."""

import asyncio
from types import TracebackType
from typing import Self

from adapters.workers.craft import Craft
from adapters.workers.frames import Message
from adapters.workers.lane import Job, Lane
from domain.errors import LimitReached


class Crew:
    """Does jobs in `workers` processes, with room for `backlog` that wait.

    A job may take `timeout` seconds and a process `memory_bytes` of address space; a job that
    needs more, or kills its process, is `Invalid`, and no other job notices.
    """

    def __init__(
        self, craft: Craft, workers: int, timeout: float, memory_bytes: int, backlog: int
    ) -> None:
        self._craft = craft
        self._lanes = [Lane(craft, timeout, memory_bytes) for _ in range(workers)]
        self._jobs: asyncio.Queue[Job] = asyncio.Queue(backlog)
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def start(self) -> None:
        """Bring the workers up in the background; the first jobs wait for them."""
        if not self._tasks:
            self._tasks = [asyncio.create_task(lane.serve(self._jobs)) for lane in self._lanes]

    async def aclose(self) -> None:
        """End the workers; jobs that wait or run become `Unavailable`."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        while not self._jobs.empty():
            self._jobs.get_nowait().abandon()

    async def do(self, packed: bytes) -> Message:
        """The answer to a packed job; raises `LimitReached` where too many wait already."""
        job = Job(packed, self._craft.stopping)
        self.start()
        try:
            self._jobs.put_nowait(job)
        except asyncio.QueueFull:
            raise LimitReached(self._craft.crowded, retry_after=5) from None
        return await job.answer
