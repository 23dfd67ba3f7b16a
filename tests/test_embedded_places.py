"""Where our own engines live and whom they run as, whoever starts them from wherever."""

import os
import pwd
import shutil
import stat
from pathlib import Path

import pytest

from server.embedded import embedded_engines
from server.embedded.places import SHARED, Account, place
from server.embedded.programs import Programs
from server.errors import EngineError
from tests.borrower import Borrower, unconfigured
from tests.engines import connected
from tests.folders import bus, running, started

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


async def test_both_engines_answer_on_private_sockets_and_on_no_port(new_dir: Path) -> None:
    with started(new_dir) as (database_url, redis_url):
        async with connected(database_url) as connection, bus(redis_url) as redis:
            assert (await connection.fetchval("SHOW server_version")).startswith("18")
            assert await connection.fetchval("SHOW server_encoding") == "UTF8"
            assert await redis.ping()
        sockets = place(new_dir).sockets
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert [
            p.net_connections("tcp") for p in running(new_dir) if p.net_connections("tcp")
        ] == []


async def test_a_data_folder_may_lie_deeper_than_a_socket_can(new_dir: Path) -> None:
    deep = new_dir.parent.joinpath(*["a folder whose name is long"] * 6)
    with started(deep) as (database_url, redis_url):
        sockets = place(deep).sockets
        assert len(os.fsencode(sockets)) < 60
        async with connected(database_url), bus(redis_url) as redis:
            assert await redis.ping()
    assert running(deep) == []
    shutil.rmtree(sockets)


async def test_only_what_is_not_configured_is_started(new_dir: Path) -> None:
    given = unconfigured(new_dir).model_copy(update={"database_url": "postgresql+asyncpg:///x"})
    with embedded_engines(given, durable=False) as settings:
        assert settings.database_url == "postgresql+asyncpg:///x"
        assert [process.name() for process in running(new_dir)] == ["valkey-server"]


def test_a_folder_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way")
    with (
        pytest.raises(EngineError, match=r"The data folder .* cannot be used"),
        started(tmp_path / "data"),
    ):
        pass


@as_root
async def test_an_ordinary_user_needs_nobodys_help(new_dir: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(new_dir.parent, nobody, nobody)
    with Borrower(new_dir, uid=nobody) as borrower:
        assert {process.uids().effective for process in running(new_dir)} == {nobody}
        async with connected(borrower.database_url) as connection:
            assert await connection.fetchval("SELECT 1") == 1
    assert running(new_dir) == []


@as_root
async def test_root_keeps_a_closed_folder_closed(new_dir: Path) -> None:
    closed = new_dir.parent / "closed"
    closed.mkdir(mode=0o700)
    try:
        with started(closed / "data") as (database_url, _):
            async with connected(database_url) as connection:
                assert await connection.fetchval("SELECT 1") == 1
            assert 0 not in {process.uids().effective for process in running(closed / "data")}
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert running(closed / "data") == []
    finally:
        home = place(closed / "data").home
        assert home.is_relative_to(SHARED)
        shutil.rmtree(home)


@as_root
def test_root_lends_the_engines_to_the_owner_of_the_cluster(new_dir: Path) -> None:
    (new_dir / "postgres").mkdir(parents=True)
    os.chown(new_dir / "postgres", 12345, 12345)
    assert place(new_dir).account == Account(12345, 12345)


@as_root
def test_programs_out_of_reach_are_copied_to_where_they_run(new_dir: Path) -> None:
    nobody = pwd.getpwnam("nobody")
    account = Account(nobody.pw_uid, nobody.pw_gid)
    copies = Programs.of_the_wheels().copied_to(new_dir)
    assert all(account.can(program, "--version") for program in copies.all)
    assert copies == Programs.of_the_wheels().copied_to(new_dir)
