"""Whose things are, where that matters for what may be done to them."""

from domain.permissions import Permission
from domain.permits import Elsewhere, Ownership

AUTHOR = Ownership("Only its author may edit a comment.", ("author_id",))
AUTHOR_OR_MODERATOR = Ownership(
    "Only its author or a moderator of the organisation may delete a comment.",
    ("author_id",),
    others=Permission.COMMENT_MODERATE,
)
AUTHORS_OF_BOTH = Ownership(
    "Only its author, the template's author or a moderator may resolve a comment.",
    ("author_id",),
    Elsewhere("subject_id", "Template", "author_id"),
    Permission.COMMENT_MODERATE,
)
APPROVER = Ownership(
    "This step is somebody else's to decide.", ("approver_id", "delegated_from_id")
)
SUBMITTER = Ownership(
    "Only who submitted it or a manager of approvals may withdraw an approval.",
    ("submitter_id",),
    others=Permission.APPROVAL_MANAGE,
)
WHO_IS_ASKED = Ownership(
    "Only who submitted it or a manager of approvals may tick this off.",
    (),
    Elsewhere("approval_id", "ApprovalWorkflow", "submitter_id"),
    Permission.APPROVAL_MANAGE,
)
WHO_IS_AWAY = Ownership(
    "Only a manager of approvals may delegate somebody else's.",
    ("approver_id",),
    others=Permission.APPROVAL_MANAGE,
)
WHOM_IT_NAMES = Ownership(WHO_IS_AWAY.only, (), others=WHO_IS_AWAY.others)
"""Whose approvals are delegated, a request says itself."""

READER = Ownership("Only who was told may mark it as read.", ("user_id",))
PERSON = Ownership("Only they themselves may do this.", ("id",))

HOLDER = Ownership("Only they themselves may end a session.", ("user_id",))
WHOM_IT_ACTS_FOR = Ownership(
    "Only its owner or who manages the organisation's tokens may revoke an access token.",
    ("user_id",),
    others=Permission.TOKEN_MANAGE,
)
"""One that is good in all of its owner's organisations belongs to none: nobody else sees it."""
