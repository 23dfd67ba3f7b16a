"""Templates: writing them, changing them, trying them out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any

from db import loaders, organizations, snippets, templates
from db.models import Approval, Template, TemplateVersion, new_id
from domain import templates as rules
from domain.content import Content, content_hash
from domain.errors import NotFound, refuse
from domain.events import APPROVAL_EVENTS, TEMPLATE_EVENTS, Event, EventKind
from domain.ids import OrganizationId, TemplateId
from domain.templates import TemplateStatus
from domain.text import NAME
from domain.unset import UNSET, Unset, or_else
from resolvers.approval_content import renew, void_standing
from resolvers.content import TemplateContent, checked_content, stored
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.live import After, follow
from resolvers.work import Work

FOLLOWED = TEMPLATE_EVENTS | APPROVAL_EVENTS


@dataclass(frozen=True, slots=True)
class CreateTemplate:
    """A new template."""

    organization: Annotated[OrganizationId, "Where it belongs."]
    name: Annotated[str, "What people call it, up to 200 characters."]
    content: Annotated[TemplateContent, "Its first version."]
    description: Annotated[str, "What it is for, up to 10,000 characters."] = ""
    category: Annotated[str | None, "The group it is listed under."] = None
    tags: Annotated[tuple[str, ...], "Up to 20 tags."] = ()
    metadata: Annotated[dict[str, Any] | None, "A JSON object of your own, up to 10 kB."] = None


@dataclass(frozen=True, slots=True)
class UpdateTemplate:
    """What to change; what is left out stays as it is."""

    template: Annotated[TemplateId, "The template."]
    name: Annotated[str | Unset, "What people call it, up to 200 characters."] = UNSET
    content: Annotated[
        TemplateContent | Unset, "New content: makes a new version, unless nothing in it is new."
    ] = UNSET
    description: Annotated[str | Unset, "What it is for, up to 10,000 characters."] = UNSET
    category: Annotated[str | Unset | None, "The group it is listed under; null for none."] = UNSET
    tags: Annotated[tuple[str, ...] | Unset, "Up to 20 tags; replaces all."] = UNSET
    metadata: Annotated[
        dict[str, Any] | Unset, "A JSON object of your own, up to 10 kB; replaces the whole."
    ] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class ArchiveTemplate:
    """What to archive."""

    template: Annotated[TemplateId, "The template."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DuplicateTemplate:
    """What to copy."""

    template: Annotated[TemplateId, "The template to copy; it may be archived."]
    name: Annotated[str | None, "The copy's name; `Copy of …` unless given."] = None


@dataclass(frozen=True, slots=True)
class Updated:
    """A template after a change, and the approval that the change voided."""

    template: Template
    voided_approval: Approval | None


async def create(ctx: Context, input: CreateTemplate) -> Template:
    """Write a template. It starts as a DRAFT with version 1."""
    content = await checked_content(
        ctx, input.content, snippets.of_organization(input.organization)
    )
    details = {} if input.metadata is None else input.metadata
    problems = rules.check_details(
        input.name, input.description, input.category, input.tags, details
    )
    refuse(list(problems))
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        row = Template(
            id=new_id(),
            organization_id=place.id,
            author_id=work.by,
            name=input.name.strip(),
            description=input.description,
            category=input.category,
            tags=list(input.tags),
            details=details,
        )
        version = await _add(work, row, content, content_hash(content), 1)
        work.record(EventKind.TEMPLATE_CREATED, row, after=_summary(row, version))
    return row


async def update(ctx: Context, input: UpdateTemplate) -> Updated:
    """Change a template. New content becomes a new version. The approval that the template had or
    was getting goes on with it, IN_REVIEW: exactly the stages that cover what changed are voided,
    and their approvers are asked again.
    """
    content = None
    if not isinstance(input.content, Unset):
        content = await checked_content(ctx, input.content, snippets.of_template(input.template))
    async with ctx.transaction() as work:
        if content is not None:
            await _hold(work, input.template)
        row = await work.lock(
            loaders.templates, input.template, at="template", if_version=input.if_version
        )
        rules.check_open(TemplateId(row.id), row.status)
        current = await templates.version(work.session, row.current_version_id)
        before = _summary(row, current)
        _change_details(row, input)
        voided = None
        if content is not None and (digest := content_hash(content)) != current.content_hash:
            number = await templates.next_number(work.session, row)
            current = await _add(work, row, content, digest, number)
            voided = await renew(work, row, current)
        row.search_text = templates.search_text(row, current.subject)
        work.record(EventKind.TEMPLATE_UPDATED, row, before=before, after=_summary(row, current))
    return Updated(row, voided)


async def archive(ctx: Context, input: ArchiveTemplate) -> Updated:
    """Put a template away: it stays readable, but its details and its content no longer change. The
    approval that it had or was getting is voided.
    """
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.templates, input.template, at="template", if_version=input.if_version
        )
        rules.check_open(TemplateId(row.id), row.status)
        before = {"status": row.status.value}
        voided = await void_standing(work, row)
        row.status = TemplateStatus.ARCHIVED
        work.record(
            EventKind.TEMPLATE_ARCHIVED, row, before=before, after={"status": row.status.value}
        )
    return Updated(row, voided)


async def duplicate(ctx: Context, input: DuplicateTemplate) -> Template:
    """Start a new template from the current content of another, in the same organisation."""
    async with ctx.transaction() as work:
        origin = await work.find(loaders.templates, input.template, at="template")
        version = await templates.version(work.session, origin.current_version_id)
        name = f"Copy of {origin.name}"[:NAME] if input.name is None else input.name
        details = rules.check_details(name, origin.description, origin.category, origin.tags, {})
        refuse(list(details))
        row = Template(
            id=new_id(),
            organization_id=origin.organization_id,
            author_id=work.by,
            name=name.strip(),
            description=origin.description,
            category=origin.category,
            tags=list(origin.tags),
            details=dict(origin.details),
        )
        copied = await _add(work, row, version.content, version.content_hash, 1)
        after = {**_summary(row, copied), "copyOf": str(origin.id)}
        work.record(EventKind.TEMPLATE_CREATED, row, after=after)
    return row


async def template_changed(
    ctx: Context,
    template: Annotated[TemplateId, "The template to follow."],
    after: After = None,
) -> AsyncIterator[Event]:
    """Every change of a template, as it happens: its details, its content and its status."""
    seen = await visible_template(ctx, template)
    return await follow(
        ctx,
        OrganizationId(seen.organization_id),
        lambda event: event.kind in FOLLOWED and event.subject_id == template,
        after=after,
    )


async def visible_template(ctx: Context, id: TemplateId) -> Template:
    """The template, where the caller may see it; raises `NotFound`."""
    found: Template | None = await ctx.loaders.load(loaders.templates.load, id)
    if found is None:
        raise NotFound("There is no such Template.", ("template",))
    return found


async def _hold(work: Work, id: TemplateId) -> None:
    """Hold the template's organisation: nobody whom its approval comes to wait for leaves."""
    seen = await work.find(loaders.templates, id, at="template")
    await organizations.hold(work.session, seen.organization_id)


