"""The record of what happened, the order of it, and the outbox of what has no place in it yet."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Model, choice, new_id, now
from domain.events import EventKind

NOBODYS = UUID(int=0)
"""Stands for the organisation of events that belong to none, in their order."""


class Event(Model):
    """Append-only, whoever tries. A partition a month, told from the id, which is a UUIDv7."""

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
    session_id: Mapped[UUID | None]
    token_id: Mapped[UUID | None]
    impersonator_id: Mapped[UUID | None]

    __table_args__ = (
        Index("ix_events_organization", "organization_id", "id"),
        Index("ix_events_entity", "entity_id", "id"),
        Index("ix_events_subject", "subject_id", "id"),
        Index("ix_events_actor", "actor_id", "id"),
        {"postgresql_partition_by": "RANGE (id)"},
    )


class EventPosition(Model):
    """An event's place in the order of all, and in that of its organisation. Append-only.

    Both orders count from 1 without a gap. `hash` is that of `events/chain.py`. It stays when
    the event's partition is detached, so that the chain of what follows can still be verified.
    """

    __tablename__ = "event_positions"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organization_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(BigInteger)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    hash: Mapped[bytes]

    __table_args__ = (UniqueConstraint("organization_id", "position"),)


class EventHead(Model):
    """The last position and hash of an organisation's order.

    `forgotten` is the highest position whose event is in a partition that was detached.
    """

    __tablename__ = "event_heads"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
    forgotten: Mapped[int] = mapped_column(BigInteger, server_default="0")


class EventFollower(Model):
    """How far somebody who handles every event once has come in the order of all."""

    __tablename__ = "event_followers"

    name: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)


class Outbox(Model):
    """One row an event that has no position yet; the relay deletes what it has given one."""

    __tablename__ = "outbox"

    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    # No foreign key: to check it, PostgreSQL would need the right to update events.
    event_id: Mapped[UUID] = mapped_column(unique=True)
