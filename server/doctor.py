"""Whether everything a server needs is there; each check says what to do where it is not."""

import tempfile
from collections.abc import Awaitable, Callable

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from db import migrations
from server import keys, signing_keys
from server.errors import OperatorError
from server.settings import Settings

OLDEST_POSTGRES = 15
OLDEST_REDIS = 7
PATIENCE = 5  # seconds

Check = Callable[[Settings], Awaitable[str]]


async def database(settings: Settings) -> str:
    """What answers at DATABASE_URL; OperatorError when nothing does, or something too old."""
    version = await _ask(settings, _server_version)
    if _major(version) < OLDEST_POSTGRES:
        raise OperatorError(
            f"PostgreSQL {version} is too old",
            f"Point DATABASE_URL at PostgreSQL {OLDEST_POSTGRES} or newer",
        )
    return f"PostgreSQL {version}"


async def migrated(settings: Settings) -> str:
    """Which revision the database stands at; OperatorError unless it is the newest."""
    newest = ScriptDirectory.from_config(migrations.config(_url(settings))).get_current_head()
    current = await _ask(settings, _revision)
    if current != newest:
        raise OperatorError(
            f"The database stands at revision {current} and the newest is {newest}",
            "Run `imprimatur migrate`",
        )
    return f"at revision {current}"


async def bus(settings: Settings) -> str:
    """What answers at REDIS_URL; OperatorError when nothing does, or something too old."""
    redis = Redis.from_url(settings.redis_url or "", socket_connect_timeout=PATIENCE)
    try:
        server = await redis.info("server")
    except (RedisError, OSError) as error:
        raise OperatorError(
            f"Redis cannot be reached: {error}",
            "Start it, correct REDIS_URL, or unset REDIS_URL to use one of our own",
        ) from None
    finally:
        await redis.aclose()
    version = str(server["redis_version"])
    if _major(version) < OLDEST_REDIS:
        raise OperatorError(
            f"Redis {version} is too old", f"Point REDIS_URL at Redis {OLDEST_REDIS} or newer"
        )
    own = server.get("valkey_version")
    return f"Valkey {own}" if own else f"Redis {version}"


async def storage(settings: Settings) -> str:
    """Where files are kept; OperatorError when they cannot be."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return f"{folder} can be written"
    except OSError as error:
        raise OperatorError(
            f"The data folder {folder} cannot be written: {error.strerror}",
            "Give this user the folder, or set DATA_DIR to another one",
        ) from None


async def secrets(settings: Settings) -> str:
    """Where the secrets come from; OperatorError when there are none and none can be made."""
    keys.load_or_create(settings)
    given = settings.secret_key
    return "from the environment" if given else f"kept in {settings.data_dir / 'keys'}"


async def signing(settings: Settings) -> str:
    """Which key signs access tokens; OperatorError where none can be opened."""
    await migrated(settings)
    return await signing_keys.examined(settings)


CHECKS: dict[str, Check] = {
    "Keys": secrets,
    "Storage": storage,
    "Redis": bus,
    "Database": database,
    "Migrations": migrated,
    "Signing": signing,
}


def _url(settings: Settings) -> str:
    return settings.database_url or ""


async def _ask(settings: Settings, question: Callable[[AsyncConnection], Awaitable[str]]) -> str:
    engine = create_async_engine(
        _url(settings), poolclass=NullPool, connect_args={"timeout": PATIENCE}
    )
    try:
        async with engine.connect() as connection:
            return await question(connection)
    except (OSError, TimeoutError, PostgresError, SQLAlchemyError) as error:
        shown = make_url(_url(settings)).render_as_string(hide_password=True)
        raise OperatorError(
            f"The database {shown} cannot be used: {reason(error)}",
            "Start it, correct DATABASE_URL, or unset DATABASE_URL to use one of our own",
        ) from None


async def _server_version(connection: AsyncConnection) -> str:
    return str(await connection.scalar(text("SHOW server_version")))


async def _revision(connection: AsyncConnection) -> str:
    found = await connection.run_sync(
        lambda plain: MigrationContext.configure(plain).get_current_revision()
    )
    return found or "none"


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def reason(error: Exception) -> str:
    """What the driver said, in a line."""
    origin = getattr(error, "orig", None) or error
    return (str(origin) or type(origin).__name__).partition("\n")[0]
