"""Every relation of the schema, one line each; lists that can grow are in `db/listings.py`."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from db import approvals as approval_lists
from db import notifications as notification_lists
from db import visibility
from db.models import (
    AccessToken,
    Approval,
    ApprovalStage,
    ApprovalStep,
    AuditEntry,
    ChecklistItem,
    Comment,
    CustomRole,
    Delegation,
    Invitation,
    Membership,
    Notification,
    Organization,
    Session,
    Snippet,
    Team,
    Template,
    TemplateVersion,
    TwoFactor,
    User,
    Webhook,
    WebhookDelivery,
    WorkflowTemplate,
)
from db.own import OwnById, OwnBySlug
from db.shapes import Each, First, One, Reader, Some, Wanted
from db.versions import VersionBefore
from domain import audit
from domain import history as telling
from domain.approvals import StageStatus
from domain.errors import Reference

users = One(User, visibility.users)
impersonators = One(User, visibility.impersonators)
organizations = OwnById(Organization, visibility.organizations)
memberships = One(Membership, visibility.memberships)
invitations = One(Invitation, visibility.invitations)
roles = One(CustomRole, visibility.roles)
teams = One(Team, visibility.teams)
templates = One(Template, visibility.templates)
versions = One(TemplateVersion, visibility.versions)
version_before = VersionBefore()
snippets = One(Snippet, visibility.snippets)
comments = One(Comment, visibility.comments)
approvals = One(Approval, visibility.approvals)
stages = One(ApprovalStage, visibility.stages)
steps = One(ApprovalStep, visibility.steps)
checklist_items = One(ChecklistItem, visibility.checklist_items)
webhooks = One(Webhook, visibility.webhooks)
deliveries = One(WebhookDelivery, visibility.deliveries)

organizations_by_slug = OwnBySlug(Organization, Organization.slug, visibility.organizations)
steps_of_approval = Some(
    ApprovalStep, ApprovalStep.approval_id, ApprovalStep.position, visibility.steps
)
steps_of_stage = Some(ApprovalStep, ApprovalStep.stage_id, ApprovalStep.position, visibility.steps)
stages_of_approval = Some(
    ApprovalStage, ApprovalStage.approval_id, ApprovalStage.position, visibility.stages
)
active_stage = First(
    ApprovalStage,
    ApprovalStage.approval_id,
    visibility.stages,
    ApprovalStage.status == StageStatus.ACTIVE,
)
waiting_step = First(
    ApprovalStep, ApprovalStep.approval_id, visibility.steps, approval_lists.FIRST_THAT_WAITS
)
checklist_of_approval = Some(
    ChecklistItem,
    ChecklistItem.approval_id,
    ChecklistItem.id,
    visibility.checklist_items,
)
audit_entries = One(AuditEntry, visibility.audit_entries)
sessions = One(Session, visibility.sessions)
own_sessions = One(Session, visibility.own_sessions)
access_tokens = One(AccessToken, visibility.access_tokens)
two_factor_of_user = First(TwoFactor, TwoFactor.user_id, visibility.two_factor)

workflows = One(WorkflowTemplate, visibility.workflows)
several_users = Each(users)
delegations = One(Delegation, visibility.delegations)
notifications = One(Notification, visibility.notifications)
notification_of_event = First(Notification, Notification.event_id, visibility.notifications)
unread_notifications = notification_lists.UnreadCounts()


BY_ENTITY: dict[str, One[Any]] = {
    "User": users,
    "Organization": organizations,
    "Membership": memberships,
    "Invitation": invitations,
    "CustomRole": roles,
    "Team": teams,
    "Template": templates,
    "TemplateVersion": versions,
    "Snippet": snippets,
    "Comment": comments,
    "ApprovalWorkflow": approvals,
    "ApprovalStage": stages,
    "ApprovalStep": steps,
    "ChecklistItem": checklist_items,
    "Webhook": webhooks,
    "WebhookDelivery": deliveries,
    "Notification": notifications,
    "WorkflowTemplate": workflows,
    "Delegation": delegations,
    "AuditEntry": audit_entries,
    "Session": own_sessions,
    "AccessToken": access_tokens,
}


class Anything:
    """Rows of every kind, by reference: one statement a kind, at the same time."""

    async def load(
        self,
        reader: Reader,
        keys: Sequence[Reference],
        wanted: Mapping[str, Wanted] | None = None,
    ) -> list[Any]:
        """Of a kind that `wanted` does not name, only the id is read."""
        ids: dict[str, list[UUID]] = defaultdict(list)
        for key in keys:
            if key.entity in BY_ENTITY:
                ids[key.entity].append(key.id)
        pending = [
            BY_ENTITY[entity].load(
                reader, of_kind, wanted.get(entity, ()) if wanted is not None else None
            )
            for entity, of_kind in ids.items()
        ]
        found = [await pending[0]] if len(pending) == 1 else await asyncio.gather(*pending)
        rows = {entity: iter(each) for entity, each in zip(ids, found, strict=True)}
        return [next(rows[key.entity]) if key.entity in rows else None for key in keys]


anything = Anything()


class Named:
    """Rows by keys in text; there is none for a text that `read` makes nothing of."""

    def __init__(self, source: Any, read: Callable[[str], Any]) -> None:
        self._source, self._read = source, read

    async def load(
        self, reader: Reader, keys: Sequence[str], wanted: Mapping[str, Wanted] | Wanted = None
    ) -> list[Any]:
        meant = [self._read(key) for key in keys]
        there = list(dict.fromkeys(each for each in meant if each is not None))
        rows = dict(zip(there, await self._source.load(reader, there, wanted), strict=True))
        return [rows.get(each) for each in meant]


things = Named(anything, audit.reference)
steps_named = Named(steps, telling.identity)
stages_named = Named(stages, telling.identity)
people_named = Named(users, telling.identity)

ENTITY_OF_MODEL: dict[type[Any], str] = {source.model: name for name, source in BY_ENTITY.items()}
