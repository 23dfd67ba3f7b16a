"""Comments."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import loaders, models
from domain.permissions import Permission
from engine.fields import attribute, related
from engine.types import Node, entity, record
from resolvers import comments
from schema.accounts import User
from schema.building import mutation, subscription
from schema.live import Happening

if TYPE_CHECKING:
    from schema.templates import Template


@entity("What somebody says about a template.", row=models.Comment, access=PUBLIC)
class Comment(Node):
    body: str = attribute("Plain text.")
    created_at: datetime = attribute("When it was made.")
    updated_at: datetime = attribute("When it was last edited.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    author: User = related(loaders.users, key="author_id", description="Who said it.")
    template: Annotated["Template", strawberry.lazy("schema.templates")] = related(
        loaders.templates, key="subject_id", description="What it is about."
    )


@record("A new comment.", access=needs(Permission.TEMPLATE_READ))
class CommentAddition(Happening):
    comment: Comment | None = related(
        loaders.comments,
        key="entity_id",
        description="The comment; null where it has been deleted already.",
    )


@record("Comments.", access=PUBLIC)
class CommentMutations:
    add_comment = mutation(
        comments.add, returns={"comment": Comment}, access=needs(Permission.COMMENT_WRITE)
    )
    edit_comment = mutation(
        comments.edit, returns={"comment": Comment}, access=needs(Permission.COMMENT_WRITE)
    )
    delete_comment = mutation(
        comments.delete, returns={"comment": Comment}, access=needs(Permission.COMMENT_WRITE)
    )


@record("Comments.", access=PUBLIC)
class CommentSubscriptions:
    comment_added = subscription(
        comments.comment_added, type=CommentAddition, access=needs(Permission.TEMPLATE_READ)
    )
