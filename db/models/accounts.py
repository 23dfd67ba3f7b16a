"""People and the sessions that keep them signed in."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, Entity, choice, now
from domain.accounts import UserStatus
from domain.permissions import PlatformRole


class User(Changing):
    __tablename__ = "users"

    email: Mapped[str] = mapped_column()
    password_hash: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    bio: Mapped[str] = mapped_column(default="")
    locale: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="UTC")
    platform_role: Mapped[PlatformRole] = mapped_column(
        choice(PlatformRole), default=PlatformRole.USER
    )
    status: Mapped[UserStatus] = mapped_column(choice(UserStatus), default=UserStatus.ACTIVE)
    email_verified: Mapped[bool] = mapped_column(default=False)
    last_login_at: Mapped[datetime | None]
    notification_preferences: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )

    __table_args__ = (Index("uq_users_email", func.lower(email), unique=True),)


class Session(Entity):
    """A device that is signed in; its refresh token is kept as a SHA-256 only."""

    __tablename__ = "sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    current_hash: Mapped[bytes] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    rotated_at: Mapped[datetime] = mapped_column(default=now)
    last_seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user_agent: Mapped[str] = mapped_column(default="")
    ip: Mapped[str] = mapped_column(default="")
