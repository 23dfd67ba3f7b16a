"""The tables that everybody reads, kept from run to run in a data folder."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import psutil
from sqlalchemy.engine import make_url

from server.embedded import embedded_engines
from server.readiness import make_ready
from server.seeding.bench import BENCH, AlreadySeeded, Scale, seed_bench
from server.settings import Settings

TENTH = Scale(BENCH.organizations, BENCH.users, *(2_000, 1_000, 6_000))
"""A tenth of the templates and what hangs off them, for the same people."""


_SUBJECTS: Final = """
SELECT o.slug,
    (
        SELECT u.email FROM memberships AS m JOIN users AS u ON u.id = m.user_id
        WHERE m.organization_id = o.id AND m.role = 'ADMIN' ORDER BY m.created_at, m.id LIMIT 1
    ) AS email,
    ARRAY(
        SELECT t.id::text FROM templates AS t WHERE t.organization_id = o.id
        ORDER BY t.id DESC LIMIT $1
    ) AS templates
FROM organizations AS o ORDER BY o.id LIMIT 10
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the answers vary by: an organisation, its administrator, some of its templates."""

    slug: str
    email: str
    templates: list[str]


@dataclass(frozen=True, slots=True)
class Data:
    """A running PostgreSQL and Valkey, with two databases to read."""

    settings: Settings
    tenth_url: str
    postmaster: int
    version: str

    @property
    def url(self) -> str:
        return self.settings.database_url or ""

    @property
    def log(self) -> Path:
        """PostgreSQL's."""
        return self.settings.data_dir / "postgres" / "postgres.log"


@contextmanager
def measured_data(folder: Path) -> Iterator[Data]:
    """PostgreSQL as the product starts it, seeded where it was not yet."""
    unconfigured = Settings(data_dir=folder, database_url=None, redis_url=None)
    with embedded_engines(unconfigured) as settings:
        make_ready(settings)
        _seed(settings.database_url or "", BENCH)
        tenth = settings.model_copy(update={"database_url": asyncio.run(_tenth(settings))})
        make_ready(tenth)
        _seed(tenth.database_url or "", TENTH)
        postmaster, version = asyncio.run(_identity(settings.database_url or ""))
        yield Data(settings, tenth.database_url or "", postmaster, version)


def _seed(url: str, scale: Scale) -> None:
    try:
        asyncio.run(seed_bench(url, progress=_tell, scale=scale))
    except AlreadySeeded:
        return


def _tell(what: str, done: int, total: int) -> None:
    if done == total:
        print(f"Seeded {total} {what}")


async def connect(url: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A plain connection to the database of an SQLAlchemy URL."""
    plain = make_url(url).set(drivername="postgresql")
    return await asyncpg.connect(plain.render_as_string(hide_password=False))


async def _tenth(settings: Settings) -> str:
    connection = await connect(settings.database_url or "")
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = 'tenth'"):
        await connection.execute("CREATE DATABASE tenth")
    await connection.close()
    url = make_url(settings.database_url or "").set(database="tenth")
    return url.render_as_string(hide_password=False)


async def _identity(url: str) -> tuple[int, str]:
    """The postmaster's process id and its version; its settings are the product's again."""
    connection = await connect(url)
    backend = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()"))
    version: str = await connection.fetchval("SHOW server_version")
    await connection.execute("ALTER SYSTEM RESET ALL")  # an interrupted run may have left some
    await connection.execute("SELECT pg_reload_conf()")
    postmaster = backend.ppid()
    await connection.close()
    return postmaster, version


async def subjects(url: str, templates: int) -> list[Subject]:
    """Ten organisations, with some of their latest templates."""
    connection = await connect(url)
    rows = await connection.fetch(_SUBJECTS, templates)
    await connection.close()
    return [Subject(row["slug"], row["email"], row["templates"]) for row in rows]
