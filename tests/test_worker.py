"""Jobs are done by `imprimatur worker`, or by `serve`; operators see to those that are dead."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import SystemRandom

import httpx
import pytest

from db.database import Database
from db.jobs import Later, SessionDriver, put
from server.settings import Settings
from server.surroundings import CHECKOUT
from tests.engines import Engines, migrated_database
from tests.product import SERVE, running
from tests.spine import until

WORKER = (sys.executable, "-m", "server", "worker")
NAME = "jobs.forget_finished"
DONE = "SELECT 1 FROM jobs.pgqueuer_log WHERE entrypoint = $1 AND status = 'successful'"
DIE = """
UPDATE jobs.pgqueuer SET status = 'failed', attempts = 3 WHERE entrypoint = $1 RETURNING id
"""


@pytest.fixture
async def database(engines: Engines) -> AsyncIterator[Database]:
    async with migrated_database(engines) as url:
        opened = Database(url, pool_size=2)
        yield opened
        await opened.close()


async def read(database: Database, statement: str) -> list[dict[str, int]]:
    async with database.transaction() as session:
        return await SessionDriver(session).fetch(statement, NAME)


async def ask(database: Database) -> Callable[[], Awaitable[object]]:
    """Put the job on the queue; what is given tells whether it is done."""
    async with database.transaction() as session:
        await put(session, [Later(name=NAME, payload={})])
    return lambda: read(database, DONE)


async def test_a_worker_does_jobs_tells_of_them_and_stops_when_told(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    port = str(SystemRandom().randrange(20_000, 32_000))
    engines = {"DATABASE_URL": database.url, "REDIS_URL": redis_url, "WORKER_PORT": port}
    async with running(tmp_path / "data", WORKER, **engines) as worker:
        await until(await ask(database))
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            assert (await client.get("/health/live")).json() == {"status": "ok"}
            counted = (await client.get("/metrics")).text
        assert f'imprimatur_jobs_total{{job="{NAME}",outcome="done"}} 1.0' in counted
        worker.server.send_signal(signal.SIGTERM)
        assert await worker.over() == 0


async def test_serve_does_jobs_where_that_is_set(
    database: Database, redis_url: str, tmp_path: Path
) -> None:
    engines = {"DATABASE_URL": database.url, "REDIS_URL": redis_url, "WORKER": "true"}
    async with running(tmp_path / "data", SERVE, **engines) as server:
        await until(await ask(database))
        async with httpx.AsyncClient(base_url=server.address) as client:
            counted = (await client.get("/metrics")).text
        assert f'imprimatur_jobs_total{{job="{NAME}",outcome="done"}} 1.0' in counted
        assert await server.interrupted() == 0


def test_serve_does_jobs_where_postgresql_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "WORKER"):
        monkeypatch.delenv(name, raising=False)
    theirs = "postgresql://db/imprimatur"
    assert Settings().serve_works
    assert not Settings(worker=False).serve_works
    assert not Settings(database_url=theirs).serve_works
    assert Settings(database_url=theirs, worker=True).serve_works


def run(database: Database, redis_url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        env=os.environ | {"DATABASE_URL": database.url, "REDIS_URL": redis_url, "COLUMNS": "200"},
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_operators_see_dead_jobs_and_have_them_tried_again(
    database: Database, redis_url: str
) -> None:
    await ask(database)
    [dead] = await read(database, DIE)
    id = str(dead["id"])
    assert NAME in run(database, redis_url, "jobs", "list", "--dead").stdout
    assert run(database, redis_url, "jobs", "retry", id).returncode == 0
    again = run(database, redis_url, "jobs", "retry", id)
    assert (again.returncode, f"There is no dead job {id}." in again.stderr) == (1, True)
