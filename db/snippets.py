"""How snippets are listed, and found by their names."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, any_, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from db import visibility
from db.models import Snippet, Template

Whose = ColumnElement[bool]


class SnippetOrderField(StrEnum):
    NAME = "NAME"


def of_organization(id: UUID) -> Whose:
    return Snippet.organization_id == id


def of_template(id: UUID) -> Whose:
    """The snippets of the organisation that a template belongs to."""
    own = select(Template.organization_id).where(Template.id == id).scalar_subquery()
    return Snippet.organization_id == own


async def by_names(
    session: AsyncSession, seeing: Mapping[str, Any], whose: Whose, names: Collection[str]
) -> Sequence[Snippet]:
    """Those of the names that there are, as far as the actor sees them."""
    statement = select(Snippet).where(
        whose, Snippet.name == any_(array(sorted(names))), visibility.snippets
    )
    return (await session.scalars(statement, dict(seeing))).all()
