"""Comments."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import listings, loaders, models
from domain.content import TextPart
from domain.permissions import Permission
from engine.connections import Connection
from engine.fields import attribute, computed, related
from engine.types import entity, record
from resolvers import anchors, comments
from schema.accounts import User
from schema.building import answered, connected, mutation, subscription
from schema.live import Happening
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.approvals import ApprovalStep
    from schema.templates import Template, TemplateVersion


@record("Lines of a text of a version, as they were when the comment was made.", access=PUBLIC)
class CommentAnchor:
    part: TextPart = attribute("Which text.")
    locale: str | None = attribute("Of which variant; null for the main source.")
    line: int = attribute("The first line, from 1.")
    end_line: int = attribute("The last line.")
    quote: str = attribute("The words on these lines that it is about.")
    version: Annotated["TemplateVersion", strawberry.lazy("schema.templates")] = related(
        loaders.versions, key="version_id", description="The version."
    )


@entity("What somebody says about a template.", row=models.Comment, access=PUBLIC)
class Comment(Node):
    body: str = attribute("Plain text; empty once it was deleted.")
    created_at: datetime = attribute("When it was made.")
    updated_at: datetime = attribute("When it was last edited.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    deleted_at: datetime | None = attribute(
        "When it was deleted; it is only there for its answers then."
    )
    resolved_at: datetime | None = attribute(
        "When what it asks for was settled; null while it is open, and for a comment on no line."
    )
    anchor: CommentAnchor | None = computed(
        lambda row: row.anchor,
        description="The lines that it is about; null where it is about the whole.",
        needs=("anchored_version_id", "part", "locale", "line", "end_line", "quote"),
    )
    current_line = answered(anchors.current_line, type=int | None)
    author: User = related(loaders.users, key="author_id", description="Who said it.")
    resolver: User | None = related(
        loaders.users, key="resolver_id", description="Who said that it is settled."
    )
    template: Annotated["Template", strawberry.lazy("schema.templates")] = related(
        loaders.templates, key="subject_id", description="What it is about."
    )
    step: Annotated["ApprovalStep", strawberry.lazy("schema.approvals")] | None = related(
        loaders.steps, key="step_id", description="The step of an approval that it belongs to."
    )
    parent: Annotated["Comment", strawberry.lazy("schema.comments")] | None = related(
        loaders.comments, key="parent_id", description="The comment that it answers."
    )
    replies: Connection[Annotated["Comment", strawberry.lazy("schema.comments")]] = connected(
        listings.answers_of_comment, description="What is answered to it, oldest first."
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
    resolve_comment = mutation(
        comments.resolve, returns={"comment": Comment}, access=needs(Permission.COMMENT_WRITE)
    )
    reopen_comment = mutation(
        comments.reopen, returns={"comment": Comment}, access=needs(Permission.COMMENT_WRITE)
    )
    delete_comment = mutation(
        comments.delete, returns={"comment": Comment}, access=needs(Permission.COMMENT_WRITE)
    )


@record("Comments.", access=PUBLIC)
class CommentSubscriptions:
    comment_added = subscription(
        comments.comment_added, type=CommentAddition, access=needs(Permission.TEMPLATE_READ)
    )
