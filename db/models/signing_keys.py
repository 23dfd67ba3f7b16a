"""The keys that sign access tokens."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Entity


class SigningKey(Entity):
    """A key pair; the private key is sealed. It signs from `signs_from` until a later one does,
    and verifies until `retires_at`, which is null as long as none is to take its place.
    """

    __tablename__ = "signing_keys"

    kid: Mapped[str] = mapped_column(unique=True)
    algorithm: Mapped[str]
    private_key: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[str]
    signs_from: Mapped[datetime]
    retires_at: Mapped[datetime | None]
