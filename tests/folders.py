"""Data folders to start engines in, and what goes on in them."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import psutil
from redis.asyncio import Redis

from server.embedded import embedded_engines
from server.embedded.processes import residents
from tests.borrower import unconfigured


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A data folder yet to be made, where every user can reach it; nothing may go on in it."""
    folder = Path(tempfile.mkdtemp(prefix="imprimatur-data-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "data"
    assert running(folder / "data") == []
    shutil.rmtree(folder)


def running(data_dir: Path) -> list[psutil.Process]:
    home = (data_dir / "postgres").resolve()
    return residents(home / "cluster") + residents(home.parent / "valkey")


def postmaster(data_dir: Path) -> psutil.Process:
    lines = (data_dir / "postgres" / "cluster" / "postmaster.pid").read_text().splitlines()
    return psutil.Process(int(lines[0]))


@contextmanager
def started(data_dir: Path, *, durable: bool = False) -> Iterator[tuple[str, str]]:
    with embedded_engines(unconfigured(data_dir), durable=durable) as settings:
        assert settings.database_url
        assert settings.redis_url
        yield settings.database_url, settings.redis_url


@asynccontextmanager
async def bus(url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(url)
    yield redis
    await redis.aclose()
