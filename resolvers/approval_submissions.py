"""Asking for approval of a template's current content."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from db import approval_facts, loaders, organizations, templates
from db.clock import clock
from db.models import Approval, ApprovalStage, ApprovalStep, Template, TemplateVersion, new_id
from domain.approval_course import begin as begun
from domain.approvals import ApprovalStatus, StageStatus, StepStatus
from domain.approvers import Candidates, check_expiry, check_stages, check_steps, covered
from domain.content import ContentPart
from domain.errors import Problem, refuse
from domain.ids import TemplateId, UserId, WorkflowId
from domain.stages import StageRequest
from domain.templates import check_submittable
from resolvers.approval_course import Locked, authors, begin, candidates
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work
from resolvers.workflows import default_of, stages_of


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
    """What to submit, and who decides in which order: give `steps`, `stages` or a `workflow`."""

    template: Annotated[TemplateId, "The template; its current version is what gets approved."]
    steps: Annotated[
        tuple[StepRequest, ...],
        "1 to 20 steps in the order in which they decide, each a stage of its own.",
    ] = ()
    stages: Annotated[
        tuple[StageRequest, ...],
        "1 to 20 stages in the order in which they decide; together, the required ones cover every"
        " part of the content.",
    ] = ()
    workflow: Annotated[
        WorkflowId | None,
        "The workflow whose stages to take; where nothing is given, the organisation's default.",
    ] = None
    expires_in_hours: Annotated[
        int | None, "Hours after which it expires unless it has ended; up to 8,760."
    ] = None
    if_version: IfVersion = None


async def submit(ctx: Context, input: SubmitForApproval) -> Approval:
    """Ask for approval of a template's current version. The approval is of exactly these bytes:
    new content voids exactly the stages that cover what changed, and asks their approvers again.
    """
    refuse([*_check_choice(input), *check_expiry(input.expires_in_hours)])
    async with ctx.transaction() as work:
        seen = await work.find(loaders.templates, input.template, at="template")
        # Before the template, as whoever changes members does: nobody named here leaves meanwhile.
        await organizations.hold(work.session, seen.organization_id)
        template = await work.lock(
            loaders.templates, input.template, at="template", if_version=input.if_version
        )
        check_submittable(TemplateId(template.id), template.status)
        version = await templates.version(work.session, template.current_version_id)
        stages = await _checked(work, template, version, input)
        held = await _made(work, template, version, input, stages)
        await work.session.flush()
        work.session.add_all(held.steps)
        await begin(work, held, begun(held.facts, held.now), **_told(held, input))
    return held.approval


def _check_choice(input: SubmitForApproval) -> list[Problem]:
    given = [
        name
        for name, value in (
            ("steps", input.steps),
            ("stages", input.stages),
            ("workflow", input.workflow),
        )
        if value
    ]
    text = "Give steps, stages or a workflow: one of them."
    return [Problem((name,), text) for name in given[1:]]


async def _checked(
    work: Work, template: Template, version: TemplateVersion, input: SubmitForApproval
) -> Sequence[StageRequest]:
    """The stages that are asked for; raises `Invalid`."""
    workflow = input.workflow
    if not (input.steps or input.stages or workflow):
        workflow = await default_of(work, template.organization_id)
    if workflow is not None:
        return await _of_workflow(work, template, version, workflow)
    stages = input.stages or tuple(map(_of_step, input.steps))
    known = await _candidates(work, template, version, stages)
    if input.stages:
        refuse(list(check_stages(stages, known)))
    else:
        required = [step.required for step in input.steps]
        refuse(list(check_steps([step.approver for step in input.steps], required, known)))
    return stages


async def _of_workflow(
    work: Work, template: Template, version: TemplateVersion, workflow: WorkflowId
) -> Sequence[StageRequest]:
    organization = await organizations.by_id(work.session, template.organization_id)
    without = set() if organization.authors_may_approve else authors(template, version)
    stages = await stages_of(work, organization.id, workflow, without=without)
    known = await _candidates(work, template, version, stages)
    problems = check_stages(stages, known)
    refuse([Problem(("workflow",), each.message) for each in problems])
    return stages


async def _candidates(
    work: Work, template: Template, version: TemplateVersion, stages: Sequence[StageRequest]
) -> Candidates:
    """What decides whether those whom the stages name may approve."""
    users = {each for stage in stages for each in (*stage.approvers, stage.escalate_to) if each}
    return await candidates(work, template, version, users)


def _of_step(step: StepRequest) -> StageRequest:
    return StageRequest(name="", approvers=(step.approver,), required=step.required)


async def _made(
    work: Work,
    template: Template,
    version: TemplateVersion,
    input: SubmitForApproval,
    requests: Sequence[StageRequest],
) -> Locked:
    """The rows of a new approval, which becomes the template's; its steps are still to be added."""
    now = await clock(work.session)
    approval = _approval(work, template, version, input)
    stages = [_stage(approval, n, each) for n, each in enumerate(requests, 1)]
    pairs = [
        (stage, user)
        for stage, request in zip(stages, requests, strict=True)
        for user in request.approvers
    ]
    steps = [_step(stage, n, user) for n, (stage, user) in enumerate(pairs, 1)]
    facts = approval_facts.facts(approval, stages, steps, approval_facts.pin(version))
    template.approval_id = approval.id
    work.session.add(approval)
    await work.session.flush()
    work.session.add_all(stages)
    return Locked(template, version, approval, stages, steps, facts, now)


def _approval(
    work: Work, template: Template, version: TemplateVersion, input: SubmitForApproval
) -> Approval:
    return Approval(
        id=new_id(),
        organization_id=template.organization_id,
        template_id=template.id,
        version_id=version.id,
        previous_id=template.approval_id,
        content_hash=version.content_hash,
        submitter_id=work.by,
        status=ApprovalStatus.IN_PROGRESS,
        expires_in_hours=input.expires_in_hours,
    )


def _stage(approval: Approval, position: int, request: StageRequest) -> ApprovalStage:
    parts = covered(request)
    return ApprovalStage(
        id=new_id(),
        organization_id=approval.organization_id,
        approval_id=approval.id,
        position=position,
        name=request.name.strip() or None,
        rule=request.rule,
        at_least=request.at_least,
        required=request.required,
        status=StageStatus.PENDING,
        covers=[part.value for part in ContentPart if part in parts],
        due_in_hours=request.due_in_hours,
        remind_after_hours=request.remind_after_hours,
        escalate_to_id=request.escalate_to,
    )


def _step(stage: ApprovalStage, position: int, approver: UserId) -> ApprovalStep:
    return ApprovalStep(
        id=new_id(),
        organization_id=stage.organization_id,
        approval_id=stage.approval_id,
        stage_id=stage.id,
        position=position,
        approver_id=approver,
        required=stage.required,
        status=StepStatus.PENDING,
    )


def _told(held: Locked, input: SubmitForApproval) -> dict[str, object]:
    """What is approved, and by whom."""
    stages = [
        {
            "stage": str(stage.id),
            "name": row.name,
            "rule": stage.rule.value,
            "required": stage.required,
            "covers": row.covers,
            "approvers": [str(step.approver) for step in stage.steps],
        }
        for row, stage in zip(held.stages, held.facts.stages, strict=True)
    ]
    workflow = None if input.workflow is None else str(input.workflow)
    return {"versionNumber": held.version.number, "stages": stages, "workflow": workflow}
