"""How accounts are found and locked."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import User


async def by_email(session: AsyncSession, email: str) -> User | None:
    return await session.scalar(select(User).where(func.lower(User.email) == func.lower(email)))


async def lock_user(session: AsyncSession, id: UUID) -> User:
    """The account as it is by now, held until the end."""
    locked = select(User).where(User.id == id).with_for_update()
    return (await session.scalars(locked.execution_options(populate_existing=True))).one()


async def avatars(session: AsyncSession, users: Collection[UUID]) -> set[str]:
    """The pictures that these people show themselves by."""
    statement = select(User.avatar).where(User.id.in_(users), User.avatar.is_not(None))
    return {avatar for avatar in await session.scalars(statement) if avatar}
