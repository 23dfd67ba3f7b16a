"""Every list of the schema that can grow, one each; those of roles and teams in `db/groups.py`."""

from enum import StrEnum

from db import approvals as approval_lists
from db import audit as audit_lists
from db import comments as comment_lists
from db import delegations as delegation_lists
from db import deliveries as delivery_lists
from db import inbox as inbox_lists
from db import invitations as invitation_lists
from db import notifications as notification_lists
from db import snippets as snippet_lists
from db import templates as template_lists
from db import visibility
from db import workflows as workflow_lists
from db.history import OfApproval, OfTemplate
from db.lists import Many
from db.models import (
    Approval,
    ApprovalStep,
    AuditEntry,
    Comment,
    Delegation,
    HistoryEntry,
    Invitation,
    Membership,
    Notification,
    Snippet,
    Template,
    TemplateVersion,
    Webhook,
    WebhookDelivery,
    WorkflowTemplate,
)


class Age(StrEnum):
    """The order of lists that can only be read newest or oldest first."""

    CREATED_AT = "CREATED_AT"


NEWEST_FIRST = (Age.CREATED_AT, True)
OLDEST_FIRST = (Age.CREATED_AT, False)

members_of_organization = Many(
    Membership,
    Membership.organization_id,
    visibility.memberships,
    {Age.CREATED_AT: Membership.created_at},
    OLDEST_FIRST,
)
organizations_of_user = Many(
    Membership,
    Membership.user_id,
    visibility.memberships,
    {Age.CREATED_AT: Membership.created_at},
    OLDEST_FIRST,
)
invitations_of_organization = Many(
    Invitation,
    Invitation.organization_id,
    visibility.invitations,
    {Age.CREATED_AT: Invitation.created_at},
    NEWEST_FIRST,
    invitation_lists.CONDITIONS,
)
templates_of_organization = Many(
    Template,
    Template.organization_id,
    visibility.templates,
    template_lists.ORDERS,
    (template_lists.TemplateOrderField.UPDATED_AT, True),
    template_lists.CONDITIONS,
)
versions_of_template = Many(
    TemplateVersion,
    TemplateVersion.template_id,
    visibility.versions,
    {template_lists.VersionOrderField.NUMBER: TemplateVersion.number},
    (template_lists.VersionOrderField.NUMBER, True),
)
snippets_of_organization = Many(
    Snippet,
    Snippet.organization_id,
    visibility.snippets,
    {snippet_lists.SnippetOrderField.NAME: Snippet.name},
    (snippet_lists.SnippetOrderField.NAME, False),
)
comments_of_subject = Many(
    Comment,
    Comment.subject_id,
    visibility.comments,
    {Age.CREATED_AT: Comment.created_at},
    NEWEST_FIRST,
    comment_lists.CONDITIONS,
)
comments_of_version = Many(
    Comment,
    Comment.anchored_version_id,
    visibility.comments,
    {Age.CREATED_AT: Comment.created_at},
    NEWEST_FIRST,
    comment_lists.CONDITIONS,
)
comments_of_step = Many(
    Comment,
    Comment.step_id,
    visibility.comments,
    {Age.CREATED_AT: Comment.created_at},
    NEWEST_FIRST,
    comment_lists.CONDITIONS,
)
answers_of_comment = Many(
    Comment,
    Comment.parent_id,
    visibility.comments,
    {Age.CREATED_AT: Comment.created_at},
    OLDEST_FIRST,
)
approvals_of_organization = Many(
    Approval,
    Approval.organization_id,
    visibility.approvals,
    {Age.CREATED_AT: Approval.created_at},
    NEWEST_FIRST,
    approval_lists.CONDITIONS,
)
approvals_of_template = Many(
    Approval,
    Approval.template_id,
    visibility.approvals,
    {Age.CREATED_AT: Approval.created_at},
    NEWEST_FIRST,
    approval_lists.CONDITIONS,
)
audit_of_organization = Many(
    AuditEntry,
    AuditEntry.organization_id,
    visibility.audit_entries,
    audit_lists.ORDERS,
    (audit_lists.AuditOrderField.OCCURRED_AT, True),
    audit_lists.IN_ORGANIZATION,
)
audit_of_everything = Many(
    AuditEntry,
    AuditEntry.everything,
    visibility.audit_entries,
    audit_lists.ORDERS,
    (audit_lists.AuditOrderField.OCCURRED_AT, True),
    audit_lists.EVERYWHERE,
)
workflows_of_organization = Many(
    WorkflowTemplate,
    WorkflowTemplate.organization_id,
    visibility.workflows,
    {Age.CREATED_AT: WorkflowTemplate.created_at},
    NEWEST_FIRST,
    workflow_lists.CONDITIONS,
)
delegations_of_organization = Many(
    Delegation,
    Delegation.organization_id,
    visibility.delegations,
    {Age.CREATED_AT: Delegation.created_at},
    NEWEST_FIRST,
    delegation_lists.CONDITIONS,
)
delegations_of_user = Many(
    Delegation,
    Delegation.approver_id,
    visibility.delegations,
    {Age.CREATED_AT: Delegation.created_at},
    NEWEST_FIRST,
    delegation_lists.CONDITIONS,
)
delegations_to_user = Many(
    Delegation,
    Delegation.stand_in_id,
    visibility.delegations,
    {Age.CREATED_AT: Delegation.created_at},
    NEWEST_FIRST,
    delegation_lists.CONDITIONS,
)
inbox_of_user = Many(
    ApprovalStep,
    ApprovalStep.approver_id,
    visibility.inbox,
    inbox_lists.ORDERS,
    inbox_lists.SOONEST_DUE_FIRST,
    inbox_lists.CONDITIONS,
)
notifications_of_user = Many(
    Notification,
    Notification.user_id,
    visibility.notifications,
    {Age.CREATED_AT: Notification.created_at},
    NEWEST_FIRST,
    notification_lists.CONDITIONS,
)
history_of_approval = OfApproval(
    HistoryEntry,
    HistoryEntry.approval_id,
    visibility.history,
    {Age.CREATED_AT: HistoryEntry.place},
    OLDEST_FIRST,
)
history_of_template = OfTemplate(
    HistoryEntry,
    HistoryEntry.subject_id,
    visibility.history,
    {Age.CREATED_AT: HistoryEntry.place},
    NEWEST_FIRST,
)
webhooks_of_organization = Many(
    Webhook,
    Webhook.organization_id,
    visibility.webhooks,
    {Age.CREATED_AT: Webhook.created_at},
    OLDEST_FIRST,
)
deliveries_of_webhook = Many(
    WebhookDelivery,
    WebhookDelivery.webhook_id,
    visibility.deliveries,
    {Age.CREATED_AT: WebhookDelivery.created_at},
    NEWEST_FIRST,
    delivery_lists.CONDITIONS,
)
