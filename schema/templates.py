"""Templates, their versions, and what they render to."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from auth.access import PUBLIC, needs
from db import loaders, models
from db.approvals import ApprovalFilter
from domain.content import BodyKind
from domain.permissions import Permission
from domain.templates import TemplateStatus
from domain.variables import VariableType
from engine.connections import Connection
from engine.fields import attribute, related
from engine.types import Node, entity, record
from resolvers import content, templates
from schema.accounts import User
from schema.approvals import ApprovalWorkflow
from schema.building import answered, connected, mutation, subscription
from schema.comments import Comment
from schema.errors import UserError
from schema.live import Happening

if TYPE_CHECKING:
    from schema.organizations import Organization


@record("A typed variable that the content may use.", access=PUBLIC)
class TemplateVariable:
    name: str = attribute("How Liquid refers to it.")
    type: VariableType = attribute("What values it takes.")
    required: bool = attribute("Whether a value must be given.")
    default_value: JSON | None = attribute("Stands in when no value is given.", of="default")
    description: str = attribute("What it is for.")


@record("A mail as it would be sent.", access=PUBLIC)
class RenderedMail:
    subject: str = attribute("The subject line, in plain text.")
    html: str = attribute("The HTML part, with its styles inline.")
    text: str = attribute("The plain text part.")


@record("What a template becomes with some values.", access=PUBLIC)
class TemplatePreview:
    rendered: RenderedMail | None = attribute("The mail; null where `errors` say why not.")
    errors: list[UserError] = attribute("What is wrong with the values or the template.")


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
    content_hash: str = attribute(
        "SHA-256, in hexadecimal, of everything that decides what is sent: approvals name it."
    )
    created_at: datetime = attribute("When it was written.")
    author: User = related(loaders.users, key="author_id", description="Who wrote it.")
    template: Annotated["Template", strawberry.lazy("schema.templates")] = related(
        loaders.templates, key="template_id", description="The template it belongs to."
    )
    preview = answered(content.preview, type=TemplatePreview)


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
        loaders.versions_of_template, description="Its content over time, newest first."
    )
    approval: ApprovalWorkflow | None = related(
        loaders.approvals,
        key="approval_id",
        description="The approval that was last asked for; null before the first.",
    )
    approvals: Connection[ApprovalWorkflow] = connected(
        loaders.approvals_of_template,
        filter=ApprovalFilter,
        description="All approvals it was submitted for, newest first.",
    )
    comments: Connection[Comment] = connected(
        loaders.comments_of_subject, description="What people say about it, newest first."
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
