"""The tables, one module a noun."""

from db.models.accounts import Session, User
from db.models.approvals import Approval, ApprovalStep
from db.models.comments import Comment
from db.models.entity import Changing, Entity, Model, new_id, now
from db.models.events import Event, Outbox
from db.models.organizations import Invitation, Membership, Organization
from db.models.templates import Template, TemplateVersion

__all__ = [
    "Approval",
    "ApprovalStep",
    "Changing",
    "Comment",
    "Entity",
    "Event",
    "Invitation",
    "Membership",
    "Model",
    "Organization",
    "Outbox",
    "Session",
    "Template",
    "TemplateVersion",
    "User",
    "new_id",
    "now",
]
