"""What people say about things."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, choice
from domain.anchors import Anchor
from domain.content import TextPart
from domain.ids import VersionId


class Comment(Changing):
    """`subject` names the type of the thing that the comment is on.

    A comment that was deleted stays, without a word, while it has answers.
    """

    __tablename__ = "comments"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    subject: Mapped[str]
    subject_id: Mapped[UUID]
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    body: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("comments.id"))
    step_id: Mapped[UUID | None] = mapped_column(ForeignKey("approval_steps.id"))
    anchored_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("template_versions.id"))
    part: Mapped[TextPart | None] = mapped_column(choice(TextPart))
    locale: Mapped[str | None]
    line: Mapped[int | None]
    end_line: Mapped[int | None]
    quote: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    resolver_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_comments_subject", "subject_id", "created_at", "id"),
        Index(
            "ix_comments_parent",
            "parent_id",
            "created_at",
            "id",
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        Index(
            "ix_comments_step",
            "step_id",
            "created_at",
            "id",
            postgresql_where=text("step_id IS NOT NULL"),
        ),
        Index(
            "ix_comments_anchored_version",
            "anchored_version_id",
            "created_at",
            "id",
            postgresql_where=text("anchored_version_id IS NOT NULL"),
        ),
    )

    @property
    def anchor(self) -> Anchor | None:
        """The place that it is about; None where it is about the whole."""
        place = (self.anchored_version_id, self.part, self.line, self.end_line, self.quote)
        match place:
            case (
                UUID() as version,
                TextPart() as part,
                int() as line,
                int() as end,
                str() as quote,
            ):
                return Anchor(VersionId(version), part, self.locale, line, end, quote)
        return None
