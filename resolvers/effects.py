"""What would come of a mutation that is only tried."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db import loaders
from db.models import Approval, Entity, User, Webhook
from db.shapes import One
from db.visibility import seen_by
from domain.actor import Actor
from domain.events import Event, EventKind
from resolvers import notifications, webhooks
from resolvers.context import Context

E = TypeVar("E", bound=Entity)
VOIDING = frozenset({EventKind.APPROVAL_VOIDED, EventKind.STAGES_VOIDED})


@dataclass(frozen=True, slots=True)
class Effects:
    """Read before it was undone; each list holds what the one who asks may see."""

    events: Sequence[Event]
    notified: Sequence[User]
    voided_approvals: Sequence[Approval]
    webhooks: Sequence[Webhook]


async def effects_of(ctx: Context, session: AsyncSession, events: Sequence[Event]) -> Effects:
    """What these events, which are recorded in the session, would bring about."""
    told = await notifications.told_of(session, events)
    voided = {event.entity_id for event in events if event.kind in VOIDING}
    fired = {webhook.id for webhook in await webhooks.fired_by(session, events)}
    return Effects(
        events=list(events),
        notified=await _seen(session, ctx.actor, loaders.users, told),
        voided_approvals=await _seen(session, ctx.actor, loaders.approvals, voided),
        webhooks=await _seen(session, ctx.actor, loaders.webhooks, fired),
    )


async def _seen(
    session: AsyncSession, actor: Actor, source: One[E], ids: Collection[UUID]
) -> Sequence[Any]:
    if not ids:
        return []
    statement = select(source.model).where(source.model.id.in_(ids), source.visible)
    return (await session.scalars(statement.order_by(source.model.id), seen_by(actor))).all()
