"""Which rows an actor may see, as SQL. Loaders, connections and locks all read it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, any_, false, literal, or_, select, true
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

Visible = Callable[[Actor], ColumnElement[bool]]


def array_of(ids: Sequence[UUID]) -> ColumnElement[Any]:
    """Ids as one bound array: the statement's text is the same however many there are."""
    return literal(list(ids), ARRAY(Uuid))


def among(column: InstrumentedAttribute[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
    return column == any_(array_of(ids))


def _granted(organization: InstrumentedAttribute[UUID], permission: Permission) -> Visible:
    """Rows of the organisations in which the actor has the permission."""

    def visible(actor: Actor) -> ColumnElement[bool]:
        return among(organization, actor.organizations_granting(permission))

    return visible


def users(actor: Actor) -> ColumnElement[bool]:
    """Oneself, and everybody who is or was in an organisation of one's own."""
    if actor.user_id is None:
        return false()
    if actor.platform_role is PlatformRole.ADMIN:
        return true()
    together = among(
        Membership.organization_id, actor.organizations_granting(Permission.ORGANIZATION_READ)
    )
    known = select(Membership.id).where(Membership.user_id == User.id, together).exists()
    return or_(User.id == actor.user_id, known)


organizations = _granted(Organization.id, Permission.ORGANIZATION_READ)
_memberships = _granted(Membership.organization_id, Permission.ORGANIZATION_READ)
invitations = _granted(Invitation.organization_id, Permission.MEMBER_INVITE)
templates = _granted(Template.organization_id, Permission.TEMPLATE_READ)
versions = _granted(TemplateVersion.organization_id, Permission.TEMPLATE_READ)
comments = _granted(Comment.organization_id, Permission.TEMPLATE_READ)
approvals = _granted(Approval.organization_id, Permission.TEMPLATE_READ)
steps = _granted(ApprovalStep.organization_id, Permission.TEMPLATE_READ)


def memberships(actor: Actor) -> ColumnElement[bool]:
    """Who belongs to one's organisations now."""
    return and_(_memberships(actor), Membership.left_at.is_(None))
