"""What clients see. The roots are composed here, one line a noun."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from auth.access import PUBLIC
from engine.types import finished, record
from engine.uploads import SCALARS
from schema import actions, enums, event_kinds
from schema.access_tokens import AccessTokenMutations
from schema.accounts import AccountQueries
from schema.administration import AdministrationMutations, AdministrationQueries
from schema.approvals import ApprovalMutations, ApprovalSubscriptions
from schema.audit import AuditQueries
from schema.avatars import AvatarMutations
from schema.comments import CommentMutations, CommentSubscriptions
from schema.delegations import DelegationMutations
from schema.devices import DeviceMutations
from schema.emails import EmailMutations
from schema.erasure import ErasureMutations
from schema.errors import (
    ConflictError,
    LimitError,
    NotFoundError,
    TwoFactorRequired,
    ValidationError,
)
from schema.inbox import InboxSubscriptions
from schema.invitations import InvitationMutations
from schema.live import EventSubscriptions
from schema.memberships import MembershipMutations
from schema.nodes import NodeQueries
from schema.notifications import NotificationMutations, NotificationSubscriptions
from schema.organizations import OrganizationMutations, OrganizationQueries
from schema.passwords import PasswordMutations
from schema.permits import PermitQueries
from schema.personal_data import PersonalDataMutations
from schema.profiles import ProfileMutations
from schema.registration import RegistrationMutations
from schema.roles import RoleMutations
from schema.sessions import SessionMutations
from schema.settings import SettingsMutations
from schema.snippets import SnippetMutations
from schema.teams import TeamMutations
from schema.templates import TemplateMutations, TemplateSubscriptions
from schema.two_factor import TwoFactorMutations
from schema.webhooks import WebhookMutations
from schema.workflows import WorkflowMutations


@record("Everything that can be asked.", access=PUBLIC)
class Query(
    AccountQueries,
    AdministrationQueries,
    OrganizationQueries,
    NodeQueries,
    AuditQueries,
    PermitQueries,
):
    pass


@record("Everything that can be done. Each takes one `input`.", access=PUBLIC)
class Mutation(
    RegistrationMutations,
    EmailMutations,
    PasswordMutations,
    SessionMutations,
    AdministrationMutations,
    ProfileMutations,
    AvatarMutations,
    ErasureMutations,
    PersonalDataMutations,
    SettingsMutations,
    OrganizationMutations,
    MembershipMutations,
    InvitationMutations,
    RoleMutations,
    TeamMutations,
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
        config=StrawberryConfig(scalar_map=SCALARS),
    )
)

__all__ = ["actions", "enums", "event_kinds", "schema"]
