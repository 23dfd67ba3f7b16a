"""Where comments are: on lines of a version, and where these lines are in another."""

from asyncio import to_thread
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db import loaders
from db.models import Comment, Template, TemplateVersion
from domain import anchors as rules
from domain.anchors import Anchor
from domain.content import TextPart, texts_of
from domain.errors import Invalid, NotFound
from domain.ids import VersionId
from domain.locales import canonical
from resolvers.context import Context
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class CommentAnchor:
    """Lines of a text of a version."""

    version: Annotated[VersionId, "A version of the template."]
    part: Annotated[TextPart, "Which of its texts."]
    line: Annotated[int, "The first line, from 1."]
    end_line: Annotated[int | None, "The last line; the first unless given. Up to 100 lines."] = (
        None
    )
    locale: Annotated[str | None, "Of which variant; the main source unless given."] = None
    quote: Annotated[
        str | None,
        "The words on these lines that it is about, up to 2,000 characters; all unless given. They"
        " are what is looked for in other versions, once the lines have changed.",
    ] = None


async def checked_anchor(work: Work, template: Template, given: CommentAnchor) -> Anchor:
    """The place that was given, once it was found in the version."""
    at = ("anchor",)
    version = await work.find(loaders.versions, given.version, at="anchor")
    if version.template_id != template.id:
        raise Invalid.at(*at, "version", message="This is a version of another template.")
    text = rules.text_at(texts_of(version.content), given.part, given.locale)
    end_line = given.line if given.end_line is None else given.end_line
    present = rules.with_lines(text, given.line, end_line, at)
    return Anchor(
        version_id=VersionId(version.id),
        part=given.part,
        locale=None if given.locale is None else canonical(given.locale),
        line=given.line,
        end_line=end_line,
        quote=rules.quoted(present, given.line, end_line, given.quote, at),
    )


async def current_line(
    ctx: Context,
    comment: Comment,
    version: Annotated[
        VersionId | None, "In which version of the template; in the current one unless given."
    ] = None,
) -> int | None:
    """The line on which what it is about stands in a version, from 1: where its lines are now, or
    else the nearest place of its quote. Null where that is gone, and for a comment on no line.
    """
    anchor = comment.anchor
    if anchor is None:
        return None
    wanted = version or await _current_version(ctx, comment.subject_id)
    if wanted == anchor.version_id:
        return anchor.line
    before = await _version(ctx, comment, anchor.version_id)
    after = await _version(ctx, comment, wanted)
    # Large texts take tens of milliseconds: nobody else waits for them.
    return await to_thread(
        rules.followed, anchor, _text(before, anchor) or "", _text(after, anchor)
    )


async def _current_version(ctx: Context, template: UUID) -> UUID:
    found: Template = await ctx.loaders.require(loaders.templates.load, template)
    return found.current_version_id


async def _version(ctx: Context, comment: Comment, id: UUID) -> TemplateVersion:
    found: TemplateVersion | None = await ctx.loaders.load(loaders.versions.load, id)
    if found is None or found.template_id != comment.subject_id:
        raise NotFound("There is no such version of this template.", ("version",))
    return found


def _text(version: TemplateVersion, anchor: Anchor) -> str | None:
    return rules.text_at(texts_of(version.content), anchor.part, anchor.locale)
