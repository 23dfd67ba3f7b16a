"""What people say about things."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing


class Comment(Changing):
    """`subject` names the type of the thing that the comment is on."""

    __tablename__ = "comments"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str]

    __table_args__ = (Index("ix_comments_subject", "subject_id", "created_at", "id"),)