async def _add(
    work: Work, row: Template, content: Content, digest: str, number: int
) -> TemplateVersion:
    """A new version of the template, which becomes the current one."""
    version = TemplateVersion(
        id=new_id(),
        organization_id=row.organization_id,
        template_id=row.id,
        author_id=work.by,
        number=number,
        content_hash=digest,
        **stored(content),
    )
    row.current_version_id = version.id
    row.search_text = templates.search_text(row, version.subject)
    work.session.add(row)
    await work.session.flush()
    work.session.add(version)
    return version


def _change_details(row: Template, input: UpdateTemplate) -> None:
    row.name = or_else(input.name, row.name).strip()
    row.description = or_else(input.description, row.description)
    row.category = or_else(input.category, row.category)
    row.tags = list(or_else(input.tags, tuple(row.tags)))
    row.details = or_else(input.metadata, row.details)
    problems = rules.check_details(row.name, row.description, row.category, row.tags, row.details)
    refuse(list(problems))


def _summary(row: Template, version: TemplateVersion) -> dict[str, Any]:
    """What an event tells of a template: the content by its hash, not by its bytes."""
    return {
        "name": row.name,
        "description": row.description,
        "category": row.category,
        "tags": list(row.tags),
        "status": row.status.value,
        "contentHash": version.content_hash,
        "versionNumber": version.number,
    }
