"""What is known of a person, section by section, and what of it is not handed out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from db import visibility
from db.models import (
    AccessToken,
    Approval,
    ApprovalStep,
    ChecklistItem,
    Comment,
    Confirmation,
    Delegation,
    Event,
    Invitation,
    Membership,
    Notification,
    Session,
    Snippet,
    TeamMember,
    Template,
    TemplateVersion,
    TwoFactor,
    User,
    Webhook,
    WorkflowTemplate,
)
from db.visibility import Visible, seen_by
from domain.actor import Actor


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that have to do with a person, whose id is in one of the columns `whose`, or whose
    address is in `address`; of them, the columns that `shown` names.

    `visible` narrows what belongs to organisations to what the person may see of it today.
    """

    name: str
    model: Any
    whose: tuple[str, ...]
    shown: str
    address: str | None = None
    visible: Visible | None = None
    at_once: int = 500

    def of(self, user: User) -> ColumnElement[bool]:
        same = [getattr(self.model, name) == user.id for name in self.whose]
        if self.address is not None:
            address = getattr(self.model, self.address)
            same.append(func.lower(address) == func.lower(user.email))
        return or_(*same) & (true() if self.visible is None else self.visible)


ACCOUNT: Final = (
    "id email email_verified first_name last_name bio locale timezone avatar theme"
    " notification_preferences status platform_role created_at updated_at last_login_at"
)
SECTIONS: Final = (
    Section(
        "sessions",
        Session,
        ("user_id",),
        "created_at last_seen_at expires_at revoked_at user_agent ip",
    ),
    Section(
        "accessTokens",
        AccessToken,
        ("user_id",),
        "name scopes organization_id created_at expires_at last_used_at revoked_at",
    ),
    Section(
        "twoFactor",
        TwoFactor,
        ("user_id",),
        "created_at confirmed_at",
    ),
    Section(
        "confirmations",
        Confirmation,
        ("user_id",),
        "purpose email created_at expires_at",
        address="email",
    ),
    Section(
        "memberships",
        Membership,
        ("user_id",),
        "id organization_id role custom_name created_at left_at",
    ),
    Section(
        "teams",
        TeamMember,
        ("user_id",),
        "team_id organization_id created_at",
    ),
    Section(
        "invitations",
        Invitation,
        ("inviter_id",),
        "id organization_id inviter_id email role custom_name created_at expires_at "
        "accepted_at revoked_at",
        address="email",
    ),
    Section(
        "templates",
        Template,
        ("author_id",),
        "id organization_id name description category tags status details created_at updated_at",
        visible=visibility.templates,
    ),
    Section(
        "templateVersions",
        TemplateVersion,
        ("author_id",),
        "id template_id number kind subject body text variables locales created_at",
        visible=visibility.versions,
        at_once=10,
    ),
    Section(
        "snippets",
        Snippet,
        ("author_id",),
        "id organization_id name body created_at updated_at",
        visible=visibility.snippets,
        at_once=50,
    ),
    Section(
        "workflows",
        WorkflowTemplate,
        ("creator_id",),
        "id organization_id name description created_at archived_at",
        visible=visibility.workflows,
    ),
    Section(
        "webhooks",
        Webhook,
        ("creator_id",),
        "id organization_id description created_at",
        visible=visibility.webhooks,
    ),
    Section(
        "comments",
        Comment,
        ("author_id",),
        "id organization_id subject subject_id parent_id body created_at updated_at "
        "resolved_at deleted_at",
    ),
    Section(
        "approvals",
        Approval,
        ("submitter_id",),
        "id organization_id template_id status created_at finished_at",
    ),
    Section(
        "decisions",
        ApprovalStep,
        ("approver_id",),
        "id organization_id approval_id status comment created_at decided_at due_at",
    ),
    Section(
        "checklistItems",
        ChecklistItem,
        ("done_by_id",),
        "id organization_id approval_id text done_at",
    ),
    Section(
        "delegations",
        Delegation,
        ("approver_id", "stand_in_id", "creator_id"),
        "id organization_id approver_id stand_in_id creator_id reason begins_at ends_at",
    ),
    Section(
        "notifications",
        Notification,
        ("user_id",),
        "id organization_id kind facts created_at read_at",
    ),
    Section(
        "events",
        Event,
        ("actor_id",),
        "kind entity entity_id organization_id actor_id occurred_at ip",
    ),
)

LEFT_OUT: Final = {
    "events.impersonator_id": "what was done in somebody else's place; that it began is there",
    "sessions.impersonator_id": "somebody else's session; that it began is among the events",
    "approvals.forced_by_id": "that it was forced is among the events",
    "approval_stages.escalate_to_id": "an organisation's plan for what nobody decides in time",
    "approval_steps.delegated_from_id": "the delegation that did it is told",
    "comments.resolver_id": "that it was resolved is among the events",
}
"""Columns that name people, and why what they say is in no section."""


async def account(session: AsyncSession, user: UUID) -> dict[str, Any]:
    """What the account itself says."""
    statement = select(*_columns(User, ACCOUNT)).where(User.id == user)
    return dict((await session.execute(statement)).mappings().one())


async def entries(
    session: AsyncSession, section: Section, user: User, actor: Actor
) -> AsyncIterator[Sequence[dict[str, Any]]]:
    """The rows of a section, the newest first, some at a time; `row` is the id of each."""
    id, before = section.model.id, true()
    while True:
        statement = (
            select(id.label("row"), *_columns(section.model, section.shown))
            .where(section.of(user), before)
            .order_by(id.desc())
            .limit(section.at_once)
        )
        rows = (await session.execute(statement, seen_by(actor))).mappings().all()
        yield [dict(row) for row in rows]
        if len(rows) < section.at_once:
            return
        before = id < rows[-1]["row"]


def _columns(model: Any, shown: str) -> list[Any]:
    return [getattr(model, name).label(name) for name in shown.split()]
