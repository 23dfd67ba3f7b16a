"""How templates are listed and found."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.filters import (
    Conditions,
    Direction,
    TagsFilter,
    TextFilter,
    TimeFilter,
    UserFilter,
    on,
    terms,
    words,
)
from db.models import Approval, Template, TemplateVersion
from domain.templates import TemplateStatus


class TemplateOrderField(StrEnum):
    NAME = "NAME"
    CREATED_AT = "CREATED_AT"
    UPDATED_AT = "UPDATED_AT"


class VersionOrderField(StrEnum):
    NUMBER = "NUMBER"


@dataclass(frozen=True, slots=True)
class TemplateOrder:
    """One criterion that templates are sorted by."""

    field: Annotated[TemplateOrderField, "What to sort by."]
    direction: Annotated[Direction, "Which way."] = Direction.ASC


@dataclass(frozen=True, slots=True)
class TemplateStatusFilter:
    """Compares the status of a template."""

    in_: Annotated[tuple[TemplateStatus, ...] | None, "One of these."] = None
    not_in: Annotated[tuple[TemplateStatus, ...] | None, "None of these."] = None


@dataclass(frozen=True, slots=True)
class TemplateFilter:
    """Narrows a list of templates; every condition that is given must hold."""

    status: Annotated[TemplateStatusFilter | None, "By status."] = None
    category: Annotated[TextFilter | None, "By category."] = None
    tags: Annotated[TagsFilter | None, "By tags."] = None
    author: Annotated[UserFilter | None, "By the person who created it."] = None
    created_at: Annotated[TimeFilter | None, "By when it was created."] = None
    updated_at: Annotated[TimeFilter | None, "By when it was last changed."] = None
    search: Annotated[
        str | None,
        "Words, or beginnings of words, that occur in the name, description, category, tags or"
        " subject.",
    ] = None


ORDERS = {
    TemplateOrderField.NAME: func.lower(Template.name),
    TemplateOrderField.CREATED_AT: Template.created_at,
    TemplateOrderField.UPDATED_AT: Template.updated_at,
}
CONDITIONS: Conditions = {
    "status": on(Template.status),
    "category": on(Template.category),
    "tags": on(Template.tags),
    "author": on(Template.author_id),
    "created_at": on(Template.created_at),
    "updated_at": on(Template.updated_at),
    "search": words(Template.search),
}


def search_text(template: Template, subject: str) -> str:
    """The words by which a template is found, as the search cuts them."""
    parts = [template.name, template.description, template.category or "", *template.tags, subject]
    return " ".join(terms("\n".join(parts)))


async def by_id(session: AsyncSession, id: UUID) -> Template:
    """A template that is known to exist."""
    return (await session.scalars(select(Template).where(Template.id == id))).one()


async def lock_of_approval(session: AsyncSession, approval: UUID) -> Template:
    """The template of an approval, held until the end of the transaction."""
    statement = (
        select(Template)
        .join(Approval, Approval.template_id == Template.id)
        .where(Approval.id == approval)
        .with_for_update(of=Template, key_share=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).one()


async def version(session: AsyncSession, id: UUID) -> TemplateVersion:
    """The version that a template's row names: it is always there."""
    return (await session.scalars(select(TemplateVersion).where(TemplateVersion.id == id))).one()


async def next_number(session: AsyncSession, template: Template) -> int:
    """The number that a new version gets; hold the template's lock while using it."""
    statement = select(func.max(TemplateVersion.number)).where(
        TemplateVersion.template_id == template.id
    )
    return (await session.scalar(statement) or 0) + 1
