"""What waits until somebody has shown that an address is theirs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Entity, choice
from domain.confirmations import Purpose


class Confirmation(Entity):
    """A token was mailed to `email`; whoever brings it back may do what it is for, once.

    It is deleted when it was used. `facts` are what a registration asked for.
    """

    __tablename__ = "confirmations"

    purpose: Mapped[Purpose] = mapped_column(choice(Purpose))
    user_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    email: Mapped[str] = mapped_column()
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_confirmations_email", func.lower(email)),)
