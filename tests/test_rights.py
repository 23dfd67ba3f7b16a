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
    EventKind.COMMENT_ADDED,
    EventKind.COMMENT_EDITED,
    EventKind.COMMENT_DELETED,
    EventKind.APPROVAL_SUBMITTED,
    EventKind.STEP_DECIDED,
    EventKind.STEP_SKIPPED,
    EventKind.APPROVAL_WITHDRAWN,
    EventKind.APPROVAL_VOIDED,
}


def test_every_kind_of_event_is_known_to_change_rights_or_to_leave_them() -> None:
    assert set(EventKind) == CHANGES_RIGHTS | LEAVES_RIGHTS
    assert CHANGES_RIGHTS == RIGHTS_EVENTS
