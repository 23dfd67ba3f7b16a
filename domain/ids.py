"""The ids of entities, and the name that each kind of id has for clients."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
AccessTokenId = NewType("AccessTokenId", UUID)
OrganizationId = NewType("OrganizationId", UUID)
MembershipId = NewType("MembershipId", UUID)
InvitationId = NewType("InvitationId", UUID)
CustomRoleId = NewType("CustomRoleId", UUID)
TeamId = NewType("TeamId", UUID)
TemplateId = NewType("TemplateId", UUID)
VersionId = NewType("VersionId", UUID)
SnippetId = NewType("SnippetId", UUID)
CommentId = NewType("CommentId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
StepId = NewType("StepId", UUID)
StageId = NewType("StageId", UUID)
ChecklistItemId = NewType("ChecklistItemId", UUID)
NotificationId = NewType("NotificationId", UUID)
WorkflowId = NewType("WorkflowId", UUID)
DelegationId = NewType("DelegationId", UUID)
AuditEntryId = NewType("AuditEntryId", UUID)
WebhookId = NewType("WebhookId", UUID)
DeliveryId = NewType("DeliveryId", UUID)

ENTITY_OF: dict[object, str] = {
    UserId: "User",
    OrganizationId: "Organization",
    MembershipId: "Membership",
    InvitationId: "Invitation",
    CustomRoleId: "CustomRole",
    TeamId: "Team",
    TemplateId: "Template",
    VersionId: "TemplateVersion",
    SnippetId: "Snippet",
    CommentId: "Comment",
    ApprovalId: "ApprovalWorkflow",
    StepId: "ApprovalStep",
    StageId: "ApprovalStage",
    ChecklistItemId: "ChecklistItem",
    AuditEntryId: "AuditEntry",
    NotificationId: "Notification",
    WorkflowId: "WorkflowTemplate",
    DelegationId: "Delegation",
    WebhookId: "Webhook",
    DeliveryId: "WebhookDelivery",
    SessionId: "Session",
    AccessTokenId: "AccessToken",
}
