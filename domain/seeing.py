"""What it takes to see things at all: one line a kind."""

from domain.permissions import Permission

SEEN_WITH: dict[str, Permission | None] = {
    "User": Permission.ORGANIZATION_READ,
    "Organization": Permission.ORGANIZATION_READ,
    "Membership": Permission.ORGANIZATION_READ,
    "Invitation": Permission.MEMBER_INVITE,
    "CustomRole": Permission.ORGANIZATION_READ,
    "Team": Permission.ORGANIZATION_READ,
    "Template": Permission.TEMPLATE_READ,
    "TemplateVersion": Permission.TEMPLATE_READ,
    "Snippet": Permission.TEMPLATE_READ,
    "Comment": Permission.TEMPLATE_READ,
    "ApprovalWorkflow": Permission.TEMPLATE_READ,
    "ApprovalStep": Permission.TEMPLATE_READ,
    "ApprovalStage": Permission.TEMPLATE_READ,
    "ChecklistItem": Permission.TEMPLATE_READ,
    "AuditEntry": Permission.AUDIT_READ,
    "WorkflowTemplate": Permission.TEMPLATE_READ,
    "Webhook": Permission.WEBHOOK_MANAGE,
    "WebhookDelivery": Permission.WEBHOOK_MANAGE,
    "AccessToken": Permission.TOKEN_MANAGE,
    "Session": None,
    "Delegation": None,
    "Notification": None,
}
"""The permission in the organisation of the thing; None where it is for the people concerned.

Everybody sees themselves and, but for an access token, their own sessions and tokens.
Administrators of the platform see everybody, and the record of what happened.
"""
