"""The keys that sign access tokens, as they are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import SigningKey, TwoFactor

CHANGES = 724307
BATCH = 500
KEPT = timedelta(days=30)
"""For so long a retired key is listed before it is deleted."""


async def lock(session: AsyncSession) -> None:
    """Nobody else changes the keys until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(CHANGES)))


async def every(session: AsyncSession) -> Sequence[SigningKey]:
    """Also those that are retired; the oldest first."""
    found = await session.scalars(select(SigningKey).order_by(SigningKey.signs_from, SigningKey.id))
    return found.all()


async def in_force(session: AsyncSession, now: datetime) -> Sequence[SigningKey]:
    """Those that verify, the oldest first."""
    lasting = or_(SigningKey.retires_at.is_(None), SigningKey.retires_at > now)
    statement = select(SigningKey).where(lasting)
    return (await session.scalars(statement.order_by(SigningKey.signs_from, SigningKey.id))).all()


async def forget_retired(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(SigningKey).where(SigningKey.retires_at < now - KEPT))


async def lock_second_factors(
    session: AsyncSession, after: TwoFactor | None
) -> Sequence[TwoFactor]:
    """The next of all second factors, held until the end."""
    statement = select(TwoFactor).order_by(TwoFactor.id).limit(BATCH).with_for_update()
    if after is not None:
        statement = statement.where(TwoFactor.id > after.id)
    return (await session.scalars(statement)).all()
