"""Which rows an actor may see, as SQL. Loaders, connections and locks all read it.

The SQL is the same for everybody: who is asking comes as the values of its parameters.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Uuid,
    and_,
    any_,
    bindparam,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.models import (
    AccessToken,
    Approval,
    ApprovalStage,
    ApprovalStep,
    AuditEntry,
    ChecklistItem,
    Comment,
    CustomRole,
    Delegation,
    HistoryEntry,
    Invitation,
    Membership,
    Notification,
    Organization,
    Session,
    Snippet,
    Team,
    TeamMember,
    Template,
    TemplateVersion,
    TwoFactor,
    User,
    Webhook,
    WebhookDelivery,
    WorkflowTemplate,
)
from domain.actor import Actor
from domain.approvals import StepStatus
from domain.notifications import KINDS, kinds_needing
from domain.permissions import Permission, PlatformRole

Visible = ColumnElement[bool]

_viewer = bindparam("viewer_id", type_=Uuid())
_is_admin = bindparam("viewer_is_admin", type_=Boolean())
_in_session = bindparam("viewer_in_session_id", type_=Uuid())
_granting: dict[str, Permission] = {}


def seen_by(actor: Actor) -> dict[str, Any]:
    """The values with which the conditions below show what an actor may see."""
    return {
        "viewer_id": actor.user_id,
        "viewer_in_session_id": None if actor.token_id else actor.user_id,
        "viewer_is_admin": actor.platform_role is PlatformRole.ADMIN,
        **{name: actor.organizations_granting(each) for name, each in _granting.items()},
    }


def _granted(organization: InstrumentedAttribute[Any], permission: Permission) -> Visible:
    """Rows of the organisations in which the actor has the permission."""
    name = f"granting_{permission.name}"
    _granting[name] = permission
    return organization == any_(bindparam(name, type_=ARRAY(Uuid)))


organizations = _granted(Organization.id, Permission.ORGANIZATION_READ)
invitations = _granted(Invitation.organization_id, Permission.MEMBER_INVITE)
roles = _granted(CustomRole.organization_id, Permission.ORGANIZATION_READ)
teams = _granted(Team.organization_id, Permission.ORGANIZATION_READ)
_teamed = _granted(TeamMember.organization_id, Permission.ORGANIZATION_READ)
people_of_teams = and_(User.id == TeamMember.user_id, _teamed)
teams_of_people = and_(Team.id == TeamMember.team_id, _teamed)
templates = _granted(Template.organization_id, Permission.TEMPLATE_READ)
versions = _granted(TemplateVersion.organization_id, Permission.TEMPLATE_READ)
snippets = _granted(Snippet.organization_id, Permission.TEMPLATE_READ)
comments = _granted(Comment.organization_id, Permission.TEMPLATE_READ)
approvals = _granted(Approval.organization_id, Permission.TEMPLATE_READ)
stages = _granted(ApprovalStage.organization_id, Permission.TEMPLATE_READ)
steps = _granted(ApprovalStep.organization_id, Permission.TEMPLATE_READ)
checklist_items = _granted(ChecklistItem.organization_id, Permission.TEMPLATE_READ)

_shared = _granted(Membership.organization_id, Permission.ORGANIZATION_READ)
# With EXISTS the planner may read everybody's memberships first, however few users are asked for.
_known = (
    select(true())
    .where(Membership.user_id == User.id, _shared)
    .limit(literal_column("1"))
    .scalar_subquery()
)

workflows = _granted(WorkflowTemplate.organization_id, Permission.TEMPLATE_READ)

inbox = and_(
    _granted(ApprovalStep.organization_id, Permission.APPROVAL_DECIDE),
    ApprovalStep.approver_id == _viewer,
    ApprovalStep.status == StepStatus.WAITING,
)
"""Steps that wait for oneself."""

delegations = or_(
    _granted(Delegation.organization_id, Permission.APPROVAL_MANAGE),
    and_(
        _granted(Delegation.organization_id, Permission.TEMPLATE_READ),
        or_(Delegation.approver_id == _viewer, Delegation.stand_in_id == _viewer),
    ),
)
"""One's own, those that make one a stand-in, and all for managers of approvals."""

_managed_webhooks = _granted(Webhook.organization_id, Permission.WEBHOOK_MANAGE)
webhooks = and_(_managed_webhooks, Webhook.deleted_at.is_(None))
deliveries = _granted(WebhookDelivery.organization_id, Permission.WEBHOOK_MANAGE)

memberships = and_(_shared, Membership.left_at.is_(None))
"""Who belongs to one's organisations now."""

users = or_(User.id == _viewer, _known, _is_admin)
"""Oneself, and everybody who is or was in an organisation of one's own."""

accounts: Visible = _is_admin
"""Those of everybody, for administrators of the platform."""

impersonators = true()
"""Whoever acted in somebody's place is known to all who see that they did."""

history = _granted(HistoryEntry.organization_id, Permission.TEMPLATE_READ)

audit_entries = or_(_granted(AuditEntry.organization_id, Permission.AUDIT_READ), _is_admin)
"""The record of one's organisations; for administrators of the platform, of everything."""

_audited = _granted(Membership.organization_id, Permission.AUDIT_READ)
sessions = or_(
    _is_admin,
    select(true())
    .where(Membership.user_id == Session.user_id, _audited)
    .limit(literal_column("1"))
    .scalar_subquery(),
)
"""Those of everybody who is or was in an organisation whose record one may read."""


own_sessions = Session.user_id == _in_session
"""One's own, except for an access token."""
two_factor = TwoFactor.user_id == _in_session
access_tokens = or_(
    AccessToken.user_id == _in_session,
    _granted(AccessToken.organization_id, Permission.TOKEN_MANAGE),
)
"""One's own, except for another of them, and those of organisations where one manages them."""


def _of_kinds_needing(permission: Permission | None) -> Visible:
    kinds = literal(kinds_needing(permission), ARRAY(Notification.kind.type))
    visible = Notification.kind == any_(kinds)
    if permission is None:
        return visible
    return and_(visible, _granted(Notification.organization_id, permission))


notifications = and_(
    Notification.user_id == _viewer,
    Notification.in_app,
    or_(
        *(_of_kinds_needing(each) for each in dict.fromkeys(rule.needs for rule in KINDS.values()))
    ),
)
"""One's own, as long as one may see what they are about."""
