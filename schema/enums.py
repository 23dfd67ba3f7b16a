"""Every enumeration of the domain, described for clients."""

from db.administration import AccountOrderField
from db.audit import AuditOrderField
from db.filters import Direction
from db.templates import TemplateOrderField
from domain.accounts import Theme, UserStatus
from domain.approvals import ApprovalStatus, StageStatus, StepStatus, Verdict
from domain.content import BodyKind, ContentPart, TextPart
from domain.differences import LineKind
from domain.invitations import InvitationStatus
from domain.notifications import EmailTiming, NotificationKind
from domain.permissions import Permission, PlatformRole, Role
from domain.stages import StageRule
from domain.templates import TemplateStatus
from domain.variables import VariableType
from domain.webhooks import DeliveryStatus
from engine.types import described

described(Direction, "Which way a list is sorted.", ASC="Smallest first.", DESC="Largest first.")
described(
    TemplateOrderField,
    "What templates can be sorted by.",
    NAME="By name, upper and lower case alike.",
    CREATED_AT="By when they were created.",
    UPDATED_AT="By when they were last changed.",
)
described(
    AccountOrderField,
    "What accounts can be sorted by.",
    NAME="By family name, then by given name, upper and lower case alike.",
    EMAIL="By address, upper and lower case alike.",
    CREATED_AT="By when they were opened.",
    LAST_LOGIN_AT="By when their people last signed in; who never did comes first.",
)
described(
    AuditOrderField,
    "What the record of what happened can be sorted by.",
    OCCURRED_AT="By when it happened.",
)
described(
    UserStatus,
    "Whether an account can be used.",
    ACTIVE="It can sign in.",
    SUSPENDED="An administrator has suspended it: it cannot sign in.",
    DELETED="It is gone; what others need of what its owner did stays.",
)
described(
    Theme,
    "How somebody wants to see the front end.",
    SYSTEM="As their device is set.",
    LIGHT="Dark on light.",
    DARK="Light on dark.",
)
described(
    PlatformRole,
    "What somebody may do on the platform, beside their organisations.",
    USER="Nothing beyond their organisations.",
    MODERATOR="Looks after what is public.",
    ADMIN="Administers the platform.",
)
described(
    Role,
    "A built-in role in an organisation.",
    ADMIN="May do everything.",
    MANAGER="Writes, approves, moderates, archives and invites.",
    EDITOR="Writes templates and submits them.",
    APPROVER="Decides approvals and comments.",
    VIEWER="Reads.",
)
described(
    InvitationStatus,
    "What became of an invitation.",
    PENDING="It can be accepted.",
    ACCEPTED="It was accepted.",
    REVOKED="It was taken back.",
    EXPIRED="Nobody accepted it in time; it can be sent again.",
)
described(
    Permission,
    "What a role can allow.",
    ORGANIZATION_READ="See the organisation and its members.",
    ORGANIZATION_UPDATE="Change the organisation's name and settings.",
    MEMBER_INVITE="Invite people, to roles that grant no more than one's own.",
    MEMBER_MANAGE="Change roles and end memberships.",
    ROLE_MANAGE="Make, change and delete custom roles, which grant no more than one's own.",
    TEAM_MANAGE="Make, change and delete teams, and say who is in them.",
    TOKEN_MANAGE="See and revoke the access tokens that are good in the organisation only.",
    TEMPLATE_READ="See templates, their versions, comments and approvals.",
    TEMPLATE_WRITE="Create, change and duplicate templates.",
    TEMPLATE_ARCHIVE="Archive templates.",
    COMMENT_WRITE="Comment, and edit and delete one's own comments.",
    COMMENT_MODERATE="Delete anybody's comments.",
    APPROVAL_SUBMIT="Submit templates for approval, and withdraw one's own submissions.",
    APPROVAL_DECIDE="Be an approver, and decide one's own steps.",
    APPROVAL_MANAGE="Withdraw anybody's submissions, and hand steps to other approvers.",
    APPROVAL_FORCE="Approve without the approvers, with a reason.",
    WORKFLOW_MANAGE="Change the workflows that approvals are started from.",
    AUDIT_READ="Read and export the record of everything that happened.",
    WEBHOOK_MANAGE="Let other systems be told of what happens.",
)
described(
    TemplateStatus,
    "Where a template is on its way.",
    DRAFT="Being written.",
    IN_REVIEW="Its current content waits for approval.",
    CHANGES_REQUESTED="An approver asked for changes.",
    APPROVED="Its current content is approved, to the byte.",
    ARCHIVED="Put away; read-only.",
)
described(
    BodyKind,
    "The language of a template's body.",
    MJML="MJML 4, which becomes HTML that mail programs show alike.",
    HTML="HTML; its styles are put inline.",
)
described(
    TextPart,
    "A text of a template's content.",
    SUBJECT="The subject line.",
    BODY="The body.",
    TEXT="The plain text part.",
)
described(
    LineKind,
    "What became of a line.",
    CONTEXT="It stayed, beside one that did not.",
    REMOVED="It was taken out.",
    ADDED="It was put in.",
)
described(
    VariableType,
    "What values a variable takes.",
    STRING="Text of up to 100,000 characters.",
    NUMBER="A finite number.",
    BOOLEAN="true or false.",
    DATE="An ISO 8601 date, or date and time, such as 2026-03-31.",
    URL="An absolute address with http, https or mailto.",
    MONEY='An exact amount in a currency: {"amount": "12.50", "currency": "EUR"}.',
    LIST="A list of scalars or objects.",
)
described(
    ApprovalStatus,
    "How far an approval is.",
    IN_PROGRESS="A stage is active: it waits for its approvers.",
    APPROVED="Every required stage approved this content, or it was approved without them.",
    CHANGES_REQUESTED="The approvers of a required stage asked for changes.",
    REJECTED="The approvers of a required stage rejected the content.",
    WITHDRAWN="It was taken back.",
    VOIDED="The template was archived, or an approver it needs is gone.",
    EXPIRED="Its time was over before it ended.",
)
described(
    StageStatus,
    "How far a stage is.",
    PENDING="Its turn has not come, or it waits for an earlier one that new content voided.",
    ACTIVE="It waits for its approvers.",
    APPROVED="As many approved as its rule takes.",
    CHANGES_REQUESTED="It can only be approved once what was asked for is done.",
    REJECTED="So many rejected that it cannot be approved.",
    SKIPPED="It was passed over, or the approval ended before it.",
)
described(
    StepStatus,
    "How far a step is.",
    PENDING="Its turn has not come.",
    WAITING="It waits for its approver.",
    APPROVED="Its approver approved.",
    CHANGES_REQUESTED="Its approver asked for changes.",
    REJECTED="Its approver rejected.",
    SKIPPED="It was passed over, or the approval ended before its turn.",
)
described(
    Verdict,
    "What an approver decides.",
    APPROVE="The content may go out as it is.",
    REQUEST_CHANGES="Something must be changed first.",
    REJECT="The content is not to go out.",
)
described(
    ContentPart,
    "A part of a template's content that can be approved by itself.",
    SOURCE="Subject, body and plain text.",
    VARIABLES="The contract of its variables.",
    LOCALES="Its variants in other languages.",
    SNIPPETS="The snippets that it includes.",
    ASSETS="The files that it shows or attaches.",
)
described(
    StageRule,
    "How many of a stage's approvers have to approve.",
    ALL="Every one of them.",
    ANY="One of them.",
    AT_LEAST="As many as the stage says.",
)
described(
    NotificationKind,
    "What somebody is told.",
    STEP_WAITING="An approval waits for your decision.",
    STEP_WAITING_AGAIN="The content has changed, and waits for your decision once more.",
    STEP_TAKEN_OVER="A step that waited for you was given to somebody else.",
    STEP_DUE="A reminder that an approval still waits for you.",
    STEP_ESCALATED="An approval is overdue, and it is up to you now.",
    STEP_OVERDUE="An approval is overdue, and nobody is named to take it over.",
    STEP_DECIDED="An approver decided on what you submitted, and the approval goes on.",
    STEP_SKIPPED="An approver of what you submitted was passed over.",
    APPROVAL_APPROVED="What you submitted is approved.",
    APPROVAL_CHANGES_REQUESTED="Changes to what you submitted were asked for.",
    APPROVAL_REJECTED="What you submitted was rejected.",
    APPROVAL_FORCED="Something was approved in place of its approvers.",
    APPROVAL_EXPIRED="Nobody decided in time.",
    APPROVAL_WITHDRAWN="An approval that concerns you was withdrawn.",
    APPROVAL_VOIDED="An approval that concerns you no longer holds.",
    DELEGATION_PLANNED="Somebody's approvals are to go to a stand-in: yours, or to you.",
    DELEGATION_STARTED="Somebody's approvals go to a stand-in now: yours, or to you.",
    DELEGATION_ENDED="Somebody's approvals no longer go to a stand-in: yours, or to you.",
    COMMENT_ADDED="Somebody commented on your template, or on your step.",
    COMMENT_ANSWERED="Somebody answered in a discussion that you take part in.",
    INVITATION_ACCEPTED="Somebody accepted your invitation.",
    ROLE_CHANGED="You have another role in an organisation.",
    MEMBERSHIP_ENDED="You are no longer a member of an organisation.",
    WEBHOOK_DISABLED="A webhook was switched off because its endpoint is gone.",
)
described(
    EmailTiming,
    "When somebody is told by e-mail.",
    IMMEDIATE="At once, one mail a notification.",
    DIGEST="With everything else of the day, at 8 in the morning where they live.",
    OFF="Never.",
)

described(
    DeliveryStatus,
    "What became of a delivery to a webhook.",
    PENDING="It waits for its turn, or to be sent again.",
    DELIVERED="The endpoint took it.",
    DEAD="It was given up: the endpoint did not take it for a day, or is switched off.",
)
