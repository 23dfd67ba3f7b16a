"""Templates and the immutable versions of their content."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Computed,
    Dialect,
    ForeignKey,
    Index,
    TypeDecorator,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, Entity, choice
from domain.content import BodyKind, Content, LocaleVariant, PinnedSnippet, Source, part_hashes
from domain.templates import TemplateStatus
from domain.variables import Variable, VariableType


class Several(TypeDecorator[list[Any]]):
    """A list of values, stored as JSON objects of their fields; `read` makes one of its fields."""

    impl = JSONB
    cache_ok = True

    def __init__(self, read: Callable[..., Any]) -> None:
        super().__init__()
        self.read = read

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        return [asdict(each) for each in value or []]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Any]:
        return [self.read(**each) for each in value]


def _variable(type: str, **fields: Any) -> Variable:
    return Variable(type=VariableType(type), **fields)


class Template(Changing):
    """`search_text` is what the text search reads; whoever writes the row keeps it in step."""

    __tablename__ = "templates"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column()
    description: Mapped[str] = mapped_column(default="")
    category: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(default=list)
    status: Mapped[TemplateStatus] = mapped_column(
        choice(TemplateStatus), default=TemplateStatus.DRAFT
    )
    details: Mapped[dict[str, Any]] = mapped_column("metadata", default=dict)
    current_version_id: Mapped[UUID]
    approval_id: Mapped[UUID | None]
    search_text: Mapped[str]
    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple'::regconfig, search_text)", persisted=True),
        deferred=True,
    )

    __table_args__ = (
        Index("ix_templates_created", "organization_id", "created_at", "id"),
        Index("ix_templates_updated", "organization_id", "updated_at", "id"),
        Index("ix_templates_name", "organization_id", func.lower(name), "id"),
        Index("ix_templates_author", "organization_id", "author_id"),
        Index("ix_templates_tags", "tags", postgresql_using="gin"),
        Index("ix_templates_search", "search", postgresql_using="gin"),
    )


class TemplateVersion(Entity):
    """The content of a template at one moment; it never changes."""

    __tablename__ = "template_versions"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    template_id: Mapped[UUID] = mapped_column(ForeignKey("templates.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    number: Mapped[int]
    kind: Mapped[BodyKind] = mapped_column(choice(BodyKind))
    subject: Mapped[str]
    body: Mapped[str]
    text: Mapped[str | None]
    variables: Mapped[list[Variable]] = mapped_column(Several(_variable))
    locales: Mapped[list[LocaleVariant]] = mapped_column(
        Several(LocaleVariant), default=list, server_default="[]"
    )
    snippets: Mapped[list[PinnedSnippet]] = mapped_column(
        Several(PinnedSnippet), default=list, server_default="[]"
    )
    content_hash: Mapped[str]

    __table_args__ = (UniqueConstraint("template_id", "number"),)

    @property
    def content(self) -> Content:
        """What the version says, in its parts."""
        source = Source(self.kind, self.subject, self.body, self.text)
        return Content(source, self.variables, self.locales, self.snippets)

    @property
    def part_hashes(self) -> dict[str, str]:
        """The SHA-256 of each part of the content, by the part's name."""
        return part_hashes(self.content)
