"""Comments on templates."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from db import loaders
from db.models import Comment, new_id
from domain import comments as rules
from domain.errors import refuse
from domain.events import Event, EventKind
from domain.ids import CommentId, OrganizationId, TemplateId, UserId
from domain.permissions import Permission
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.live import follow
from resolvers.templates import visible_template


@dataclass(frozen=True, slots=True)
class AddComment:
    """What to say, and on what."""

    template: Annotated[TemplateId, "The template to comment on."]
    body: Annotated[str, "Plain text, up to 10,000 characters."]


@dataclass(frozen=True, slots=True)
class EditComment:
    """What a comment is to say."""

    comment: Annotated[CommentId, "One of your own comments."]
    body: Annotated[str, "Plain text, up to 10,000 characters."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DeleteComment:
    """What to delete."""

    comment: Annotated[CommentId, "One of your own comments, or any for who moderates comments."]
    if_version: IfVersion = None


async def add(ctx: Context, input: AddComment) -> Comment:
    """Comment on a template."""
    refuse(list(rules.check_comment(input.body)))
    async with ctx.transaction() as work:
        template = await work.find(loaders.templates, input.template, at="template")
        row = Comment(
            id=new_id(),
            organization_id=template.organization_id,
            subject="Template",
            subject_id=template.id,
            author_id=work.by,
            body=input.body,
        )
        work.session.add(row)
        work.record(EventKind.COMMENT_ADDED, row, subject=template.id, after={"body": row.body})
    return row


async def edit(ctx: Context, input: EditComment) -> Comment:
    """Say one of your own comments in other words."""
    refuse(list(rules.check_comment(input.body)))
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.comments, input.comment, at="comment", if_version=input.if_version
        )
        rules.check_may_edit(UserId(row.author_id), work.by)
        before, row.body = row.body, input.body
        work.record(
            EventKind.COMMENT_EDITED,
            row,
            subject=row.subject_id,
            before={"body": before},
            after={"body": row.body},
        )
    return row


async def delete(ctx: Context, input: DeleteComment) -> Comment:
    """Delete a comment: one's own, or any for who moderates comments. Answers it once more."""
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.comments, input.comment, at="comment", if_version=input.if_version
        )
        moderates = work.may(Permission.COMMENT_MODERATE, row)
        rules.check_may_delete(UserId(row.author_id), work.by, moderates=moderates)
        work.record(
            EventKind.COMMENT_DELETED, row, subject=row.subject_id, before={"body": row.body}
        )
        await work.session.delete(row)
    return row


async def comment_added(
    ctx: Context, template: Annotated[TemplateId, "The template to follow."]
) -> AsyncIterator[Event]:
    """Every new comment on a template, as it is made."""
    seen = await visible_template(ctx, template)
    return await follow(
        ctx,
        OrganizationId(seen.organization_id),
        lambda event: event.kind is EventKind.COMMENT_ADDED and event.subject_id == template,
    )
