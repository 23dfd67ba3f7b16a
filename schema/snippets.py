"""Snippets."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import loaders, models
from domain.permissions import Permission
from engine.fields import attribute, related
from engine.types import entity, record
from resolvers import snippets
from schema.accounts import User
from schema.building import mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity(
    "A piece of Liquid that an organisation's templates share: `{% render 'footer' %}`.",
    row=models.Snippet,
    access=PUBLIC,
)
class Snippet(Node):
    name: str = attribute("How templates render it.")
    body: str = attribute("What it says, in Liquid.")
    created_at: datetime = attribute("When it was created.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    author: User = related(loaders.users, key="author_id", description="Who created it.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where it belongs."
    )


@record("Snippets.", access=PUBLIC)
class SnippetMutations:
    create_snippet = mutation(
        snippets.create, returns={"snippet": Snippet}, access=needs(Permission.TEMPLATE_WRITE)
    )
    update_snippet = mutation(
        snippets.update, returns={"snippet": Snippet}, access=needs(Permission.TEMPLATE_WRITE)
    )
    delete_snippet = mutation(
        snippets.delete, returns={"snippet": Snippet}, access=needs(Permission.TEMPLATE_ARCHIVE)
    )
