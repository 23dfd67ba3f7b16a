"""Workers are processes: killed at any moment, they lose nothing and do nothing twice."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from db.database import Database
from db.jobs import Later, SessionDriver, put
from server.surroundings import CHECKOUT
from tests.engines import Engines, migrated_database
from tests.spine import until

NAME = "test.mark"
JOBS = 60
MARKS = """
SELECT (convert_from(payload, 'UTF8')::jsonb ->> 'n')::int AS n
FROM jobs.pgqueuer WHERE entrypoint = 'test.mark.done' ORDER BY n
"""


@pytest.fixture
async def database(engines: Engines) -> AsyncIterator[Database]:
    async with migrated_database(engines) as url:
        opened = Database(url, pool_size=2)
        yield opened
        await opened.close()


async def ask(database: Database, n: int, stop: Path | None = None) -> None:
    payload = {"n": n, "stop": stop and str(stop)}
    async with database.transaction() as session:
        await put(session, [Later(name=NAME, payload=payload)])


async def marks(database: Database) -> list[int]:
    async with database.read() as session:
        return [row["n"] for row in await SessionDriver(session).fetch(MARKS)]


@asynccontextmanager
async def a_worker(
    database: Database, redis_url: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker that works; at the end of the block it is killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.job_process", database.url, redis_url, folder, NAME),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await said(process, "works")
        yield process
    finally:
        await kill(process)


async def said(process: asyncio.subprocess.Process, text: str) -> None:
    assert process.stdout
    async with asyncio.timeout(60):
        while line := await process.stdout.readline():
            if line.decode().strip() == text:
                return
    raise AssertionError(f"the worker ended before it said {text!r}")


async def kill(process: asyncio.subprocess.Process) -> None:
    """Without a chance to say goodbye, and its renderers with it."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def test_a_worker_killed_before_its_commit_leaves_the_job_to_another(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    await ask(database, 1, tmp_path / "tried")
    async with a_worker(database, redis_url, tmp_path) as first:
        await said(first, "in the middle")
        await kill(first)
        assert await marks(database) == []
        async with a_worker(database, redis_url, tmp_path):
            await until(lambda: marks(database))
    assert await marks(database) == [1]


async def test_workers_killed_under_load_lose_nothing_and_do_nothing_twice(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    async def are_done(count: int) -> bool:
        return len(await marks(database)) >= count

    async with AsyncExitStack() as working:
        workers = [
            await working.enter_async_context(a_worker(database, redis_url, tmp_path))
            for _ in range(3)
        ]
        for n in range(JOBS):
            await ask(database, n)
        for worker, after in zip(workers, (JOBS // 6, JOBS // 3), strict=False):
            await until(partial(are_done, after))
            await kill(worker)
        await until(partial(are_done, JOBS))
    assert await marks(database) == list(range(JOBS))
