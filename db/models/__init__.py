"""The tables, one module a noun."""

from db.models.access_tokens import AccessToken
from db.models.accounts import Session, User
from db.models.approvals import Approval, ApprovalStage, ApprovalStep, ChecklistItem
from db.models.attempts import Attempt
from db.models.audit import AuditEntry
from db.models.comments import Comment
from db.models.confirmations import Confirmation
from db.models.delegations import Delegation
from db.models.entity import Changing, Entity, Model, new_id, now
from db.models.events import NOBODYS, Event, EventFollower, EventHead, EventPosition, Outbox
from db.models.history import HistoryEntry
from db.models.idempotency import IdempotencyKey
from db.models.jobs import JobSchedule
from db.models.notifications import Notification
from db.models.organizations import Invitation, Membership, Organization, granted
from db.models.roles import CustomRole
from db.models.signing_keys import SigningKey
from db.models.snippets import Snippet
from db.models.teams import Team, TeamMember
from db.models.templates import Template, TemplateVersion
from db.models.two_factor import TwoFactor
from db.models.webhooks import Webhook, WebhookDelivery
from db.models.workflows import WorkflowTemplate

__all__ = [
    "NOBODYS",
    "AccessToken",
    "Approval",
    "ApprovalStage",
    "ApprovalStep",
    "Attempt",
    "AuditEntry",
    "Changing",
    "ChecklistItem",
    "Comment",
    "Confirmation",
    "CustomRole",
    "Delegation",
    "Entity",
    "Event",
    "EventFollower",
    "EventHead",
    "EventPosition",
    "HistoryEntry",
    "IdempotencyKey",
    "Invitation",
    "JobSchedule",
    "Membership",
    "Model",
    "Notification",
    "Organization",
    "Outbox",
    "Session",
    "SigningKey",
    "Snippet",
    "Team",
    "TeamMember",
    "Template",
    "TemplateVersion",
    "TwoFactor",
    "User",
    "Webhook",
    "WebhookDelivery",
    "WorkflowTemplate",
    "granted",
    "new_id",
    "now",
]
