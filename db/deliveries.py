"""How deliveries to webhooks are queued, claimed and written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from db.filters import Conditions, TimeFilter, on
from db.models import Webhook, WebhookDelivery, new_id
from domain.events import Event
from domain.webhooks import DeliveryStatus

CLAIM = timedelta(seconds=30)
"""Longer than an attempt may take: then whoever made it is gone."""


@dataclass(frozen=True, slots=True)
class DeliveryStatusFilter:
    """Compares the status of a delivery."""

    in_: Annotated[tuple[DeliveryStatus, ...] | None, "One of these."] = None
    not_in: Annotated[tuple[DeliveryStatus, ...] | None, "None of these."] = None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Narrows a list of deliveries; every condition that is given must hold."""

    status: Annotated[DeliveryStatusFilter | None, "By status."] = None
    created_at: Annotated[TimeFilter | None, "By when it was to be delivered first."] = None


CONDITIONS: Conditions = {
    "status": on(WebhookDelivery.status),
    "created_at": on(WebhookDelivery.created_at),
}


async def queue(session: AsyncSession, due: Sequence[tuple[Webhook, Event]]) -> None:
    """A delivery for each, unless there is one already."""
    if due:
        rows = [_new(webhook, event) for webhook, event in due]
        await session.execute(insert(WebhookDelivery).on_conflict_do_nothing(), rows)


def _new(webhook: Webhook, event: Event) -> dict[str, object]:
    return {
        "id": new_id(),
        "organization_id": webhook.organization_id,
        "webhook_id": webhook.id,
        "event_id": event.id,
        "entity_id": event.entity_id,
        "position": event.position,
        "kind": event.kind,
        "status": DeliveryStatus.PENDING,
    }


@dataclass(frozen=True, slots=True)
class Turn:
    """The delivery whose turn it is, and its endpoint with its secrets.

    `until` tells when to come back: it is not its time yet, or another is making it.
    """

    delivery: WebhookDelivery
    endpoint: Webhook
    now: datetime
    until: datetime | None


async def claim(session: AsyncSession, webhook: UUID, entity: UUID) -> Turn | None:
    """Whose turn it is, for nobody else until CLAIM has passed; None where nothing waits."""
    statement = (
        select(WebhookDelivery, Webhook, func.now())
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(_waiting(webhook, entity))
        .order_by(WebhookDelivery.position)
        .limit(1)
        .with_for_update(of=WebhookDelivery)
        .options(undefer(Webhook.secret), undefer(Webhook.old_secret))
    )
    found = (await session.execute(statement)).one_or_none()
    if found is None:
        return None
    row, endpoint, now = found
    until = _waits_until(row, now)
    if until is None:
        row.claimed_until = now + CLAIM
        row.first_attempt_at = row.first_attempt_at or now
    return Turn(row, endpoint, now, until)


def _waits_until(row: WebhookDelivery, now: datetime) -> datetime | None:
    moments = [each for each in (row.claimed_until, row.next_attempt_at) if each and each > now]
    return max(moments, default=None)


async def lock_claimed(session: AsyncSession, claimed: WebhookDelivery) -> WebhookDelivery | None:
    """The delivery that was claimed, held; None where another has claimed it since."""
    mine = (
        (WebhookDelivery.id == claimed.id)
        & (WebhookDelivery.claimed_until == claimed.claimed_until)
        & (WebhookDelivery.status == DeliveryStatus.PENDING)
    )
    statement = select(WebhookDelivery).where(mine).with_for_update()
    return await session.scalar(statement)


async def more(session: AsyncSession, webhook: UUID, entity: UUID) -> bool:
    """Whether something still waits to be delivered about an entity."""
    return bool(await session.scalar(select(exists().where(_waiting(webhook, entity)))))


def _waiting(webhook: UUID, entity: UUID) -> ColumnElement[bool]:
    return and_(
        WebhookDelivery.webhook_id == webhook,
        WebhookDelivery.entity_id == entity,
        WebhookDelivery.status == DeliveryStatus.PENDING,
    )


async def give_up(session: AsyncSession, webhook: UUID, reason: str) -> None:
    """Nothing that waits for the webhook is delivered any more."""
    waiting = (WebhookDelivery.webhook_id == webhook) & (
        WebhookDelivery.status == DeliveryStatus.PENDING
    )
    given = {"status": DeliveryStatus.DEAD, "error": reason, "finished_at": func.now()}
    await session.execute(update(WebhookDelivery).where(waiting).values(given))


async def forget(session: AsyncSession, kept_for: timedelta) -> None:
    """Delete what came to its end longer ago than that."""
    old = WebhookDelivery.finished_at < func.now() - kept_for
    await session.execute(delete(WebhookDelivery).where(old))
