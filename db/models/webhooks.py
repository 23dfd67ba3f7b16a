"""Endpoints of other systems, and what was sent to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, Entity, choice
from domain.events import EventKind
from domain.webhooks import DeliveryStatus


class Webhook(Changing):
    """The secrets are sealed; the old one signs besides the new one for a while."""

    __tablename__ = "webhooks"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    url: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    kinds: Mapped[list[str]] = mapped_column(default=list)
    selection: Mapped[str]
    secret: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    old_secret: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    old_secret_until: Mapped[datetime | None]
    enabled: Mapped[bool] = mapped_column(default=True)
    disabled_reason: Mapped[str | None]
    creator_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_webhooks_organization", "organization_id", "created_at", "id"),)


class WebhookDelivery(Entity):
    """One event for one endpoint; those of an entity go out one after the other.

    `body` is what is sent, the same at every attempt. Who holds `claimed_until` is sending it.
    """

    __tablename__ = "webhook_deliveries"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"))
    event_id: Mapped[UUID]
    entity_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    status: Mapped[DeliveryStatus] = mapped_column(choice(DeliveryStatus))
    body: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    first_attempt_at: Mapped[datetime | None]
    next_attempt_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    response_body: Mapped[str | None]
    error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("webhook_id", "event_id"),
        Index("ix_webhook_deliveries_webhook", "webhook_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_pending",
            "webhook_id",
            "entity_id",
            "position",
            postgresql_where=(status == DeliveryStatus.PENDING),
        ),
    )
