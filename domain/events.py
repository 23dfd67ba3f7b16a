"""What can happen, in the past tense, and the record that is kept of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.ids import OrganizationId, UserId


class EventKind(StrEnum):
    USER_REGISTERED = "USER_REGISTERED"
    PLATFORM_ROLE_CHANGED = "PLATFORM_ROLE_CHANGED"
    SESSION_STARTED = "SESSION_STARTED"
    SESSION_ENDED = "SESSION_ENDED"
    SESSION_REUSED = "SESSION_REUSED"
    ORGANIZATION_CREATED = "ORGANIZATION_CREATED"
    ORGANIZATION_UPDATED = "ORGANIZATION_UPDATED"
    MEMBER_INVITED = "MEMBER_INVITED"
    MEMBER_JOINED = "MEMBER_JOINED"
    MEMBER_ROLE_CHANGED = "MEMBER_ROLE_CHANGED"
    MEMBER_REMOVED = "MEMBER_REMOVED"
    TEMPLATE_CREATED = "TEMPLATE_CREATED"
    TEMPLATE_UPDATED = "TEMPLATE_UPDATED"
    TEMPLATE_ARCHIVED = "TEMPLATE_ARCHIVED"
    COMMENT_ADDED = "COMMENT_ADDED"
    COMMENT_EDITED = "COMMENT_EDITED"
    COMMENT_DELETED = "COMMENT_DELETED"
    APPROVAL_SUBMITTED = "APPROVAL_SUBMITTED"
    STEP_DECIDED = "STEP_DECIDED"
    STEP_SKIPPED = "STEP_SKIPPED"
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"
    APPROVAL_VOIDED = "APPROVAL_VOIDED"


RIGHTS_EVENTS = frozenset(
    {
        EventKind.PLATFORM_ROLE_CHANGED,
        EventKind.SESSION_ENDED,
        EventKind.SESSION_REUSED,
        EventKind.ORGANIZATION_CREATED,
        EventKind.MEMBER_JOINED,
        EventKind.MEMBER_ROLE_CHANGED,
        EventKind.MEMBER_REMOVED,
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
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as it is stored and as it travels to live clients.

    `subject_id` is the thing that the event is about for those who follow it: the
    template of a comment or of an approval. `before` and `after` hold what changed.
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
