"""The worker processes: replaced when they die, ended when we do, and told no secrets."""

import asyncio
import os
import sys

import psutil
import pytest

from adapters.rendering.pool import Renderer
from adapters.workers import process
from domain.content import Rendered
from domain.errors import LimitReached, Unavailable
from tests.rendering import CHECKOUT, SLOW, WITHIN, html, renders, running_renderer

renderer = pytest.fixture(running_renderer, scope="module")


async def test_a_worker_killed_between_jobs_costs_nothing() -> None:
    async with Renderer(workers=1, timeout=5.0, memory_bytes=512 * 2**20) as alone:
        assert await renders(alone)
        await _kill(alone)
        assert await renders(alone)


async def _kill(renderer: Renderer) -> None:
    [worker] = [lane._worker for lane in renderer._lanes]
    assert worker is not None
    worker._process.kill()


async def test_a_worker_is_replaced_after_many_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "JOBS_PER_WORKER", 2)
    async with Renderer(workers=1, timeout=5.0, memory_bytes=512 * 2**20) as alone:
        pids = []
        for _ in range(4):
            assert await renders(alone)
            [lane] = alone._lanes
            pids.append(lane._worker.pid if lane._worker else None)
    assert len(set(pids)) > 1


async def test_a_worker_is_out_of_a_terminals_reach_and_knows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    async with Renderer(workers=1, timeout=5.0, memory_bytes=512 * 2**20) as alone:
        assert await renders(alone)
        [lane] = alone._lanes
        assert lane._worker is not None
        worker = psutil.Process(lane._worker.pid)
        assert "SECRET_KEY" not in worker.environ()
        assert os.getsid(worker.pid) == worker.pid


PARENT = """
import asyncio
from adapters.rendering.pool import Renderer
from tests.rendering import SLOW

async def main():
    async with Renderer(workers=1, timeout=600.0, memory_bytes=512 * 2**20) as renderer:
        await renderer.render(SLOW, {})

asyncio.run(main())
"""


async def test_a_busy_worker_dies_with_its_parent() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", PARENT, cwd=CHECKOUT)
    async with asyncio.timeout(WITHIN):
        while not (children := psutil.Process(parent.pid).children()):  # noqa: ASYNC110 - another process has no event
            await asyncio.sleep(0.02)
        [worker] = children
        while worker.cpu_times().user < 1.0:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.02)
        parent.kill()
        await parent.wait()
        await asyncio.to_thread(worker.wait)


async def test_more_jobs_than_can_wait_are_refused_at_once() -> None:
    async with Renderer(workers=1, timeout=5.0, memory_bytes=512 * 2**20) as small:
        jobs = [asyncio.create_task(small.render(html("<p>x</p>"), {})) for _ in range(80)]
        async with asyncio.timeout(WITHIN):
            results = await asyncio.gather(*jobs, return_exceptions=True)
    refused = [each for each in results if isinstance(each, LimitReached)]
    assert refused
    assert all(each.retry_after for each in refused)
    assert len(refused) + sum(isinstance(each, Rendered) for each in results) == 80


async def test_a_caller_who_leaves_holds_nobody_up(renderer: Renderer) -> None:
    jobs = [asyncio.create_task(renderer.render(html("<p>x</p>"), {})) for _ in range(10)]
    await asyncio.sleep(0)
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    assert await renders(renderer)


async def test_closing_ends_the_workers_and_answers_who_waits() -> None:
    closing = Renderer(workers=1, timeout=30.0, memory_bytes=512 * 2**20)
    closing.start()
    assert await renders(closing)
    [lane] = closing._lanes
    worker = lane._worker
    jobs = [asyncio.create_task(closing.render(SLOW, {})) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(WITHIN):
        await closing.aclose()
        results = await asyncio.gather(*jobs, return_exceptions=True)
    assert all(isinstance(each, Unavailable) for each in results)
    assert worker is not None
    assert worker._process.returncode is not None


async def test_a_renderer_that_cannot_start_says_so() -> None:
    async with Renderer(workers=1, timeout=5.0, memory_bytes=2**70) as impossible:
        async with asyncio.timeout(WITHIN):
            with pytest.raises(Unavailable):
                await impossible.render(html("<p>x</p>"), {})
