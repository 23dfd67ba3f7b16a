"""How often somebody has guessed lately."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Model


class Attempt(Model):
    """Failures in a row under one key, a keyed hash of what was tried or of where from."""

    __tablename__ = "attempts"

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    began_at: Mapped[datetime]
    failed_at: Mapped[datetime] = mapped_column(index=True)
    blocked_until: Mapped[datetime | None]
