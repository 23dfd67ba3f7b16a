"""Snippets that an organisation's templates share."""

from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing


class Snippet(Changing):
    """A snippet as it is now; versions of templates keep the bytes that they were made with."""

    __tablename__ = "snippets"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    body: Mapped[str]

    __table_args__ = (UniqueConstraint("organization_id", "name"),)
