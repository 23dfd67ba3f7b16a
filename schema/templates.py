"""Templates, their versions, and what they render to."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from auth.access import PUBLIC, needs
from db import listings, loaders, models
from db.approvals import ApprovalFilter
from db.comments import CommentFilter
from domain.content import BodyKind
from domain.permissions import Permission
from domain.templates import TemplateStatus
from engine.connections import Connection
from engine.fields import attribute, computed, related
from engine.types import entity, record
from resolvers import content, templates
from schema.accounts import User
from schema.approvals import ApprovalWorkflow
from schema.building import answered, connected, mutation, subscription
from schema.comments import Comment
from schema.content import (
    PartHash,
    PinnedSnippet,
    TemplateLocale,
    TemplatePreview,
    TemplateVariable,
    part_hashes_of,
)
from schema.differences import ContentDifferences
from schema.history import ApprovalHistoryEntry
from schema.live import Happening
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity(
    "The content of a template at one moment. It never changes.",
    row=models.TemplateVersion,
    access=PUBLIC,
)
class TemplateVersion(Node):
    number: int = attribute("Counts the template's versions, from 1.")
    kind: BodyKind = attribute("The language of the body.")
    subject: str = attribute("The subject line, in Liquid.")
    body: str = attribute("The body, in MJML or HTML with Liquid in it.")
    text: str | None = attribute("The plain text part, in Liquid; null where the HTML is read out.")
    variables: list[TemplateVariable] = attribute("What the content may use.")
    locales: list[TemplateLocale] = attribute(
        "The same mail in other languages, sorted by their tags; at most 50."
    )
    snippets: list[PinnedSnippet] = attribute(
        "The snippets that the content renders, as they were when it was written; at most 50."
    )
    content_hash: str = attribute(
        "SHA-256, in hexadecimal, of everything that decides what is sent: approvals name it."
    )
    part_hashes: list[PartHash] = computed(
        part_hashes_of,
        description="SHA-256 of each part of the content, which tells what changed in it.",
        needs=("kind", "subject", "body", "text", "variables", "locales", "snippets"),
    )
    created_at: datetime = attribute("When it was written.")
    author: User = related(loaders.users, key="author_id", description="Who wrote it.")
    template: Annotated["Template", strawberry.lazy("schema.templates")] = related(
        loaders.templates, key="template_id", description="The template it belongs to."
    )
    comments: Connection[Comment] = connected(
        listings.comments_of_version,
        filter=CommentFilter,
        description="What people say about lines of it, newest first.",
    )
    preview = answered(content.preview, type=TemplatePreview)
    differences = answered(content.differences, type=ContentDifferences | None)


@entity(
    "An e-mail that is written once and sent with different values. Its content lives in"
    " versions; approval is of one version's bytes.",
    row=models.Template,
    access=PUBLIC,
)
class Template(Node):
    name: str = attribute("What people call it.")
    description: str = attribute("What it is for.")
    category: str | None = attribute("The group it is listed under.")
    tags: list[str] = attribute("Words to find it by.")
    status: TemplateStatus = attribute("Where it is on its way.")
    metadata: JSON = attribute("A JSON object of the client's own.", of="details")
    created_at: datetime = attribute("When it was created.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    author: User = related(loaders.users, key="author_id", description="Who created it.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where it belongs."
    )
    current_version: TemplateVersion = related(
        loaders.versions, key="current_version_id", description="Its content now."
    )
    versions: Connection[TemplateVersion] = connected(
        listings.versions_of_template, description="Its content over time, newest first."
    )
    approval: ApprovalWorkflow | None = related(
        loaders.approvals,
        key="approval_id",
        description="The approval that was last asked for; null before the first.",
    )
    approvals: Connection[ApprovalWorkflow] = connected(
        listings.approvals_of_template,
        filter=ApprovalFilter,
        description="All approvals it was submitted for, newest first.",
    )
    approval_history: Connection[ApprovalHistoryEntry] = connected(
        listings.history_of_template,
        description="The story of all its approvals, what happened last first.",
    )
    comments: Connection[Comment] = connected(
        listings.comments_of_subject,
        filter=CommentFilter,
        description="What people say about it, newest first: on the whole, on lines, on steps, and"
        " in answers.",
    )


@record("A change of a template.", access=needs(Permission.TEMPLATE_READ))
class TemplateChange(Happening):
    template: Template = related(
        loaders.templates, key="subject_id", description="The template as it is now."
    )


_VOIDED = Annotated[
    ApprovalWorkflow, "The approval that this voided; null where there was none to void."
]


@record("Templates.", access=PUBLIC)
class TemplateMutations:
    create_template = mutation(
        templates.create, returns={"template": Template}, access=needs(Permission.TEMPLATE_WRITE)
    )
    update_template = mutation(
        templates.update,
        returns={"template": Template, "voided_approval": _VOIDED},
        access=needs(Permission.TEMPLATE_WRITE),
    )
    archive_template = mutation(
        templates.archive,
        returns={"template": Template, "voided_approval": _VOIDED},
        access=needs(Permission.TEMPLATE_ARCHIVE),
    )
    duplicate_template = mutation(
        templates.duplicate, returns={"template": Template}, access=needs(Permission.TEMPLATE_WRITE)
    )


@record("Templates.", access=PUBLIC)
class TemplateSubscriptions:
    template_changed = subscription(
        templates.template_changed, type=TemplateChange, access=needs(Permission.TEMPLATE_READ)
    )
