"""Everything that can be done to what there is, and what it takes: one line an action.

An action of the name of a mutation is that mutation, done to the thing that it names. `READ_…` is
the field of that name. `READ` is to see a thing at all.
"""

from enum import Enum

from domain import ownership
from domain.permissions import Permission
from domain.permits import AccessLevel, Ownership, Rule

# ruff: noqa: PIE796 - no two rules are equal, however alike they are written

ANYTHING = "Node"


def _with(permission: Permission, entity: str, own: Ownership | None = None) -> Rule:
    """For members whose role has the permission where the thing belongs."""
    return Rule(entity, AccessLevel.PERMISSION, permission, own)


def _in_person(entity: str, own: Ownership | None = None) -> Rule:
    """For the people themselves: no access token of theirs, nobody who impersonates them."""
    return Rule(entity, AccessLevel.OWNER, own=own)


def _administering(entity: str) -> Rule:
    """For administrators of the platform."""
    return Rule(entity, AccessLevel.PLATFORM_ADMIN)


class Action(Enum):
    """What somebody may or may not do to a thing."""

    READ = Rule(ANYTHING, AccessLevel.AUTHENTICATED)

    READ_INVITATIONS = _with(Permission.MEMBER_INVITE, "Organization")
    READ_AUDIT_LOG = _with(Permission.AUDIT_READ, "Organization")
    READ_WEBHOOKS = _with(Permission.WEBHOOK_MANAGE, "Organization")
    READ_DELEGATIONS = _with(Permission.APPROVAL_MANAGE, "Organization")
    READ_ACCESS_TOKENS = _with(Permission.TOKEN_MANAGE, "Organization")

    UPDATE_PROFILE = _in_person("User", ownership.PERSON)
    UPDATE_SETTINGS = _in_person("User", ownership.PERSON)
    UPLOAD_AVATAR = _in_person("User", ownership.PERSON)
    REMOVE_AVATAR = _in_person("User", ownership.PERSON)
    CHANGE_EMAIL = _in_person("User", ownership.PERSON)
    CHANGE_PASSWORD = _in_person("User", ownership.PERSON)
    ENABLE_TWO_FACTOR = _in_person("User", ownership.PERSON)
    CONFIRM_TWO_FACTOR = _in_person("User", ownership.PERSON)
    DISABLE_TWO_FACTOR = _in_person("User", ownership.PERSON)
    REPLACE_RECOVERY_CODES = _in_person("User", ownership.PERSON)
    REVOKE_OTHER_SESSIONS = _in_person("User", ownership.PERSON)
    CREATE_ACCESS_TOKEN = _in_person("User", ownership.PERSON)
    CREATE_ORGANIZATION = _in_person("User", ownership.PERSON)
    EXPORT_MY_DATA = _in_person("User", ownership.PERSON)
    DELETE_ACCOUNT = _in_person("User", ownership.PERSON)

    UPDATE_USER = _administering("User")
    SUSPEND_USER = _administering("User")
    REINSTATE_USER = _administering("User")
    DELETE_USER = _administering("User")
    END_SESSIONS = _administering("User")
    SET_PLATFORM_ROLE = _administering("User")
    IMPERSONATE = _administering("User")

    REVOKE_SESSION = _in_person("Session", ownership.HOLDER)
    REVOKE_ACCESS_TOKEN = _in_person("AccessToken", ownership.WHOM_IT_ACTS_FOR)
    MARK_NOTIFICATIONS_READ = _in_person("Notification", ownership.READER)

    UPDATE_ORGANIZATION = _with(Permission.ORGANIZATION_UPDATE, "Organization")
    INVITE_MEMBER = _with(Permission.MEMBER_INVITE, "Organization")
    CHANGE_MEMBER_ROLE = _with(Permission.MEMBER_MANAGE, "Membership")
    REMOVE_MEMBER = _with(Permission.MEMBER_MANAGE, "Membership")
    LEAVE_ORGANIZATION = _in_person("Organization")
    RESEND_INVITATION = _with(Permission.MEMBER_INVITE, "Invitation")
    REVOKE_INVITATION = _with(Permission.MEMBER_INVITE, "Invitation")

    CREATE_ROLE = _with(Permission.ROLE_MANAGE, "Organization")
    UPDATE_ROLE = _with(Permission.ROLE_MANAGE, "CustomRole")
    DELETE_ROLE = _with(Permission.ROLE_MANAGE, "CustomRole")

    CREATE_TEAM = _with(Permission.TEAM_MANAGE, "Organization")
    UPDATE_TEAM = _with(Permission.TEAM_MANAGE, "Team")
    DELETE_TEAM = _with(Permission.TEAM_MANAGE, "Team")
    ADD_TEAM_MEMBER = _with(Permission.TEAM_MANAGE, "Team")
    REMOVE_TEAM_MEMBER = _with(Permission.TEAM_MANAGE, "Team")

    CREATE_TEMPLATE = _with(Permission.TEMPLATE_WRITE, "Organization")
    UPDATE_TEMPLATE = _with(Permission.TEMPLATE_WRITE, "Template")
    ARCHIVE_TEMPLATE = _with(Permission.TEMPLATE_ARCHIVE, "Template")
    DUPLICATE_TEMPLATE = _with(Permission.TEMPLATE_WRITE, "Template")

    CREATE_SNIPPET = _with(Permission.TEMPLATE_WRITE, "Organization")
    UPDATE_SNIPPET = _with(Permission.TEMPLATE_WRITE, "Snippet")
    DELETE_SNIPPET = _with(Permission.TEMPLATE_ARCHIVE, "Snippet")

    ADD_COMMENT = _with(Permission.COMMENT_WRITE, "Template")
    EDIT_COMMENT = _with(Permission.COMMENT_WRITE, "Comment", ownership.AUTHOR)
    DELETE_COMMENT = _with(Permission.COMMENT_WRITE, "Comment", ownership.AUTHOR_OR_MODERATOR)
    RESOLVE_COMMENT = _with(Permission.COMMENT_WRITE, "Comment", ownership.AUTHORS_OF_BOTH)
    REOPEN_COMMENT = _with(Permission.COMMENT_WRITE, "Comment", ownership.AUTHORS_OF_BOTH)

    SUBMIT_FOR_APPROVAL = _with(Permission.APPROVAL_SUBMIT, "Template")
    DECIDE_STEP = _with(Permission.APPROVAL_DECIDE, "ApprovalStep", ownership.APPROVER)
    WITHDRAW_APPROVAL = _with(Permission.APPROVAL_SUBMIT, "ApprovalWorkflow", ownership.SUBMITTER)
    FORCE_APPROVAL = _with(Permission.APPROVAL_FORCE, "ApprovalWorkflow")
    REASSIGN_STEP = _with(Permission.APPROVAL_MANAGE, "ApprovalStep")
    TICK_CHECKLIST_ITEM = _with(Permission.APPROVAL_SUBMIT, "ChecklistItem", ownership.WHO_IS_ASKED)

    CREATE_WORKFLOW = _with(Permission.WORKFLOW_MANAGE, "Organization")
    UPDATE_WORKFLOW = _with(Permission.WORKFLOW_MANAGE, "WorkflowTemplate")
    ARCHIVE_WORKFLOW = _with(Permission.WORKFLOW_MANAGE, "WorkflowTemplate")

    CREATE_DELEGATION = _with(Permission.APPROVAL_DECIDE, "Organization", ownership.WHOM_IT_NAMES)
    END_DELEGATION = _with(Permission.APPROVAL_DECIDE, "Delegation", ownership.WHO_IS_AWAY)

    CREATE_WEBHOOK = _with(Permission.WEBHOOK_MANAGE, "Organization")
    UPDATE_WEBHOOK = _with(Permission.WEBHOOK_MANAGE, "Webhook")
    DELETE_WEBHOOK = _with(Permission.WEBHOOK_MANAGE, "Webhook")
    ROTATE_WEBHOOK_SECRET = _with(Permission.WEBHOOK_MANAGE, "Webhook")
    PING_WEBHOOK = _with(Permission.WEBHOOK_MANAGE, "Webhook")
    REDELIVER_WEBHOOK = _with(Permission.WEBHOOK_MANAGE, "WebhookDelivery")

    @property
    def rule(self) -> Rule:
        rule: Rule = self.value
        return rule
