"""Events as they are read back: with their place in the order, and what they are about."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Boolean, Table, Text, cast, literal_column, select
from sqlalchemy.orm import Mapped, column_property, synonym

from db.models.entity import Entity
from db.models.events import Event, EventPosition
from domain.events import EventKind

_EVENTS: Table = Event.__table__  # type: ignore[assignment] # a mapped class's is a Table
_PLACE = (
    select(EventPosition.position)
    .where(EventPosition.event_id == _EVENTS.c.id)
    .correlate(_EVENTS)
    .scalar_subquery()
)


class AuditEntry(Entity):
    """An event as auditors read it. `thing` names what it happened to, as `Type:uuid`."""

    __tablename__ = "events"
    __table__ = _EVENTS

    created_at: Mapped[datetime] = synonym("occurred_at")
    position: Mapped[int | None] = column_property(_PLACE)
    thing: Mapped[str] = column_property(_EVENTS.c.entity + ":" + cast(_EVENTS.c.entity_id, Text))
    everything: Mapped[bool] = column_property(literal_column("true", Boolean))

    if TYPE_CHECKING:
        occurred_at: Mapped[datetime]
        kind: Mapped[EventKind]
        entity: Mapped[str]
        entity_id: Mapped[UUID]
        subject_id: Mapped[UUID]
        organization_id: Mapped[UUID | None]
        actor_id: Mapped[UUID | None]
        before: Mapped[dict[str, Any] | None]
        after: Mapped[dict[str, Any] | None]
        request_id: Mapped[str | None]
        ip: Mapped[str | None]
        session_id: Mapped[UUID | None]
        token_id: Mapped[UUID | None]
        impersonator_id: Mapped[UUID | None]
