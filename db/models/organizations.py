"""Organisations, who belongs to them, and who is invited."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, synonym

from db.models.entity import Changing, Entity, choice
from domain.permissions import Role


class Organization(Changing):
    __tablename__ = "organizations"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    authors_may_approve: Mapped[bool] = mapped_column(default=False)

    organization_id: Mapped[UUID] = synonym("id")


class Membership(Changing):
    """One person in one organisation, in one role; who has left stays known as a former member."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role))
    left_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index(
            "uq_memberships_present",
            "organization_id",
            "user_id",
            unique=True,
            postgresql_where=left_at.is_(None),
        ),
        Index("ix_memberships_organization", "organization_id", "created_at", "id"),
    )


class Invitation(Entity):
    """A place in an organisation that waits for one address; its token is kept as a SHA-256."""

    __tablename__ = "invitations"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str]
    role: Mapped[Role] = mapped_column(choice(Role))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    inviter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_invitations_organization_id", "organization_id", "created_at", "id"),
    )
