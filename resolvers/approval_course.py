"""How a change of an approval is carried out: everything held, written, planned and recorded."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from db import approval_facts, approvals, organizations, templates
from db.clock import clock
from db.models import Approval, ApprovalStage, ApprovalStep, Template, TemplateVersion
from domain import approvals as rules
from domain.approval_course import asked
from domain.approval_moves import with_stand_ins
from domain.approvers import Candidates, replacement, usable
from domain.events import EventKind
from domain.ids import StepId, UserId
from domain.permissions import Permission
from domain.templates import STATUS_AFTER
from resolvers import approval_plans
from resolvers.stand_ins import stand_ins
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class Locked:
    """An approval with all that is of it, held until the end; `now` is by the database's clock."""

    template: Template
    version: TemplateVersion
    approval: Approval
    stages: Sequence[ApprovalStage]
    steps: Sequence[ApprovalStep]
    facts: rules.Approval
    now: datetime


async def lock(work: Work, organization: UUID, id: UUID) -> Locked:
    """The approval, held as everybody does: the organisation, the template, then it.

    While the organisation is held nobody whom the approval comes to wait for can leave.
    """
    await organizations.hold(work.session, organization)
    return await lock_of(work, await templates.lock_of_approval(work.session, id), id)


async def lock_of(work: Work, template: Template, id: UUID) -> Locked:
    """As `lock`, of a template that is held already."""
    approval = await approvals.lock(work.session, id)
    version = await templates.version(work.session, approval.version_id)
    stages = await approvals.stages(work.session, approval)
    steps = await approvals.steps(work.session, approval)
    facts = approval_facts.facts(approval, stages, steps, approval_facts.pin(version))
    now = await clock(work.session)
    return Locked(template, version, approval, stages, steps, facts, now)


async def go_on(
    work: Work, held: Locked, after: rules.Approval, kind: EventKind, **told: Any
) -> None:
    """Write what the rules made of the approval, what it means for the template, and the event."""
    await _carry_out(work, held, held.facts, after, kind, told)


async def begin(work: Work, held: Locked, after: rules.Approval, **told: Any) -> None:
    """As `go_on`, of an approval that has only just been made."""
    await _carry_out(work, held, None, after, EventKind.APPROVAL_SUBMITTED, told)


def authors(template: Template, version: TemplateVersion) -> set[UserId]:
    """Who wrote what is approved."""
    return {UserId(template.author_id), UserId(version.author_id)}


async def candidates(
    work: Work, template: Template, version: TemplateVersion, users: Collection[UUID]
) -> Candidates:
    """What decides whether these people may approve a version of the template."""
    organization = await organizations.by_id(work.session, template.organization_id)
    able = await organizations.who_may(
        work.session, organization.id, Permission.APPROVAL_DECIDE, list(users)
    )
    return Candidates(
        able={UserId(user) for user in able},
        authors=authors(template, version),
        authors_may_approve=organization.authors_may_approve,
    )


async def replacements(
    work: Work, held: Locked, facts: rules.Approval, version: TemplateVersion, gone: set[UserId]
) -> dict[StepId, UserId]:
    """Who takes over the open steps of people who are gone: whom they stood in for, or else who
    stands in for them now, or else whom their stage escalates to.
    """
    organization = held.approval.organization_id
    others = await stand_ins(work, organization, sorted(gone), held.now)
    options = {
        step.id: (stage, step, (step.delegated_from, others.get(step.approver), stage.escalate_to))
        for stage in facts.stages
        for step in stage.steps
        if step.is_open and step.approver in gone
    }
    named = {user for _, _, users in options.values() for user in users if user} - gone
    known = await candidates(work, held.template, version, named)
    found = {id: replacement(*option, known) for id, option in options.items()}
    return {id: user for id, user in found.items() if user is not None}


async def _carry_out(
    work: Work,
    held: Locked,
    before: rules.Approval | None,
    after: rules.Approval,
    kind: EventKind,
    told: Mapping[str, Any],
) -> None:
    after = await _with_stand_ins(work, held, before, after)
    approval_facts.apply(held.approval, held.stages, held.steps, after, held.now)
    approval_plans.plan(work, before, after)
    if held.template.approval_id == held.approval.id:
        held.template.status = STATUS_AFTER[after.status]
    _record(work, kind, held.approval, before, after, told)


def _record(
    work: Work,
    kind: EventKind,
    approval: Approval,
    before: rules.Approval | None,
    after: rules.Approval,
    told: Mapping[str, Any],
) -> None:
    """What happened, so that the whole story can be told from events alone.

    `waiting` are the people that it waits for, and `asked` those who are asked by this.
    """
    now_asked = [
        {**of_step(stage, step), "approver": str(step.approver)}
        for stage, step in asked(before, after)
    ]
    work.record(
        kind,
        approval,
        subject=approval.template_id,
        before=None if before is None else _state(before),
        after={
            **_state(after),
            "contentHash": after.pin.content_hash,
            "asked": now_asked,
            **told,
        },
    )


def _state(approval: rules.Approval) -> dict[str, Any]:
    return {"status": approval.status.value, "waiting": _waiting(approval)}


def _waiting(approval: rules.Approval) -> list[str]:
    waits = rules.StepStatus.WAITING
    return [str(step.approver) for step in approval.steps if step.status is waits]


def of_step(stage: rules.Stage, step: rules.Step) -> dict[str, Any]:
    """A step, as events tell of it."""
    behalf = None if step.delegated_from is None else str(step.delegated_from)
    return {
        "step": str(step.id),
        "position": step.position,
        "stage": str(stage.id),
        "onBehalfOf": behalf,
    }


async def _with_stand_ins(
    work: Work, held: Locked, before: rules.Approval | None, after: rules.Approval
) -> rules.Approval:
    """Whoever is asked now and away is asked through who stands in for them."""
    users = {step.delegated_from or step.approver for _, step in asked(before, after)}
    if not users:
        return after
    organization = held.approval.organization_id
    found = await stand_ins(work, organization, sorted(users), held.now)
    if not found:
        return after
    version = await templates.version(work.session, after.pin.version)
    known = await candidates(work, held.template, version, found.values())
    return with_stand_ins(after, usable(found, known))
