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
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.models import (
    Approval,
    ApprovalStep,
    Comment,
    Invitation,
    Membership,
    Organization,
    Template,
    TemplateVersion,
    User,
)
from domain.actor import Actor
from domain.permissions import Permission, PlatformRole

Visible = ColumnElement[bool]

_viewer = bindparam("viewer_id", type_=Uuid())
_is_admin = bindparam("viewer_is_admin", type_=Boolean())
_granting: dict[str, Permission] = {}


def seen_by(actor: Actor) -> dict[str, Any]:
    """The values with which the conditions below show what an actor may see."""
    return {
        "viewer_id": actor.user_id,
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
templates = _granted(Template.organization_id, Permission.TEMPLATE_READ)
versions = _granted(TemplateVersion.organization_id, Permission.TEMPLATE_READ)
comments = _granted(Comment.organization_id, Permission.TEMPLATE_READ)
approvals = _granted(Approval.organization_id, Permission.TEMPLATE_READ)
steps = _granted(ApprovalStep.organization_id, Permission.TEMPLATE_READ)

_shared = _granted(Membership.organization_id, Permission.ORGANIZATION_READ)
# With EXISTS the planner may read everybody's memberships first, however few users are asked for.
_known = (
    select(true())
    .where(Membership.user_id == User.id, _shared)
    .limit(literal_column("1"))
    .scalar_subquery()
)

memberships = and_(_shared, Membership.left_at.is_(None))
"""Who belongs to one's organisations now."""

users = or_(User.id == _viewer, _known, _is_admin)
"""Oneself, and everybody who is or was in an organisation of one's own."""
