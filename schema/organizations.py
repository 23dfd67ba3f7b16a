"""Organisations, their members, and who is invited."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from auth.access import AUTHENTICATED, OWNER, PUBLIC, needs
from db import listings, loaders, models
from db.approvals import ApprovalFilter
from db.audit import AuditFilter, AuditOrder
from db.delegations import DelegationFilter
from db.templates import TemplateFilter, TemplateOrder
from db.workflows import WorkflowFilter
from domain.permissions import Grant, Permission, Role
from engine.connections import Connection
from engine.fields import attribute, computed, facet, related
from engine.types import Node, entity, record
from resolvers import organizations
from schema.access_tokens import AccessToken
from schema.accounts import User
from schema.approvals import ApprovalWorkflow
from schema.audit import AuditEntry
from schema.building import connected, lookup, mutation
from schema.delegations import Delegation
from schema.snippets import Snippet
from schema.templates import Template
from schema.webhooks import Webhook
from schema.workflows import WorkflowTemplate

GRANTING = ("role", "custom_name", "custom_permissions")


def granted_by(row: Any) -> Grant:
    return models.granted(row.role, row.custom_name, row.custom_permissions)


@record("What a member may do.", access=PUBLIC)
class MemberRole:
    name: str = computed(
        lambda row: granted_by(row).name,
        description="Such as ADMIN or EDITOR, or the name that the organisation gave it.",
        needs=GRANTING,
    )
    permissions: list[Permission] = computed(
        lambda row: sorted(granted_by(row).permissions, key=lambda permission: permission.name),
        description="Everything that the role allows.",
        needs=GRANTING,
    )
    built_in: Role | None = attribute(
        "Which built-in role it is; null for a custom one.", of="role"
    )


@entity(
    "A group of people whose words need approval. It owns everything that its members make.",
    row=models.Organization,
    access=PUBLIC,
)
class Organization(Node):
    slug: str = attribute("Its name in addresses.")
    name: str = attribute("Its name for people.")
    authors_may_approve: bool = attribute("Whether authors may approve what they wrote themselves.")
    created_at: datetime = attribute("When it was founded.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    members: Connection[Annotated["Membership", strawberry.lazy("schema.organizations")]] = (
        connected(listings.members_of_organization, description="Who belongs to it, oldest first.")
    )
    invitations: (
        Connection[Annotated["Invitation", strawberry.lazy("schema.organizations")]] | None
    ) = connected(
        listings.invitations_of_organization,
        description="Who is invited, newest first.",
        access=needs(Permission.MEMBER_INVITE),
    )
    templates: Connection[Template] = connected(
        listings.templates_of_organization,
        filter=TemplateFilter,
        order=TemplateOrder,
        description="Its templates, last changed first unless ordered otherwise.",
    )
    snippets: Connection[Snippet] = connected(
        listings.snippets_of_organization, description="What its templates share, by name."
    )
    approvals: Connection[ApprovalWorkflow] = connected(
        listings.approvals_of_organization,
        filter=ApprovalFilter,
        description="Its approvals, newest first.",
    )
    audit_log: Connection[AuditEntry] | None = connected(
        listings.audit_of_organization,
        filter=AuditFilter,
        order=AuditOrder,
        description="Everything that happened in it, newest first unless ordered otherwise.",
        access=needs(Permission.AUDIT_READ),
    )
    webhooks: Connection[Webhook] | None = connected(
        listings.webhooks_of_organization,
        description="The endpoints that are told of what happens in it, oldest first.",
        access=needs(Permission.WEBHOOK_MANAGE),
    )
    access_tokens: Connection[AccessToken] | None = connected(
        listings.access_tokens_of_organization,
        description="The access tokens that are good in it only, newest first.",
        access=needs(Permission.TOKEN_MANAGE),
    )
    workflows: Connection[WorkflowTemplate] = connected(
        listings.workflows_of_organization,
        filter=WorkflowFilter,
        description="Its workflows, newest first; archived ones too unless filtered.",
    )
    delegations: Connection[Delegation] | None = connected(
        listings.delegations_of_organization,
        filter=DelegationFilter,
        description="Who decides for whom while they are away, newest first.",
        access=needs(Permission.APPROVAL_MANAGE),
    )


@entity("One person in one organisation.", row=models.Membership, access=PUBLIC)
class Membership(Node):
    role: MemberRole = facet("What they may do.")
    created_at: datetime = attribute("When they joined.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    user: User = related(loaders.users, key="user_id", description="The person.")
    organization: Organization = related(
        loaders.organizations, key="organization_id", description="The organisation."
    )


@entity(
    "A place in an organisation that waits for one address.", row=models.Invitation, access=PUBLIC
)
class Invitation(Node):
    email: str = attribute("The address that is invited.")
    role: MemberRole = facet("The role that they will have.")
    created_at: datetime = attribute("When it was sent.")
    expires_at: datetime = attribute("Until when it can be accepted.")
    accepted_at: datetime | None = attribute("When it was accepted.")
    inviter: User = related(loaders.users, key="inviter_id", description="Who invited.")
    organization: Organization = related(
        loaders.organizations, key="organization_id", description="Where they are invited to."
    )


@record("Organisations.", access=PUBLIC)
class OrganizationQueries:
    organization = lookup(
        organizations.organization,
        source=loaders.organizations_by_slug,
        type=Organization | None,
        access=AUTHENTICATED,
        absent=organizations.absent,
    )


_TOKEN = Annotated[
    str, "What the invited person gives to `acceptInvitation`. Shown this once: hand it to them."
]


@record("Organisations.", access=PUBLIC)
class OrganizationMutations:
    create_organization = mutation(
        organizations.create, returns={"organization": Organization}, access=OWNER
    )
    update_organization = mutation(
        organizations.update,
        returns={"organization": Organization},
        access=needs(Permission.ORGANIZATION_UPDATE),
    )
    invite_member = mutation(
        organizations.invite,
        returns={"invitation": Invitation, "token": _TOKEN},
        access=needs(Permission.MEMBER_INVITE),
    )
    accept_invitation = mutation(
        organizations.accept, returns={"membership": Membership}, access=OWNER
    )
    change_member_role = mutation(
        organizations.change_role,
        returns={"membership": Membership},
        access=needs(Permission.MEMBER_MANAGE),
    )
    remove_member = mutation(
        organizations.remove_member,
        returns={"membership": Membership},
        access=needs(Permission.MEMBER_MANAGE),
    )
