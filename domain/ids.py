"""The ids of entities, and the name that each kind of id has for clients."""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", UUID)
SessionId = NewType("SessionId", UUID)
OrganizationId = NewType("OrganizationId", UUID)
MembershipId = NewType("MembershipId", UUID)
InvitationId = NewType("InvitationId", UUID)
TemplateId = NewType("TemplateId", UUID)
VersionId = NewType("VersionId", UUID)
CommentId = NewType("CommentId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
StepId = NewType("StepId", UUID)

ENTITY_OF: dict[object, str] = {
    UserId: "User",
    OrganizationId: "Organization",
    MembershipId: "Membership",
    InvitationId: "Invitation",
    TemplateId: "Template",
    VersionId: "TemplateVersion",
    CommentId: "Comment",
    ApprovalId: "ApprovalWorkflow",
    StepId: "ApprovalStep",
}
