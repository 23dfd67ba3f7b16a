"""Looks at the record in the database, as it is in one moment, and says what it finds."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from db.database import Database
from db.models import NOBODYS
from db.verification import organization_by_slug
from domain.verification import Finding
from resolvers.verification import Verification
from server.errors import OperatorError
from server.settings import Settings


async def verified(
    running: Settings,
    slug: str | None,
    since: int,
    kept: bytes | None,
    tell: Callable[[str], None],
) -> bool:
    """Whether the record is whole; each thing that is wrong is told as soon as it is found.

    Raises OperatorError for an organisation that there is not.
    """
    found = 0
    async with _moment(running) as connection:
        order = None if slug is None else await _named(connection, slug)
        verification = Verification(connection, order, since, kept)
        async for finding in verification.findings():
            found += 1
            tell(_said(finding))
    tell(
        f"{verification.places:,} events of {verification.orders:,} orders were verified;"
        f" {found:,} findings."
    )
    if verification.kept_at is not None:
        tell(f"The hash that you kept is that of position {verification.kept_at}.")
    return not found


@asynccontextmanager
async def _moment(running: Settings) -> AsyncIterator[AsyncConnection]:
    """The database as it is now, for as long as it takes."""
    database = Database(running.database_url or "", pool_size=1)
    still = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        async with database.engine.execution_options(**still).connect() as connection:
            yield connection
    finally:
        await database.close()


async def _named(connection: AsyncConnection, slug: str) -> UUID:
    found = await organization_by_slug(connection, slug)
    if found is None:
        raise OperatorError(f"There is no organisation {slug}", "Give its name in addresses")
    return found


def _said(finding: Finding) -> str:
    where = [f"{finding.fault.value}: {_order(finding.organization)}"]
    if finding.position is not None:
        where.append(f"position {finding.position}")
    if finding.event is not None:
        where.append(f"event {finding.event}")
    return f"{', '.join(where)}: {finding.text}."


def _order(organization: UUID | None) -> str:
    if organization is None:
        return "everything"
    return "no organisation" if organization == NOBODYS else f"organisation {organization}"
