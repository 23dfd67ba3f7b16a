"""People and the sessions that keep them signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Computed, ForeignKey, Index, LargeBinary, func, literal_column
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, column_property, mapped_column

from db.models.entity import Changing, Entity, choice, now
from domain.accounts import Theme, UserStatus
from domain.permissions import PlatformRole

_WORDS = "regexp_replace(first_name || ' ' || last_name || ' ' || email, '[^[:alnum:]]+', ' ', 'g')"


class User(Changing):
    """Without a `password_hash`, no password is good. `avatar` names the pictures in storage.

    Of a deleted account nothing is left but its id and its times.
    """

    __tablename__ = "users"

    email: Mapped[str] = mapped_column()
    password_hash: Mapped[str | None]
    first_name: Mapped[str]
    last_name: Mapped[str]
    bio: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="UTC")
    theme: Mapped[Theme] = mapped_column(
        choice(Theme), default=Theme.SYSTEM, server_default=Theme.SYSTEM.name
    )
    avatar: Mapped[str | None]
    platform_role: Mapped[PlatformRole] = mapped_column(
        choice(PlatformRole), default=PlatformRole.USER
    )
    status: Mapped[UserStatus] = mapped_column(choice(UserStatus), default=UserStatus.ACTIVE)
    email_verified: Mapped[bool] = mapped_column(default=False)
    last_login_at: Mapped[datetime | None]
    notification_preferences: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )
    search: Mapped[str] = mapped_column(
        TSVECTOR, Computed(f"to_tsvector('simple'::regconfig, {_WORDS})"), deferred=True
    )
    everybody: Mapped[bool] = column_property(literal_column("true", Boolean), deferred=True)

    __table_args__ = (
        Index("uq_users_email", func.lower(email), unique=True),
        Index("ix_users_search", search, postgresql_using="gin"),
        Index("ix_users_created", "created_at", "id"),
    )


class Session(Entity):
    """A device that is signed in; its refresh token is kept as a SHA-256 only.

    `impersonator_id` is the administrator who is signed in in the place of its user.
    """

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    current_hash: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    rotated_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    impersonator_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    user_agent: Mapped[str] = mapped_column(default="")
    ip: Mapped[str] = mapped_column(default="")
