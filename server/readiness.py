"""A database and a bus that a process can work with, before it does."""

import asyncio

from alembic import command
from sqlalchemy.exc import DBAPIError

from db import migrations
from server import doctor
from server.errors import OperatorError
from server.settings import Settings


def make_ready(settings: Settings) -> None:
    """Both engines answer and the schema is at the newest revision, or OperatorError."""
    asyncio.run(_reach(settings))
    try:
        command.upgrade(migrations.config(settings.database_url or ""), "head")
    except DBAPIError as error:
        raise OperatorError(
            f"The migration failed: {doctor.reason(error)}",
            "Let DATABASE_URL name a user who may create tables, and run `imprimatur migrate`",
        ) from error


async def _reach(settings: Settings) -> None:
    await doctor.database(settings)
    await doctor.bus(settings)
