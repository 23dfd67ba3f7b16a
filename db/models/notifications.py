"""What people were told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, ForeignKey, Index, Text, TypeDecorator, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Entity, choice
from domain.errors import Reference
from domain.events import EventKind
from domain.notifications import EmailTiming, NotificationKind


class Referred(TypeDecorator[Reference]):
    """A thing of any kind, stored as `Entity:id`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Reference | None, dialect: Dialect) -> str | None:
        return None if value is None else f"{value.entity}:{value.id}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Reference | None:
        if value is None:
            return None
        entity, _, id = value.partition(":")
        return Reference(entity, UUID(id))


class Notification(Entity):
    """One person told of one event.

    `facts` are the names that its text is made of. `in_app` says whether it is in the person's
    list, `email` when it goes by mail, and `mailed_at` when it went or was found needless.
    """

    __tablename__ = "notifications"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    event_id: Mapped[UUID]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[NotificationKind] = mapped_column(choice(NotificationKind))
    event_kind: Mapped[EventKind] = mapped_column(choice(EventKind))
    subject: Mapped[Reference] = mapped_column(Referred)
    actor_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]]
    in_app: Mapped[bool]
    email: Mapped[EmailTiming] = mapped_column(choice(EmailTiming))
    mailed_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("event_id", "user_id"),
        Index("ix_notifications_user", "user_id", "created_at", "id"),
        Index(
            "ix_notifications_unread",
            "user_id",
            postgresql_where=text("read_at IS NULL AND in_app"),
        ),
        Index(
            "ix_notifications_to_mail",
            "user_id",
            "id",
            postgresql_where=text("mailed_at IS NULL AND email <> 'OFF'"),
        ),
        Index("ix_notifications_created", "created_at"),
    )
