"""Workflows: what an organisation keeps, so that submitting needs no list of approvers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from db import loaders, organizations, workflows
from db.models import WorkflowTemplate, new_id, now
from domain import workflows as rules
from domain.errors import Invalid, NotFound, refuse
from domain.events import EventKind
from domain.ids import OrganizationId, UserId, WorkflowId
from domain.permissions import Permission
from domain.stages import StageRequest
from domain.unset import UNSET, Unset, or_else
from domain.workflows import WorkflowStage
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work

TAKEN = Invalid.at("name", message="Another workflow of the organisation has this name.")


@dataclass(frozen=True, slots=True)
class CreateWorkflow:
    """A new workflow."""

    organization: Annotated[OrganizationId, "Where it belongs."]
    name: Annotated[str, "What people call it; up to 200 characters, and no other has it."]
    stages: Annotated[tuple[WorkflowStage, ...], "1 to 20 stages in their order."]
    description: Annotated[str, "What it is for; up to 10,000 characters."] = ""
    is_default: Annotated[
        bool, "Whether submissions that say nothing else use it; of an organisation's, one does."
    ] = False


@dataclass(frozen=True, slots=True)
class UpdateWorkflow:
    """What to change; what is left out stays as it is. Approvals that were started stay too."""

    workflow: Annotated[WorkflowId, "The workflow."]
    name: Annotated[str | Unset, "What people call it."] = UNSET
    description: Annotated[str | Unset, "What it is for."] = UNSET
    stages: Annotated[tuple[WorkflowStage, ...] | Unset, "All stages in their order."] = UNSET
    is_default: Annotated[bool | Unset, "Whether submissions that say nothing else use it."] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class ArchiveWorkflow:
    """What to archive."""

    workflow: Annotated[WorkflowId, "The workflow."]
    if_version: IfVersion = None


async def create(ctx: Context, input: CreateWorkflow) -> WorkflowTemplate:
    """Keep a workflow that submissions can name."""
    refuse(list(rules.check_workflow(input.name, input.description, input.stages)))
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        await organizations.lock(work.session, place.id)
        await _check_named(work, place.id, input.stages)
        row = _made(work, place.id, input)
        if row.is_default:
            await _dethrone(work, place.id)
        async with work.unique("uq_workflow_templates_name", TAKEN):
            work.session.add(row)
        work.record(EventKind.WORKFLOW_CREATED, row, after=_summary(row))
    return row


async def update(ctx: Context, input: UpdateWorkflow) -> WorkflowTemplate:
    """Change a workflow, for what is submitted from now on."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.workflow, input.if_version)
        rules.check_usable(WorkflowId(row.id), archived=row.archived_at is not None)
        before, becomes = _summary(row), or_else(input.is_default, row.is_default)
        if becomes and not row.is_default:
            await _dethrone(work, row.organization_id)
        async with work.unique("uq_workflow_templates_name", TAKEN):
            _change(row, input)
            refuse(list(rules.check_workflow(row.name, row.description, row.stages)))
            if not isinstance(input.stages, Unset):
                await _check_named(work, row.organization_id, row.stages)
        work.record(EventKind.WORKFLOW_UPDATED, row, before=before, after=_summary(row))
    return row


async def archive(ctx: Context, input: ArchiveWorkflow) -> WorkflowTemplate:
    """Let nothing more be submitted with a workflow. Its name is free for another, and it is no
    longer the default; approvals that were started go on.
    """
    async with ctx.transaction() as work:
        row = await _lock(work, input.workflow, input.if_version)
        rules.check_usable(WorkflowId(row.id), archived=row.archived_at is not None)
        before = _summary(row)
        row.archived_at, row.is_default = now(), False
        work.record(EventKind.WORKFLOW_ARCHIVED, row, before=before, after=_summary(row))
    return row


async def stages_of(
    work: Work,
    organization_id: UUID,
    workflow_id: UUID,
    *,
    without: Collection[UserId] = (),
) -> tuple[StageRequest, ...]:
    """The stages of a workflow with the approvers that they have now.

    `without` are people who are not taken for having a role, such as authors. Raises `NotFound`,
    `Conflict` for an archived one, and `Invalid` naming each stage that cannot be staffed.
    """
    row = await work.find(loaders.workflows, workflow_id, at="workflow")
    if row.organization_id != organization_id:
        raise NotFound("There is no such WorkflowTemplate.", ("workflow",))
    rules.check_usable(WorkflowId(row.id), archived=row.archived_at is not None)
    people = await _people(work, organization_id, row.stages)
    return rules.requests(row.stages, people, without)


async def default_of(work: Work, organization_id: UUID) -> WorkflowId | None:
    """The workflow of submissions that name neither steps, nor stages, nor a workflow."""
    row = await workflows.default(work.session, organization_id)
    return None if row is None else WorkflowId(row.id)


async def _lock(work: Work, id: WorkflowId, if_version: int | None) -> WorkflowTemplate:
    """The workflow, with its organisation held first: workflows change one at a time."""
    seen = await work.find(loaders.workflows, id, at="workflow")
    await organizations.lock(work.session, seen.organization_id)
    return await work.lock(loaders.workflows, id, at="workflow", if_version=if_version)


async def _dethrone(work: Work, organization_id: UUID) -> None:
    """Let no workflow be the default, so that another can be."""
    row = await workflows.default(work.session, organization_id)
    if row is not None:
        row.is_default = False
        await work.session.flush()
        change = {"isDefault": True}, {"isDefault": False}
        work.record(EventKind.WORKFLOW_UPDATED, row, before=change[0], after=change[1])


async def _check_named(work: Work, organization_id: UUID, stages: Sequence[WorkflowStage]) -> None:
    able = await _able(work, organization_id, rules.named(stages))
    refuse(list(rules.check_named(stages, able)))


async def _people(
    work: Work, organization_id: UUID, stages: Sequence[WorkflowStage]
) -> rules.People:
    roles = {stage.role for stage in stages if stage.role is not None}
    holders = await workflows.holders(work.session, organization_id, roles)
    named = rules.named(stages)
    users = {*named, *(user for each in holders.values() for user in each)}
    return rules.People(
        able=await _able(work, organization_id, users),
        holders=holders,
        names=await workflows.names(work.session, named),
    )


async def _able(work: Work, organization_id: UUID, users: Collection[UserId]) -> set[UserId]:
    decide = Permission.APPROVAL_DECIDE
    able = await organizations.who_may(work.session, organization_id, decide, list(users))
    return {UserId(user) for user in able}


def _made(work: Work, organization_id: UUID, input: CreateWorkflow) -> WorkflowTemplate:
    return WorkflowTemplate(
        id=new_id(),
        organization_id=organization_id,
        creator_id=work.by,
        name=input.name.strip(),
        description=input.description,
        stages=list(input.stages),
        is_default=input.is_default,
    )


def _change(row: WorkflowTemplate, input: UpdateWorkflow) -> None:
    row.name = or_else(input.name, row.name).strip()
    row.description = or_else(input.description, row.description)
    row.stages = list(or_else(input.stages, row.stages))
    row.is_default = or_else(input.is_default, row.is_default)


def _summary(row: WorkflowTemplate) -> dict[str, object]:
    return {
        "name": row.name,
        "description": row.description,
        "stages": [rules.facts(stage) for stage in row.stages],
        "isDefault": row.is_default,
    }
