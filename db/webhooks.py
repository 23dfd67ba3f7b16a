"""How webhooks and their deliveries are found, claimed and written."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Webhook


async def count(session: AsyncSession, organization: UUID) -> int:
    """How many the organisation has, those that are switched off included."""
    present = (Webhook.organization_id == organization) & Webhook.deleted_at.is_(None)
    return await session.scalar(select(func.count()).where(present)) or 0


async def enabled(session: AsyncSession, organizations: Collection[UUID]) -> Sequence[Webhook]:
    """All that are told of what happens in these organisations, the oldest first."""
    if not organizations:
        return []
    statement = select(Webhook).where(
        Webhook.organization_id.in_(organizations), Webhook.enabled, Webhook.deleted_at.is_(None)
    )
    return (await session.scalars(statement.order_by(Webhook.id))).all()


async def sealed_secret(session: AsyncSession, id: UUID) -> bytes:
    """The secret of a webhook that is known to exist."""
    return (await session.scalars(select(Webhook.secret).where(Webhook.id == id))).one()


async def lock(session: AsyncSession, id: UUID) -> Webhook:
    """A webhook that is known to exist."""
    return (await session.scalars(select(Webhook).where(Webhook.id == id).with_for_update())).one()
