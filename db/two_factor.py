"""How second factors are found and locked."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import TwoFactor, User
from domain.two_factor import Factor


async def owner(session: AsyncSession, user: UUID) -> User | None:
    """Whose second factor it is, as they are stored."""
    return await session.get(User, user, populate_existing=True)


async def of_user(session: AsyncSession, user: UUID) -> TwoFactor | None:
    """Somebody's second factor, whether or not it is confirmed."""
    return await session.scalar(select(TwoFactor).where(TwoFactor.user_id == user))


async def lock(session: AsyncSession, user: UUID) -> TwoFactor | None:
    """The same, held until the end."""
    statement = select(TwoFactor).where(TwoFactor.user_id == user).with_for_update()
    return await session.scalar(statement, execution_options={"populate_existing": True})


def facts(row: TwoFactor) -> Factor:
    return Factor(row.last_step, row.recovery_hashes)


def apply(row: TwoFactor, used: Factor) -> None:
    """Write what the rules decided into the row."""
    row.last_step, row.recovery_hashes = used.last_step, list(used.recovery_hashes)
