"""What can happen, in the past tense, and the record that is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.errors import Reference
from domain.ids import AccessTokenId, OrganizationId, SessionId, UserId
from domain.permissions import Permission


class EventKind(StrEnum):
    USER_REGISTERED = "USER_REGISTERED"
    PLATFORM_ROLE_CHANGED = "PLATFORM_ROLE_CHANGED"
    USER_CREATED = "USER_CREATED"
    USER_UPDATED = "USER_UPDATED"
    USER_SUSPENDED = "USER_SUSPENDED"
    USER_REINSTATED = "USER_REINSTATED"
    USER_DELETED = "USER_DELETED"
    EMAIL_CHANGE_REQUESTED = "EMAIL_CHANGE_REQUESTED"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    EMAIL_VERIFIED = "EMAIL_VERIFIED"
    PASSWORD_RESET_REQUESTED = "PASSWORD_RESET_REQUESTED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"
    PROFILE_UPDATED = "PROFILE_UPDATED"
    SETTINGS_UPDATED = "SETTINGS_UPDATED"
    AVATAR_UPLOADED = "AVATAR_UPLOADED"
    AVATAR_REMOVED = "AVATAR_REMOVED"
    DATA_EXPORTED = "DATA_EXPORTED"
    TWO_FACTOR_ENABLED = "TWO_FACTOR_ENABLED"
    TWO_FACTOR_DISABLED = "TWO_FACTOR_DISABLED"
    RECOVERY_CODES_REPLACED = "RECOVERY_CODES_REPLACED"
    RECOVERY_CODE_USED = "RECOVERY_CODE_USED"
    ACCESS_TOKEN_CREATED = "ACCESS_TOKEN_CREATED"
    ACCESS_TOKEN_REVOKED = "ACCESS_TOKEN_REVOKED"
    SIGN_IN_SLOWED = "SIGN_IN_SLOWED"
    ACCESS_REFUSED = "ACCESS_REFUSED"
    IMPERSONATION_STARTED = "IMPERSONATION_STARTED"
    SESSION_STARTED = "SESSION_STARTED"
    SESSION_ENDED = "SESSION_ENDED"
    SESSION_REUSED = "SESSION_REUSED"
    ORGANIZATION_CREATED = "ORGANIZATION_CREATED"
    ORGANIZATION_UPDATED = "ORGANIZATION_UPDATED"
    MEMBER_INVITED = "MEMBER_INVITED"
    INVITATION_RESENT = "INVITATION_RESENT"
    INVITATION_REVOKED = "INVITATION_REVOKED"
    MEMBER_JOINED = "MEMBER_JOINED"
    MEMBER_ROLE_CHANGED = "MEMBER_ROLE_CHANGED"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    ROLE_CREATED = "ROLE_CREATED"
    ROLE_UPDATED = "ROLE_UPDATED"
    ROLE_DELETED = "ROLE_DELETED"
    TEAM_CREATED = "TEAM_CREATED"
    TEAM_UPDATED = "TEAM_UPDATED"
    TEAM_DELETED = "TEAM_DELETED"
    TEAM_MEMBER_ADDED = "TEAM_MEMBER_ADDED"
    TEAM_MEMBER_REMOVED = "TEAM_MEMBER_REMOVED"
    TEMPLATE_CREATED = "TEMPLATE_CREATED"
    TEMPLATE_UPDATED = "TEMPLATE_UPDATED"
    TEMPLATE_ARCHIVED = "TEMPLATE_ARCHIVED"
    SNIPPET_CREATED = "SNIPPET_CREATED"
    SNIPPET_UPDATED = "SNIPPET_UPDATED"
    SNIPPET_DELETED = "SNIPPET_DELETED"
    COMMENT_ADDED = "COMMENT_ADDED"
    COMMENT_EDITED = "COMMENT_EDITED"
    COMMENT_DELETED = "COMMENT_DELETED"
    COMMENT_RESOLVED = "COMMENT_RESOLVED"
    COMMENT_REOPENED = "COMMENT_REOPENED"
    APPROVAL_SUBMITTED = "APPROVAL_SUBMITTED"
    STEP_DECIDED = "STEP_DECIDED"
    STEP_SKIPPED = "STEP_SKIPPED"
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"
    APPROVAL_VOIDED = "APPROVAL_VOIDED"
    STAGES_VOIDED = "STAGES_VOIDED"
    APPROVAL_REPINNED = "APPROVAL_REPINNED"
    STEP_REASSIGNED = "STEP_REASSIGNED"
    STEP_DELEGATED = "STEP_DELEGATED"
    STEP_REMINDED = "STEP_REMINDED"
    STEP_ESCALATED = "STEP_ESCALATED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    APPROVAL_FORCED = "APPROVAL_FORCED"
    CHECKLIST_ITEM_TICKED = "CHECKLIST_ITEM_TICKED"
    AUDIT_EXPORTED = "AUDIT_EXPORTED"
    WORKFLOW_CREATED = "WORKFLOW_CREATED"
    WORKFLOW_UPDATED = "WORKFLOW_UPDATED"
    WORKFLOW_ARCHIVED = "WORKFLOW_ARCHIVED"
    DELEGATION_PLANNED = "DELEGATION_PLANNED"
    DELEGATION_STARTED = "DELEGATION_STARTED"
    DELEGATION_ENDED = "DELEGATION_ENDED"
    NOTIFICATIONS_SENT = "NOTIFICATIONS_SENT"
    WEBHOOK_CREATED = "WEBHOOK_CREATED"
    WEBHOOK_UPDATED = "WEBHOOK_UPDATED"
    WEBHOOK_DELETED = "WEBHOOK_DELETED"
    WEBHOOK_PINGED = "WEBHOOK_PINGED"
    WEBHOOK_KEY_ROTATED = "WEBHOOK_KEY_ROTATED"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"
    WEBHOOK_REDELIVERED = "WEBHOOK_REDELIVERED"
    NOTIFICATIONS_READ = "NOTIFICATIONS_READ"
    NOTIFICATION_PREFERENCES_CHANGED = "NOTIFICATION_PREFERENCES_CHANGED"


ENDING_EVENTS = frozenset(
    {
        EventKind.SESSION_ENDED,
        EventKind.SESSION_REUSED,
        EventKind.ACCESS_TOKEN_REVOKED,
        EventKind.USER_SUSPENDED,
        EventKind.USER_DELETED,
        EventKind.PASSWORD_CHANGED,
    }
)
"""After each of these, the credentials of its entity or of its subject may be good no longer."""
RIGHTS_EVENTS = frozenset(
    {
        EventKind.PLATFORM_ROLE_CHANGED,
        EventKind.ORGANIZATION_CREATED,
        EventKind.MEMBER_JOINED,
        EventKind.MEMBER_ROLE_CHANGED,
        EventKind.MEMBER_REMOVED,
        EventKind.ROLE_UPDATED,
        *ENDING_EVENTS,
    }
)
"""After each of these, somebody in a session that lives already may do more or less than before."""
TEMPLATE_EVENTS = frozenset(
    {EventKind.TEMPLATE_CREATED, EventKind.TEMPLATE_UPDATED, EventKind.TEMPLATE_ARCHIVED}
)
APPROVAL_EVENTS = frozenset(
    {
        EventKind.APPROVAL_SUBMITTED,
        EventKind.STEP_DECIDED,
        EventKind.STEP_SKIPPED,
        EventKind.APPROVAL_WITHDRAWN,
        EventKind.APPROVAL_VOIDED,
        EventKind.STAGES_VOIDED,
        EventKind.APPROVAL_REPINNED,
        EventKind.STEP_REASSIGNED,
        EventKind.STEP_DELEGATED,
        EventKind.STEP_REMINDED,
        EventKind.STEP_ESCALATED,
        EventKind.APPROVAL_EXPIRED,
        EventKind.APPROVAL_FORCED,
        EventKind.CHECKLIST_ITEM_TICKED,
    }
)

BOOKKEEPING_EVENTS = frozenset({EventKind.NOTIFICATIONS_SENT})
"""What the server notes of its own doing: no part of the feed of what happened, for it tells who
else was told.
"""

_HEARD_BY: dict[Permission, frozenset[EventKind]] = {
    Permission.TEMPLATE_READ: TEMPLATE_EVENTS
    | APPROVAL_EVENTS
    | BOOKKEEPING_EVENTS
    | {
        EventKind.COMMENT_ADDED,
        EventKind.COMMENT_EDITED,
        EventKind.COMMENT_DELETED,
        EventKind.COMMENT_RESOLVED,
        EventKind.COMMENT_REOPENED,
        EventKind.WORKFLOW_CREATED,
        EventKind.WORKFLOW_UPDATED,
        EventKind.WORKFLOW_ARCHIVED,
        EventKind.SNIPPET_CREATED,
        EventKind.SNIPPET_UPDATED,
        EventKind.SNIPPET_DELETED,
    },
    Permission.WEBHOOK_MANAGE: frozenset(
        {
            EventKind.WEBHOOK_CREATED,
            EventKind.WEBHOOK_UPDATED,
            EventKind.WEBHOOK_DELETED,
            EventKind.WEBHOOK_PINGED,
            EventKind.WEBHOOK_KEY_ROTATED,
            EventKind.WEBHOOK_DISABLED,
            EventKind.WEBHOOK_REDELIVERED,
        }
    ),
    Permission.ORGANIZATION_READ: frozenset(
        {
            EventKind.ORGANIZATION_CREATED,
            EventKind.ORGANIZATION_UPDATED,
            EventKind.MEMBER_JOINED,
            EventKind.MEMBER_ROLE_CHANGED,
            EventKind.MEMBER_REMOVED,
            EventKind.ROLE_CREATED,
            EventKind.ROLE_UPDATED,
            EventKind.ROLE_DELETED,
            EventKind.TEAM_CREATED,
            EventKind.TEAM_UPDATED,
            EventKind.TEAM_DELETED,
            EventKind.TEAM_MEMBER_ADDED,
            EventKind.TEAM_MEMBER_REMOVED,
        }
    ),
    Permission.MEMBER_INVITE: frozenset(
        {
            EventKind.MEMBER_INVITED,
            EventKind.INVITATION_RESENT,
            EventKind.INVITATION_REVOKED,
        }
    ),
    Permission.APPROVAL_MANAGE: frozenset(
        {
            EventKind.DELEGATION_PLANNED,
            EventKind.DELEGATION_STARTED,
            EventKind.DELEGATION_ENDED,
        }
    ),
}
NEEDED_TO_HEAR = {kind: needed for needed, kinds in _HEARD_BY.items() for kind in kinds}
"""What a member's role has to allow for them to hear of it; for what is not here, AUDIT_READ."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as it is stored and as it travels to live clients.

    `subject_id` is the thing that the event is about for those who follow it: the
    template of a comment or of an approval. `before` and `after` hold what changed.
    `position` counts the organisation's events from 1, without a gap, in the order of their
    commits; it is None until the relay has given it.
    """

    id: UUID
    kind: EventKind
    entity: str
    entity_id: UUID
    subject_id: UUID
    organization_id: OrganizationId | None
    actor_id: UserId | None
    occurred_at: datetime
    before: Mapping[str, Any] | None = field(default=None, hash=False)
    after: Mapping[str, Any] | None = field(default=None, hash=False)
    request_id: str | None = None
    ip: str | None = None
    session_id: SessionId | None = None
    token_id: AccessTokenId | None = None
    impersonator_id: UserId | None = None
    position: int | None = None

    @property
    def thing(self) -> Reference:
        """What it happened to."""
        return Reference(self.entity, self.entity_id)
