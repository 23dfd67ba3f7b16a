"""Who decides for whom while they are away."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing


class Delegation(Changing):
    """`ends_at` is when it really ended, where that was before its time: not before it began."""

    __tablename__ = "delegations"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    approver_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    stand_in_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    creator_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_delegations_organization", "organization_id", "created_at", "id"),
        Index("ix_delegations_approver", "approver_id", "created_at", "id"),
        Index("ix_delegations_stand_in", "stand_in_id", "created_at", "id"),
        Index(
            "ix_delegations_open",
            "organization_id",
            "ends_at",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
