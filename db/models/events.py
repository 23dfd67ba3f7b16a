"""The record of what happened, and the outbox of what is not published yet."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Model, choice, new_id, now
from domain.events import EventKind


class Event(Model):
    """Append-only. The relay is the only one who says in which order events are published."""

    __tablename__ = "events"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    occurred_at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    entity: Mapped[str]
    entity_id: Mapped[UUID]
    subject_id: Mapped[UUID]
    organization_id: Mapped[UUID | None]
    actor_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    request_id: Mapped[str | None]
    ip: Mapped[str | None]

    __table_args__ = (Index("ix_events_organization", "organization_id", "occurred_at", "id"),)


class Outbox(Model):
    """One row an event that waits to be published; published rows are deleted."""

    __tablename__ = "outbox"

    sequence: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(ForeignKey("events.id"), unique=True)
