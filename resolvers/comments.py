"""Comments on templates, on their lines, and on the steps of their approvals."""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from typing import Annotated, Any
from uuid import UUID

from db import comments, loaders, templates
from db.models import ApprovalStep, Comment, Template, new_id, now
from domain import comments as rules
from domain import ownership
from domain.anchors import Anchor
from domain.errors import Invalid, refuse
from domain.events import Event, EventKind
from domain.ids import CommentId, OrganizationId, StepId, TemplateId, UserId
from resolvers.anchors import CommentAnchor, checked_anchor
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.live import After, follow
from resolvers.templates import visible_template
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class AddComment:
    """What to say, and on what."""

    template: Annotated[TemplateId, "The template to comment on."]
    body: Annotated[str, "Plain text, up to 10,000 characters."]
    anchor: Annotated[CommentAnchor | None, "The lines of its content that it is about."] = None
    step: Annotated[StepId | None, "The step of its approvals that it belongs to."] = None
    parent: Annotated[
        CommentId | None,
        "The comment that it answers, which answers none itself; without a place of its own.",
    ] = None


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


@dataclass(frozen=True, slots=True)
class ResolveComment:
    """What is settled."""

    comment: Annotated[CommentId, "An open comment on a line."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class ReopenComment:
    """What is not settled after all."""

    comment: Annotated[CommentId, "A resolved comment on a line."]
    if_version: IfVersion = None


async def add(ctx: Context, input: AddComment) -> Comment:
    """Comment on a template: on the whole, on lines of its content, on a step of an approval; or
    answer a comment.
    """
    refuse(list(rules.check_comment(input.body)))
    async with ctx.transaction() as work:
        step = input.step and await work.find(loaders.steps, input.step, at="step")
        # Held, so that nobody deletes it before its answer is there.
        parent = input.parent and await work.lock(loaders.comments, input.parent, at="parent")
        template = await work.find(loaders.templates, input.template, at="template")
        if step:
            await _check_step(work, template, step)
        if parent:
            _check_parent(template, parent, input)
        anchor = await checked_anchor(work, template, input.anchor) if input.anchor else None
        row = _row(work, template, input, anchor)
        work.session.add(row)
        after = {"body": row.body, **_place(row)}
        work.record(EventKind.COMMENT_ADDED, row, subject=template.id, after=after)
    return row


async def edit(ctx: Context, input: EditComment) -> Comment:
    """Say one of your own comments in other words."""
    refuse(list(rules.check_comment(input.body)))
    async with ctx.transaction() as work:
        row = await _lock(work, input.comment, input.if_version)
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
    """Delete a comment: one's own, or any for who moderates comments. Answers it once more. While
    it has answers it stays, without a word, to hold them together.
    """
    async with ctx.transaction() as work:
        row = await _lock(work, input.comment, input.if_version)
        moderates = work.manages(ownership.AUTHOR_OR_MODERATOR, row)
        rules.check_may_delete(UserId(row.author_id), work.by, moderates=moderates)
        work.record(
            EventKind.COMMENT_DELETED, row, subject=row.subject_id, before={"body": row.body}
        )
        if await comments.has_answers(work.session, row.id):
            row.body, row.deleted_at = "", now()
        else:
            await work.session.delete(row)
    return row


async def resolve(ctx: Context, input: ResolveComment) -> Comment:
    """Say that what a comment on a line asks for is settled: for its author, for the template's
    author, and for who moderates comments.
    """
    return await _settle(ctx, input.comment, input.if_version, resolve=True)


async def reopen(ctx: Context, input: ReopenComment) -> Comment:
    """Take up again what a comment on a line asks for; for the same people as resolving."""
    return await _settle(ctx, input.comment, input.if_version, resolve=False)


async def comment_added(
    ctx: Context,
    template: Annotated[TemplateId, "The template to follow."],
    after: After = None,
) -> AsyncIterator[Event]:
    """Every new comment on a template, as it is made."""
    seen = await visible_template(ctx, template)
    return await follow(
        ctx,
        OrganizationId(seen.organization_id),
        lambda event: event.kind is EventKind.COMMENT_ADDED and event.subject_id == template,
        after=after,
    )


async def _settle(
    ctx: Context, comment: CommentId, if_version: int | None, *, resolve: bool
) -> Comment:
    kind = EventKind.COMMENT_RESOLVED if resolve else EventKind.COMMENT_REOPENED
    async with ctx.transaction() as work:
        row = await _lock(work, comment, if_version)
        template = await templates.by_id(work.session, row.subject_id)
        authors = {UserId(row.author_id), UserId(template.author_id)}
        moderates = work.manages(ownership.AUTHORS_OF_BOTH, row)
        rules.check_may_resolve(authors, work.by, moderates=moderates)
        rules.check_resolution(
            comment,
            is_anchored=row.anchored_version_id is not None,
            is_resolved=row.resolved_at is not None,
            resolve=resolve,
        )
        row.resolved_at = now() if resolve else None
        row.resolver_id = work.by if resolve else None
        before, after = {"resolved": not resolve}, {"resolved": resolve}
        work.record(kind, row, subject=row.subject_id, before=before, after=after)
    return row


async def _lock(work: Work, id: UUID, if_version: int | None) -> Comment:
    row = await work.lock(loaders.comments, id, at="comment", if_version=if_version)
    rules.check_there(CommentId(row.id), is_deleted=row.deleted_at is not None, at="comment")
    return row


async def _check_step(work: Work, template: Template, step: ApprovalStep) -> None:
    if await comments.template_of_step(work.session, step.id) != template.id:
        raise Invalid.at("step", message="This is a step of another template's approval.")


def _check_parent(template: Template, parent: Comment, input: AddComment) -> None:
    if parent.subject_id != template.id:
        raise Invalid.at("parent", message="This is a comment on another template.")
    rules.check_there(CommentId(parent.id), is_deleted=parent.deleted_at is not None, at="parent")
    rules.check_answer(
        has_place=input.anchor is not None or input.step is not None,
        is_answer=parent.parent_id is not None,
    )


def _row(work: Work, template: Template, input: AddComment, anchor: Anchor | None) -> Comment:
    place = {} if anchor is None else asdict(anchor)
    return Comment(
        id=new_id(),
        organization_id=template.organization_id,
        subject="Template",
        subject_id=template.id,
        author_id=work.by,
        body=input.body,
        step_id=input.step,
        parent_id=input.parent,
        anchored_version_id=place.pop("version_id", None),
        **place,
    )


def _place(row: Comment) -> dict[str, Any]:
    """What an event tells of where a comment is; nothing of what it is not on."""
    facts = {
        "step": row.step_id and str(row.step_id),
        "parent": row.parent_id and str(row.parent_id),
        "anchor": row.anchor and _lines(row.anchor),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _lines(anchor: Anchor) -> dict[str, Any]:
    return {
        "version": str(anchor.version_id),
        "part": anchor.part.value,
        "locale": anchor.locale,
        "line": anchor.line,
        "endLine": anchor.end_line,
        "quote": anchor.quote,
    }
