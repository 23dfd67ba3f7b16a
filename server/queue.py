"""What operators see of the queue, and what they do about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rich.table import Table

from db.database import Database
from jobs import operators
from server.errors import OperatorError
from server.settings import Settings


async def listed(settings: Settings, *, is_dead: bool) -> Table:
    """The jobs that wait or run, or those that are dead, as a table to print."""
    async with _database(settings) as database:
        found = await (operators.dead(database) if is_dead else operators.alive(database))
    table = Table("id", "job", "status", "failures", "due", "error", box=None)
    for job in found:
        due = job.due_at.isoformat(timespec="seconds")
        row = (str(job.id), job.name, job.status, str(job.failures), due, job.error or "")
        table.add_row(*row)
    return table


async def retry(settings: Settings, id: int) -> None:
    """Let the dead job be tried again; raises OperatorError where there is none."""
    async with _database(settings) as database:
        if not await operators.retry(database, id):
            raise OperatorError(
                f"There is no dead job {id}", "Find its id with `imprimatur jobs list --dead`"
            )


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = Database(settings.database_url or "", pool_size=1)
    try:
        yield database
    finally:
        await database.close()
