"""The engines that tests run on: one PostgreSQL and one Valkey a run, a database a worker."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
from alembic import command
from sqlalchemy.engine import make_url

from db import migrations
from server.embedded import embedded_engines
from server.settings import Settings

TEMPLATE = "migrated_template"
TEMPLATE_LOCK = 5_318_008


@dataclass(frozen=True, slots=True)
class Engines:
    """Where this run's engines are; simple enough to be handed to a worker."""

    database_url: str
    redis_url: str

    def database(self, name: str) -> str:
        url = make_url(self.database_url).set(database=name)
        return url.render_as_string(hide_password=False)

    def bus(self, number: int) -> str:
        """One of Valkey's numbered databases; channels are common to all."""
        return self.redis_url.replace("db=0", f"db={number}")

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


@contextmanager
def running_engines() -> Iterator[Engines]:
    """Fast ones that forget everything, in a folder that goes with them."""
    folder = Path(tempfile.mkdtemp(prefix="imprimatur-test-", dir="/tmp"))
    folder.chmod(0o711)  # started by root, they run as somebody who has to get in
    unconfigured = Settings(data_dir=folder / "data", database_url=None, redis_url=None)
    try:
        with embedded_engines(unconfigured, durable=False) as settings:
            assert settings.database_url
            assert settings.redis_url
            yield Engines(settings.database_url, settings.redis_url)
    finally:
        shutil.rmtree(folder)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A plain connection to the database of an SQLAlchemy URL."""
    plain = make_url(url).set(drivername="postgresql")
    connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
    try:
        yield connection
    finally:
        await connection.close()


async def migrate(url: str) -> None:
    # In a thread: alembic runs an event loop of its own.
    await asyncio.to_thread(command.upgrade, migrations.config(url), "head")


@asynccontextmanager
async def empty_database(engines: Engines) -> AsyncIterator[str]:
    """The URL of a new database without any table, dropped in the end."""
    async with _database(engines, "template1") as url:
        yield url


@asynccontextmanager
async def migrated_database(engines: Engines) -> AsyncIterator[str]:
    """The URL of a new database that has the schema and no rows, dropped in the end."""
    await _ensure_template(engines)
    async with _database(engines, TEMPLATE) as url:
        yield url


@asynccontextmanager
async def _database(engines: Engines, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    async with connected(engines.database("postgres")) as admin:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield engines.database(name)
    async with connected(engines.database("postgres")) as admin:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def _ensure_template(engines: Engines) -> None:
    """Made by whichever worker comes first; the others wait for it."""
    async with connected(engines.database("postgres")) as admin:
        await admin.execute(f"SELECT pg_advisory_lock({TEMPLATE_LOCK})")
        known = "SELECT 1 FROM pg_database WHERE datname = $1"
        if await admin.fetchval(known, TEMPLATE):
            return
        await admin.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}_making")
        await admin.execute(f"CREATE DATABASE {TEMPLATE}_making")
        await migrate(engines.database(f"{TEMPLATE}_making"))
        await admin.execute(f"ALTER DATABASE {TEMPLATE}_making RENAME TO {TEMPLATE}")
