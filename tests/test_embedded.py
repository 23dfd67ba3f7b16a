"""Our own engines start, recover from whatever was killed, and stop with their last user."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import asyncpg
import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from server.embedded.places import place
from server.embedded.processes import residents
from server.errors import EngineError
from tests.borrower import Borrower
from tests.engines import connected
from tests.folders import bus, postmaster, running, started

PATIENCE = 30.0
NOT_YET = (asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError, RedisConnectionError)
T = TypeVar("T")


async def server_pid(url: str) -> int:
    async with bus(url) as redis:
        return int((await redis.info("server"))["process_id"])


async def keep_a_row(url: str) -> None:
    async with connected(url) as connection:
        await connection.execute("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('yes')")


async def kept_row(url: str) -> str:
    async with connected(url) as connection:
        return str(await connection.fetchval("SELECT word FROM kept"))


async def eventually(attempt: Callable[[], Awaitable[T]]) -> T:
    """What the attempt gives, as soon as the engine takes connections again."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await attempt()
            except (OSError, *NOT_YET):
                await asyncio.sleep(0.02)


async def test_a_stop_ends_both_engines_and_a_start_finds_the_rows(data_dir: Path) -> None:
    with started(data_dir) as (database_url, _):
        await keep_a_row(database_url)
    assert running(data_dir) == []
    with started(data_dir) as (database_url, _):
        assert await kept_row(database_url) == "yes"


async def test_a_postgres_that_is_killed_comes_back_with_every_committed_row(
    data_dir: Path,
) -> None:
    with started(data_dir, durable=True) as (database_url, _):
        await keep_a_row(database_url)
        postmaster(data_dir).kill()
        assert await eventually(lambda: kept_row(database_url)) == "yes"


async def test_a_valkey_that_is_killed_comes_back(data_dir: Path) -> None:
    with started(data_dir) as (_, redis_url):
        (first,) = residents(data_dir / "valkey")
        first.kill()
        assert await eventually(lambda: server_pid(redis_url)) != first.pid


async def test_the_engines_of_a_killed_process_are_taken_over(data_dir: Path) -> None:
    borrower = Borrower(data_dir)
    await keep_a_row(borrower.database_url)
    survivor = postmaster(data_dir)
    borrower.killed()
    with started(data_dir) as (database_url, _):
        assert postmaster(data_dir) == survivor
        assert await kept_row(database_url) == "yes"


async def test_when_all_is_killed_the_next_start_recovers(data_dir: Path) -> None:
    borrower = Borrower(data_dir)
    await keep_a_row(borrower.database_url)
    borrower.killed()
    postmaster(data_dir).kill()
    for process in residents(data_dir / "valkey"):
        process.kill()
    with started(data_dir) as (database_url, redis_url):
        assert await kept_row(database_url) == "yes"
        async with bus(redis_url) as redis:
            assert await redis.ping()


async def test_stale_pid_files_and_sockets_do_not_hinder_a_start(data_dir: Path) -> None:
    with started(data_dir) as (database_url, _):
        await keep_a_row(database_url)
    stale = f"{os.getpid()}\n{data_dir}\n1\n5432\n/tmp\n\n1 1\nready\n"
    sockets = place(data_dir).sockets
    (data_dir / "postgres" / "cluster" / "postmaster.pid").write_text(stale)
    (sockets / ".s.PGSQL.5432.lock").write_text(stale)
    (sockets / ".s.PGSQL.5432").touch()
    (sockets / "valkey.sock").touch()
    with started(data_dir) as (database_url, _):
        assert await kept_row(database_url) == "yes"


def test_half_made_clusters_are_replaced_and_not_mistaken_for_whole_ones(new_dir: Path) -> None:
    home = place(new_dir).private_folder("postgres")
    for half in (home / "making-abc", home / "cluster"):
        half.mkdir()
        (half / "PG_VERSION").write_text("18\n")
    with started(new_dir):
        assert not (home / "making-abc").exists()
        assert [path.name for path in (home.glob("broken-*/*"))] == ["PG_VERSION"]


def test_a_cluster_of_another_version_is_refused_in_one_line(new_dir: Path) -> None:
    cluster = place(new_dir).private_folder("postgres") / "cluster"
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("15\n")
    with (
        pytest.raises(EngineError, match=r"PostgreSQL 15, and ours is 18\. Upgrade"),
        started(new_dir),
    ):
        pass


async def test_a_second_process_shares_the_engines_and_the_last_one_stops_them(
    data_dir: Path,
) -> None:
    with started(data_dir) as (database_url, _):
        await keep_a_row(database_url)
        first = postmaster(data_dir)
        other = Borrower(data_dir)
        assert other.database_url == database_url
    with other:
        assert postmaster(data_dir) == first
        assert await kept_row(other.database_url) == "yes"
    assert running(data_dir) == []


async def test_two_checkouts_run_side_by_side(data_dir: Path) -> None:
    other = data_dir.parent / "other"
    with started(data_dir) as (first, _), started(other) as (second, _):
        await keep_a_row(first)
        async with connected(second) as connection:
            assert await connection.fetchval("SELECT to_regclass('kept')") is None
    assert running(other) == []
