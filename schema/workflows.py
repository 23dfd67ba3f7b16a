"""Workflows that an organisation keeps for its approvals."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import loaders, models
from domain.content import ContentPart
from domain.permissions import Permission, Role
from domain.stages import StageRule
from engine.fields import attribute, related
from engine.types import entity, record
from resolvers import workflows
from schema.accounts import User
from schema.building import mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@record("One stage of a workflow: who decides at the same time.", access=PUBLIC)
class WorkflowStage:
    name: str = attribute("What it is for.")
    approvers: list[User] = related(
        loaders.several_users,
        key="approvers",
        description="Who decides, as far as they are named; at most 20.",
    )
    role: Role | None = attribute(
        "Whoever has this role at submission decides too, but for the authors."
    )
    rule: StageRule = attribute("How many of them have to approve.")
    at_least: int | None = attribute("How many have to, where the rule is AT_LEAST.")
    required: bool = attribute("Whether the approval depends on it.")
    due_in_hours: int | None = attribute("Hours from its beginning in which it is due.")
    remind_after_hours: int | None = attribute(
        "Hours from its beginning after which who has not decided yet is reminded."
    )
    escalate_to: User | None = related(
        loaders.users, key="escalate_to", description="Who decides once it is overdue."
    )
    covers: list[ContentPart] | None = attribute(
        "The parts of the content that are approved here; null for all."
    )


@entity(
    "Stages that an organisation keeps, so that submissions need not name approvers.",
    row=models.WorkflowTemplate,
    access=PUBLIC,
)
class WorkflowTemplate(Node):
    name: str = attribute("What people call it; no other of the organisation has it.")
    description: str = attribute("What it is for.")
    stages: list[WorkflowStage] = attribute("Its stages in their order; at most 20.")
    is_default: bool = attribute("Whether submissions that say nothing else use it.")
    archived_at: datetime | None = attribute("When it was archived.")
    created_at: datetime = attribute("When it was created.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    creator: User = related(loaders.users, key="creator_id", description="Who created it.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where it belongs."
    )


_MANAGES = needs(Permission.WORKFLOW_MANAGE)


@record("Workflows.", access=PUBLIC)
class WorkflowMutations:
    create_workflow = mutation(
        workflows.create, returns={"workflow": WorkflowTemplate}, access=_MANAGES
    )
    update_workflow = mutation(
        workflows.update, returns={"workflow": WorkflowTemplate}, access=_MANAGES
    )
    archive_workflow = mutation(
        workflows.archive, returns={"workflow": WorkflowTemplate}, access=_MANAGES
    )
