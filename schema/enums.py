"""Every enumeration of the domain, described for clients."""

from db.filters import Direction
from db.templates import TemplateOrderField
from domain.accounts import UserStatus
from domain.approvals import ApprovalStatus, StepStatus, Verdict
from domain.content import BodyKind
from domain.events import EventKind
from domain.permissions import Permission, PlatformRole, Role
from domain.templates import TemplateStatus
from domain.variables import VariableType
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
    UserStatus,
    "Whether an account can be used.",
    ACTIVE="It can sign in.",
    SUSPENDED="It cannot sign in.",
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
    Permission,
    "What a role can allow.",
    ORGANIZATION_READ="See the organisation and its members.",
    ORGANIZATION_UPDATE="Change the organisation's name and settings.",
    MEMBER_INVITE="Invite people, to roles that grant no more than one's own.",
    MEMBER_MANAGE="Change roles and end memberships.",
    TEMPLATE_READ="See templates, their versions, comments and approvals.",
    TEMPLATE_WRITE="Create, change and duplicate templates.",
    TEMPLATE_ARCHIVE="Archive templates.",
    COMMENT_WRITE="Comment, and edit and delete one's own comments.",
    COMMENT_MODERATE="Delete anybody's comments.",
    APPROVAL_SUBMIT="Submit templates for approval, and withdraw one's own submissions.",
    APPROVAL_DECIDE="Be an approver, and decide one's own steps.",
    APPROVAL_MANAGE="Withdraw anybody's submissions.",
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
    IN_PROGRESS="A step waits for its approver.",
    APPROVED="Every required step approved this content.",
    CHANGES_REQUESTED="A required step asked for changes.",
    REJECTED="A required step rejected the content.",
    WITHDRAWN="It was taken back.",
    VOIDED="The content was changed, or an approver it needs is gone.",
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
    EventKind,
    "What happened.",
    USER_REGISTERED="Somebody opened an account.",
    PLATFORM_ROLE_CHANGED="Somebody got another role on the platform.",
    SESSION_STARTED="Somebody signed in.",
    SESSION_ENDED="Somebody signed out.",
    SESSION_REUSED="A used refresh token came back; its session was ended.",
    ORGANIZATION_CREATED="An organisation was founded.",
    ORGANIZATION_UPDATED="An organisation's name or settings were changed.",
    MEMBER_INVITED="Somebody was invited.",
    MEMBER_JOINED="Somebody became a member.",
    MEMBER_ROLE_CHANGED="A member got another role.",
    MEMBER_REMOVED="A membership ended.",
    TEMPLATE_CREATED="A template was created.",
    TEMPLATE_UPDATED="A template's details or content were changed.",
    TEMPLATE_ARCHIVED="A template was archived.",
    COMMENT_ADDED="Somebody commented.",
    COMMENT_EDITED="A comment was edited.",
    COMMENT_DELETED="A comment was deleted.",
    APPROVAL_SUBMITTED="Content was submitted for approval.",
    STEP_DECIDED="An approver decided a step.",
    STEP_SKIPPED="A step was passed over because its approver can no longer decide.",
    APPROVAL_WITHDRAWN="An approval was withdrawn.",
    APPROVAL_VOIDED="An approval was voided.",
)
