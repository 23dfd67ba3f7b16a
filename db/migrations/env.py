"""How alembic reaches the database: one connection, one transaction a revision."""

import asyncio
import re
from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, Enum
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.models import Model
from db.models.templates import Several

PARTITION = re.compile(r"events_\d{4}_\d{2}")


def _stored_type(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """A revision names the column's type in PostgreSQL, not the class that wraps it today."""
    if kind == "type" and isinstance(item, Several):
        return "postgresql.JSONB()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def _described(name: str | None, kind: str, _: Any) -> bool:
    """Partitions are not in the models: they are made and detached as months go by."""
    return kind != "table" or PARTITION.fullmatch(name or "") is None


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        transaction_per_migration=True,
        compare_server_default=True,
        render_item=_stored_type,
        include_name=_described,
    )
    with context.begin_transaction():
        # Two processes that start together migrate one after the other.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(724301)")
        context.run_migrations()


async def _online() -> None:
    engine = create_async_engine(context.config.attributes["database_url"], poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


asyncio.run(_online())
