"""Everything that evidence of an approval is made of, as it is kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import approvals
from db.models import (
    NOBODYS,
    Approval,
    ApprovalStage,
    ApprovalStep,
    Event,
    EventPosition,
    Organization,
    Session,
    Template,
    TemplateVersion,
    User,
)
from db.verification import FACTS


@dataclass(frozen=True, slots=True)
class Subject:
    """What was approved, and where."""

    approval: Approval
    version: TemplateVersion
    template: Template
    organization: Organization
    stages: Sequence[ApprovalStage]
    steps: Sequence[ApprovalStep]


async def subject(session: AsyncSession, approval: UUID) -> Subject:
    """The rows around an approval that is known to exist."""
    statement = (
        select(Approval, TemplateVersion, Template, Organization)
        .join(TemplateVersion, TemplateVersion.id == Approval.version_id)
        .join(Template, Template.id == Approval.template_id)
        .join(Organization, Organization.id == Approval.organization_id)
        .where(Approval.id == approval)
    )
    row, version, template, organization = (await session.execute(statement)).one()
    stages = await approvals.stages(session, row)
    steps = await approvals.steps(session, row)
    return Subject(row, version, template, organization, stages, steps)


async def recorded(session: AsyncSession, approval: UUID) -> Sequence[Row[Any]]:
    """The approval's events in their order, each with its place and the hash before it; without
    a position where it has none yet.
    """
    before = aliased(EventPosition)
    order = EventPosition.organization_id
    statement = (
        select(
            EventPosition.position,
            EventPosition.hash,
            before.hash.label("previous"),
            *FACTS,
        )
        .select_from(Event)
        .outerjoin(EventPosition, EventPosition.event_id == Event.id)
        .outerjoin(
            before,
            and_(
                before.organization_id == order,
                before.position == EventPosition.position - 1,
            ),
        )
        .where(Event.entity_id == approval, Event.organization_id != NOBODYS)
        .order_by(EventPosition.position.nulls_last(), Event.id)
    )
    return (await session.execute(statement)).all()


async def people(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, User]:
    found = await session.scalars(select(User).where(User.id.in_(ids)))
    return {each.id: each for each in found}


async def devices(session: AsyncSession, ids: Collection[UUID]) -> Mapping[UUID, Session]:
    found = await session.scalars(select(Session).where(Session.id.in_(ids)))
    return {each.id: each for each in found}
