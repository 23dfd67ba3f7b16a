"""The one clock that all processes share."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession


async def clock(session: AsyncSession) -> datetime:
    """When the transaction began, by PostgreSQL's clock."""
    return (await session.scalars(select(func.now()))).one()
