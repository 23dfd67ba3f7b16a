"""Approvals and their steps."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import loaders, models
from domain.approvals import ApprovalStatus, StepStatus
from domain.permissions import Permission
from engine.fields import attribute, related
from engine.types import Node, entity, record
from resolvers import approvals
from schema.accounts import User
from schema.building import mutation, subscription
from schema.live import Happening

if TYPE_CHECKING:
    from schema.templates import Template, TemplateVersion


@entity("One person's turn in an approval.", row=models.ApprovalStep, access=PUBLIC)
class ApprovalStep(Node):
    position: int = attribute("Its place in the order, from 1.")
    required: bool = attribute("Whether the approval depends on it.")
    status: StepStatus = attribute("How far it is.")
    comment: str | None = attribute("What the approver said with the verdict.")
    decided_at: datetime | None = attribute("When it was decided.")
    due_at: datetime | None = attribute("By when it should be decided.")
    created_at: datetime = attribute("When it was asked for.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    approver: User = related(loaders.users, key="approver_id", description="Who decides it.")
    approval: Annotated["ApprovalWorkflow", strawberry.lazy("schema.approvals")] = related(
        loaders.approvals, key="approval_id", description="The approval it belongs to."
    )


@entity(
    "The approval of one version of a template, step by step: of exactly these bytes.",
    row=models.Approval,
    access=PUBLIC,
)
class ApprovalWorkflow(Node):
    status: ApprovalStatus = attribute("How far it is.")
    content_hash: str = attribute("The SHA-256 of the content that is approved.")
    created_at: datetime = attribute("When it was submitted.")
    updated_at: datetime = attribute("When it was last changed.")
    finished_at: datetime | None = attribute("When it ended, in whatever way.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    steps: list[ApprovalStep] = related(
        loaders.steps_of_approval, key="id", description="All steps, in their order; at most 20."
    )
    current_step: ApprovalStep | None = related(
        loaders.waiting_step, key="id", description="The step that waits for its approver."
    )
    submitter: User = related(loaders.users, key="submitter_id", description="Who asked for it.")
    template: Annotated["Template", strawberry.lazy("schema.templates")] = related(
        loaders.templates, key="template_id", description="The template."
    )
    template_version: Annotated["TemplateVersion", strawberry.lazy("schema.templates")] = related(
        loaders.versions, key="version_id", description="The version that is approved."
    )


@record("A change of an approval.", access=needs(Permission.TEMPLATE_READ))
class ApprovalChange(Happening):
    approval: ApprovalWorkflow = related(
        loaders.approvals, key="entity_id", description="The approval as it is now."
    )


@record("Approvals.", access=PUBLIC)
class ApprovalMutations:
    submit_for_approval = mutation(
        approvals.submit,
        returns={"approval": ApprovalWorkflow},
        access=needs(Permission.APPROVAL_SUBMIT),
    )
    decide_step = mutation(
        approvals.decide,
        returns={"step": ApprovalStep},
        access=needs(Permission.APPROVAL_DECIDE),
    )
    withdraw_approval = mutation(
        approvals.withdraw,
        returns={"approval": ApprovalWorkflow},
        access=needs(Permission.APPROVAL_SUBMIT),
    )


@record("Approvals.", access=PUBLIC)
class ApprovalSubscriptions:
    approval_changed = subscription(
        approvals.approval_changed, type=ApprovalChange, access=needs(Permission.TEMPLATE_READ)
    )
