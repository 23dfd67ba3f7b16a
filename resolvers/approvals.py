"""Approvals: submitting content, deciding steps, taking it back."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db import approvals, loaders, organizations, templates
from db.models import Approval, ApprovalStep, Organization, Template, TemplateVersion, new_id, now
from domain import approvals as rules
from domain.approvals import ApprovalStatus, StepStatus, Verdict
from domain.errors import refuse
from domain.events import APPROVAL_EVENTS, Event, EventKind
from domain.ids import ApprovalId, OrganizationId, StepId, TemplateId, UserId
from domain.permissions import Permission
from domain.templates import STATUS_AFTER, check_submittable
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.live import follow
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class StepRequest:
    """Who is to decide, and whether the approval depends on it."""

    approver: Annotated[UserId, "A member who may decide approvals, and not an author."]
    required: Annotated[
        bool,
        "Whether the approval depends on this step. An optional step gives its approver a turn,"
        " but holds nobody up: it is SKIPPED when the next approver decides first.",
    ] = True


@dataclass(frozen=True, slots=True)
class SubmitForApproval:
    """What to submit, and who decides in which order."""

    template: Annotated[TemplateId, "The template; its current version is what gets approved."]
    steps: Annotated[tuple[StepRequest, ...], "1 to 20 steps in the order in which they decide."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DecideStep:
    """A verdict on the step that waits for you."""

    step: Annotated[StepId, "The step."]
    verdict: Annotated[Verdict, "What you decide."]
    comment: Annotated[
        str | None, "What you say with it; needed unless you approve. Up to 10,000 characters."
    ] = None
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class WithdrawApproval:
    """What to take back."""

    approval: Annotated[ApprovalId, "The approval."]
    if_version: IfVersion = None


async def submit(ctx: Context, input: SubmitForApproval) -> Approval:
    """Ask for approval of a template's current version. The approval is of exactly these bytes:
    new content voids it.
    """
    async with ctx.transaction() as work:
        seen = await work.find(loaders.templates, input.template, at="template")
        # Before the template, as whoever changes members does: nobody named here leaves meanwhile.
        organization = await organizations.hold(work.session, seen.organization_id)
        template = await work.lock(
            loaders.templates, input.template, at="template", if_version=input.if_version
        )
        check_submittable(TemplateId(template.id), template.status)
        version = await templates.version(work.session, template.current_version_id)
        await _check_approvers(
            work, organization, {template.author_id, version.author_id}, input.steps
        )
        approval = _opened(work, template, version)
        steps = [_step(approval, n, each) for n, each in enumerate(input.steps, 1)]
        approvals.apply(approval, steps, rules.begin(approvals.facts(approval, steps)))
        work.session.add(approval)
        await work.session.flush()
        work.session.add_all(steps)
        template.approval_id = approval.id
        template.status = STATUS_AFTER[approval.status]
        _record(work, EventKind.APPROVAL_SUBMITTED, approval, None)
    return approval


async def decide(ctx: Context, input: DecideStep) -> ApprovalStep:
    """Record your verdict on the step that waits for you. Steps decide in their order; the first
    required step that asks for changes or rejects ends the approval, and when every required
    step has approved, the template is APPROVED.
    """
    refuse(list(rules.check_comment(input.comment, input.verdict)))
    async with ctx.transaction() as work:
        seen = await work.find(loaders.steps, input.step, at="step")
        approval, steps = await _lock(work, seen.approval_id)
        step = await work.lock(loaders.steps, input.step, at="step", if_version=input.if_version)
        facts = approvals.facts(approval, steps)
        decided = rules.decide(facts, StepId(step.id), input.verdict, input.comment, work.by, now())
        await _check_still_allowed(work, approval)
        before = await _settle(work, approval, steps, decided)
        facts_of_step = {"position": step.position, "verdict": input.verdict.value}
        _record(work, EventKind.STEP_DECIDED, approval, before, **facts_of_step)
    return step


async def withdraw(ctx: Context, input: WithdrawApproval) -> Approval:
    """Take an approval back while it is in progress: for who submitted it, and for managers of
    approvals. The template is a DRAFT again.
    """
    async with ctx.transaction() as work:
        seen = await work.find(loaders.approvals, input.approval, at="approval")
        approval, steps = await _lock(work, seen.id)
        await work.lock(loaders.approvals, seen.id, at="approval", if_version=input.if_version)
        manages = work.may(Permission.APPROVAL_MANAGE, approval)
        withdrawn = rules.withdraw(approvals.facts(approval, steps), work.by, manages=manages)
        before = await _settle(work, approval, steps, withdrawn)
        _record(work, EventKind.APPROVAL_WITHDRAWN, approval, before)
    return approval


async def approval_changed(
    ctx: Context, organization: Annotated[OrganizationId, "The organisation to follow."]
) -> AsyncIterator[Event]:
    """Every change of an approval in an organisation, as it happens and in order."""
    return await follow(ctx, organization, lambda event: event.kind in APPROVAL_EVENTS)


async def void_standing(work: Work, template: Template) -> Approval | None:
    """Void the approval that the template has or is getting: its content is no longer that."""
    if template.approval_id is None:
        return None
    approval = await approvals.lock(work.session, template.approval_id)
    if approval.status not in rules.STANDING:
        return None
    steps = await approvals.steps(work.session, approval)
    before = await _settle(work, approval, steps, rules.void(approvals.facts(approval, steps)))
    _record(work, EventKind.APPROVAL_VOIDED, approval, before)
    return approval


async def release_approver(work: Work, organization: UUID, user: UUID) -> None:
    """Take a person who can no longer decide out of every approval that waits for them."""
    for id in await approvals.open_for(work.session, organization, user):
        approval, steps = await _lock(work, id)
        released = rules.without_approver(approvals.facts(approval, steps), UserId(user))
        before = await _settle(work, approval, steps, released)
        voided = approval.status is ApprovalStatus.VOIDED
        kind = EventKind.APPROVAL_VOIDED if voided else EventKind.STEP_SKIPPED
        _record(work, kind, approval, before)


async def _lock(work: Work, id: UUID) -> tuple[Approval, Sequence[ApprovalStep]]:
    """An approval and its steps, with the template held first, as everybody does."""
    await templates.lock_of_approval(work.session, id)
    approval = await approvals.lock(work.session, id)
    return approval, await approvals.steps(work.session, approval)


async def _settle(
    work: Work, approval: Approval, steps: Sequence[ApprovalStep], decided: rules.Approval
) -> ApprovalStatus:
    """Write what was decided, and what it means for the template; the status that was before."""
    before = approval.status
    approvals.apply(approval, steps, decided)
    template = await templates.by_id(work.session, approval.template_id)
    if template.approval_id == approval.id and template.status in STATUS_AFTER.values():
        template.status = STATUS_AFTER[approval.status]
    return before


async def _check_approvers(
    work: Work, organization: Organization, authors: set[UUID], steps: Sequence[StepRequest]
) -> None:
    able = await organizations.who_may(
        work.session,
        organization.id,
        Permission.APPROVAL_DECIDE,
        [step.approver for step in steps[: rules.MOST_STEPS]],
    )
    candidates = [
        rules.Candidate(step.approver, step.approver in able, step.approver in authors)
        for step in steps
    ]
    required = [step.required for step in steps]
    allowed = organization.authors_may_approve
    refuse(list(rules.check_steps(candidates, required, authors_may_approve=allowed)))


async def _check_still_allowed(work: Work, approval: Approval) -> None:
    """The organisation may have changed its mind on authors since the approval was submitted."""
    organization = await organizations.by_id(work.session, approval.organization_id)
    template = await templates.by_id(work.session, approval.template_id)
    version = await templates.version(work.session, approval.version_id)
    rules.check_author(
        work.by,
        {UserId(template.author_id), UserId(version.author_id)},
        authors_may_approve=organization.authors_may_approve,
    )


def _opened(work: Work, template: Template, version: TemplateVersion) -> Approval:
    return Approval(
        id=new_id(),
        organization_id=template.organization_id,
        template_id=template.id,
        version_id=version.id,
        content_hash=version.content_hash,
        submitter_id=work.by,
        status=ApprovalStatus.IN_PROGRESS,
    )


def _step(approval: Approval, position: int, request: StepRequest) -> ApprovalStep:
    return ApprovalStep(
        id=new_id(),
        organization_id=approval.organization_id,
        approval_id=approval.id,
        position=position,
        approver_id=request.approver,
        required=request.required,
        status=StepStatus.PENDING,
    )


def _record(
    work: Work, kind: EventKind, approval: Approval, before: ApprovalStatus | None, **facts: object
) -> None:
    work.record(
        kind,
        approval,
        subject=approval.template_id,
        before=None if before is None else {"status": before.value},
        after={"status": approval.status.value, **facts},
    )
