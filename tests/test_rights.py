"""What happens either changes what somebody may do, or leaves it."""

from domain.events import RIGHTS_EVENTS, EventKind

CHANGES_RIGHTS = {
    EventKind.PLATFORM_ROLE_CHANGED,
    EventKind.SESSION_ENDED,
    EventKind.SESSION_REUSED,
    EventKind.ORGANIZATION_CREATED,
    EventKind.MEMBER_JOINED,
    EventKind.MEMBER_ROLE_CHANGED,
    EventKind.MEMBER_REMOVED,
}
LEAVES_RIGHTS = {
    EventKind.USER_REGISTERED,  # nobody is remembered who is not there yet
    EventKind.SESSION_STARTED,
    EventKind.ORGANIZATION_UPDATED,
    EventKind.MEMBER_INVITED,
    EventKind.TEMPLATE_CREATED,
    EventKind.TEMPLATE_UPDATED,
    EventKind.TEMPLATE_ARCHIVED,
    EventKind.SNIPPET_CREATED,
    EventKind.SNIPPET_UPDATED,
    EventKind.SNIPPET_DELETED,
    EventKind.COMMENT_ADDED,
    EventKind.COMMENT_EDITED,
    EventKind.COMMENT_DELETED,
    EventKind.COMMENT_RESOLVED,
    EventKind.COMMENT_REOPENED,
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
    EventKind.AUDIT_EXPORTED,
    EventKind.WORKFLOW_CREATED,
    EventKind.WORKFLOW_UPDATED,
    EventKind.WORKFLOW_ARCHIVED,
    EventKind.DELEGATION_PLANNED,
    EventKind.DELEGATION_STARTED,
    EventKind.DELEGATION_ENDED,
    EventKind.NOTIFICATIONS_SENT,
    EventKind.WEBHOOK_CREATED,
    EventKind.WEBHOOK_UPDATED,
    EventKind.WEBHOOK_DELETED,
    EventKind.WEBHOOK_PINGED,
    EventKind.WEBHOOK_KEY_ROTATED,
    EventKind.WEBHOOK_DISABLED,
    EventKind.WEBHOOK_REDELIVERED,
    EventKind.NOTIFICATIONS_READ,
    EventKind.NOTIFICATION_PREFERENCES_CHANGED,
}


def test_every_kind_of_event_is_known_to_change_rights_or_to_leave_them() -> None:
    assert set(EventKind) == CHANGES_RIGHTS | LEAVES_RIGHTS
    assert CHANGES_RIGHTS == RIGHTS_EVENTS
