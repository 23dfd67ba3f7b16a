"""What clients see. The roots are composed here, one line a noun."""

import strawberry

from auth.access import PUBLIC
from engine.types import finished, record
from schema import enums, event_kinds
from schema.access_tokens import AccessTokenMutations
from schema.accounts import AccountQueries
from schema.approvals import ApprovalMutations, ApprovalSubscriptions
from schema.audit import AuditQueries
from schema.comments import CommentMutations, CommentSubscriptions
from schema.delegations import DelegationMutations
from schema.devices import DeviceMutations
from schema.errors import (
    ConflictError,
    LimitError,
    NotFoundError,
    TwoFactorRequired,
    ValidationError,
)
from schema.inbox import InboxSubscriptions
from schema.live import EventSubscriptions
from schema.nodes import NodeQueries
from schema.notifications import NotificationMutations, NotificationSubscriptions
from schema.organizations import OrganizationMutations, OrganizationQueries
from schema.registration import RegistrationMutations
from schema.sessions import SessionMutations
from schema.snippets import SnippetMutations
from schema.templates import TemplateMutations, TemplateSubscriptions
from schema.two_factor import TwoFactorMutations
from schema.webhooks import WebhookMutations
from schema.workflows import WorkflowMutations


@record("Everything that can be asked.", access=PUBLIC)
class Query(
    AccountQueries,
    OrganizationQueries,
    NodeQueries,
    AuditQueries,
):
    pass


@record("Everything that can be done. Each takes one `input`.", access=PUBLIC)
class Mutation(
    RegistrationMutations,
    SessionMutations,
    OrganizationMutations,
    TemplateMutations,
    DeviceMutations,
    TwoFactorMutations,
    AccessTokenMutations,
    SnippetMutations,
    CommentMutations,
    ApprovalMutations,
    WorkflowMutations,
    WebhookMutations,
    DelegationMutations,
    NotificationMutations,
):
    pass


@record("Everything that can be followed as it happens.", access=PUBLIC)
class Subscription(
    EventSubscriptions,
    TemplateSubscriptions,
    CommentSubscriptions,
    ApprovalSubscriptions,
    InboxSubscriptions,
    NotificationSubscriptions,
):
    pass


schema = finished(
    strawberry.Schema(
        Query,
        Mutation,
        Subscription,
        types=[ValidationError, ConflictError, NotFoundError, LimitError, TwoFactorRequired],
    )
)

__all__ = ["enums", "event_kinds", "schema"]
