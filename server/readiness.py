"""A database and a bus that a process can work with, before it does."""

import asyncio

from alembic import command
from sqlalchemy.exc import DBAPIError

from db import migrations
from db.database import Database
from events.partitions import make_ahead, this_day
from server import doctor
from server.errors import OperatorError
from server.settings import Settings


def make_ready(settings: Settings) -> None:
    """Both engines answer, the schema is at the newest revision and has room for the events of
    the months ahead; or OperatorError.
    """
    asyncio.run(_reach(settings))
    try:
        command.upgrade(migrations.config(settings.database_url or ""), "head")
    except DBAPIError as error:
        raise OperatorError(
            f"The migration failed: {doctor.reason(error)}",
            "Let DATABASE_URL name a user who may create tables, and run `imprimatur migrate`",
        ) from error
    asyncio.run(_make_partitions(settings))


async def _make_partitions(settings: Settings) -> None:
    database = Database(settings.database_url or "")
    try:
        await make_ahead(database, this_day())
    finally:
        await database.close()


async def _reach(settings: Settings) -> None:
    await doctor.database(settings)
    await doctor.bus(settings)
