"""Every relation and every list of the schema, one line each."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from db import approvals as approval_lists
from db import templates as template_lists
from db import visibility
from db.lists import Many
from db.models import (
    Approval,
    ApprovalStep,
    Comment,
    Invitation,
    Membership,
    Organization,
    Session,
    Template,
    TemplateVersion,
    User,
)
from db.own import OwnById, OwnBySlug
from db.shapes import First, One, Reader, Some, Wanted
from domain.approvals import StepStatus
from domain.errors import Reference


class Age(StrEnum):
    """The order of lists that can only be read newest or oldest first."""

    CREATED_AT = "CREATED_AT"


NEWEST_FIRST = (Age.CREATED_AT, True)
OLDEST_FIRST = (Age.CREATED_AT, False)

users = One(User, visibility.users)
organizations = OwnById(Organization, visibility.organizations)
memberships = One(Membership, visibility.memberships)
invitations = One(Invitation, visibility.invitations)
templates = One(Template, visibility.templates)
versions = One(TemplateVersion, visibility.versions)
comments = One(Comment, visibility.comments)
approvals = One(Approval, visibility.approvals)
steps = One(ApprovalStep, visibility.steps)

organizations_by_slug = OwnBySlug(Organization, Organization.slug, visibility.organizations)
steps_of_approval = Some(
    ApprovalStep, ApprovalStep.approval_id, ApprovalStep.position, visibility.steps
)
waiting_step = First(
    ApprovalStep,
    ApprovalStep.approval_id,
    visibility.steps,
    ApprovalStep.status == StepStatus.WAITING,
)
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
comments_of_subject = Many(
    Comment,
    Comment.subject_id,
    visibility.comments,
    {Age.CREATED_AT: Comment.created_at},
    NEWEST_FIRST,
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

BY_ENTITY: dict[str, One[Any]] = {
    "User": users,
    "Organization": organizations,
    "Membership": memberships,
    "Invitation": invitations,
    "Template": templates,
    "TemplateVersion": versions,
    "Comment": comments,
    "ApprovalWorkflow": approvals,
    "ApprovalStep": steps,
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

ENTITY_OF_MODEL: dict[type[Any], str] = {
    **{source.model: name for name, source in BY_ENTITY.items()},
    Session: "Session",
}
