"""Organisations, and everything that hangs off them."""

from datetime import datetime

from auth.access import AUTHENTICATED, OWNER, PUBLIC, needs
from db import account_lists, groups, listings, loaders, models
from db.approvals import ApprovalFilter
from db.audit import AuditFilter, AuditOrder
from db.delegations import DelegationFilter
from db.invitations import InvitationFilter
from db.templates import TemplateFilter, TemplateOrder
from db.workflows import WorkflowFilter
from domain.permissions import Permission
from engine.connections import Connection
from engine.fields import attribute
from engine.types import entity, record
from resolvers import organizations
from schema.access_tokens import AccessToken
from schema.approvals import ApprovalWorkflow
from schema.audit import AuditEntry
from schema.building import connected, lookup, mutation
from schema.delegations import Delegation
from schema.invitations import Invitation
from schema.memberships import Membership
from schema.nodes import Node
from schema.roles import CustomRole
from schema.snippets import Snippet
from schema.teams import Team
from schema.templates import Template
from schema.webhooks import Webhook
from schema.workflows import WorkflowTemplate


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
    members: Connection[Membership] = connected(
        listings.members_of_organization, description="Who belongs to it, oldest first."
    )
    roles: Connection[CustomRole] = connected(
        groups.roles_of_organization,
        description="The roles of its own that it has beside the built-in ones, by name.",
    )
    teams: Connection[Team] = connected(
        groups.teams_of_organization, description="Its teams, by name."
    )
    invitations: Connection[Invitation] | None = connected(
        listings.invitations_of_organization,
        filter=InvitationFilter,
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
        account_lists.access_tokens_of_organization,
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


@record("Organisations.", access=PUBLIC)
class OrganizationQueries:
    organization = lookup(
        organizations.organization,
        source=loaders.organizations_by_slug,
        type=Organization | None,
        access=AUTHENTICATED,
        absent=organizations.absent,
    )


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
