"""Approvals, their stages and steps, and what approvers ask for."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import listings, loaders, models
from domain.approvals import ApprovalStatus, StageStatus, StepStatus
from domain.content import ContentPart
from domain.permissions import Permission
from domain.stages import StageRule
from engine.connections import Connection
from engine.fields import attribute, related
from engine.types import entity, record
from resolvers import (
    approval_changes,
    approval_submissions,
    approvals,
    approvers,
    checklists,
)
from resolvers.evidence import of_approval
from schema.accounts import User
from schema.building import answered, connected, mutation, subscription
from schema.comments import Comment
from schema.differences import ContentDifferences
from schema.evidence import ApprovalEvidence
from schema.history import ApprovalHistoryEntry
from schema.live import Happening
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.templates import Template, TemplateVersion


@entity("Something that an approver asked for.", row=models.ChecklistItem, access=PUBLIC)
class ChecklistItem(Node):
    position: int = attribute("Its place in the approver's list, from 1.")
    text: str = attribute("What is to be done.")
    done_at: datetime | None = attribute("When it was said to be done.")
    created_at: datetime = attribute("When it was asked for.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    done_by: User | None = related(
        loaders.users, key="done_by_id", description="Who said that it is done."
    )
    step: Annotated["ApprovalStep", strawberry.lazy("schema.approvals")] = related(
        loaders.steps, key="step_id", description="The step whose approver asked for it."
    )


@entity("One person's turn in an approval.", row=models.ApprovalStep, access=PUBLIC)
class ApprovalStep(Node):
    position: int = attribute("Its place among all steps of the approval, from 1.")
    required: bool = attribute("Whether the approval depends on its stage.")
    status: StepStatus = attribute("How far it is.")
    comment: str | None = attribute("What the approver said with the verdict.")
    decided_at: datetime | None = attribute("When it was decided.")
    content_hash: str | None = attribute("The SHA-256 of the content that the verdict is about.")
    due_at: datetime | None = attribute("By when it should be decided.")
    created_at: datetime = attribute("When it was asked for.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    approver: User = related(loaders.users, key="approver_id", description="Who decides it.")
    delegated_from: User | None = related(
        loaders.users,
        key="delegated_from_id",
        description="Whom the approver stands in for; they may decide it, too.",
    )
    stage: Annotated["ApprovalStage", strawberry.lazy("schema.approvals")] = related(
        loaders.stages, key="stage_id", description="The stage it belongs to."
    )
    approval: Annotated["ApprovalWorkflow", strawberry.lazy("schema.approvals")] = related(
        loaders.approvals, key="approval_id", description="The approval it belongs to."
    )
    comments: Connection[Comment] = connected(
        listings.comments_of_step, description="What people say about it, newest first."
    )


@entity(
    "The part of an approval in which some people decide at the same time.",
    row=models.ApprovalStage,
    access=PUBLIC,
)
class ApprovalStage(Node):
    position: int = attribute("Its place in the order, from 1.")
    name: str | None = attribute("What it is for; null where it was asked for as a step.")
    rule: StageRule = attribute("How many of its approvers have to approve.")
    at_least: int | None = attribute("How many that is, where the rule is AT_LEAST.")
    required: bool = attribute("Whether the approval depends on it.")
    status: StageStatus = attribute("How far it is.")
    covers: list[ContentPart] = attribute(
        "The parts of the content that are approved here: a change of one voids the stage."
    )
    due_in_hours: int | None = attribute("In how many hours it is due once it is active.")
    remind_after_hours: int | None = attribute(
        "After how many hours, again and again, who has not decided is reminded."
    )
    active_since: datetime | None = attribute("When its present turn began.")
    due_at: datetime | None = attribute("When it should be decided in that turn.")
    escalated_at: datetime | None = attribute("When it became overdue in that turn.")
    created_at: datetime = attribute("When it was asked for.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes.")
    escalate_to: User | None = related(
        loaders.users, key="escalate_to_id", description="Who gets a step when it is overdue."
    )
    steps: list[ApprovalStep] = related(
        loaders.steps_of_stage, key="id", description="Its steps, in order; at most 20."
    )
    approval: Annotated["ApprovalWorkflow", strawberry.lazy("schema.approvals")] = related(
        loaders.approvals, key="approval_id", description="The approval it belongs to."
    )
    changes = answered(approval_changes.changes, type=ContentDifferences | None)


@entity(
    "The approval of one version of a template, stage by stage: of exactly these bytes. With new"
    " content it goes on, and asks those again whose stages cover what changed.",
    row=models.Approval,
    access=PUBLIC,
)
class ApprovalWorkflow(Node):
    status: ApprovalStatus = attribute("How far it is.")
    content_hash: str = attribute("The SHA-256 of the content that is approved.")
    created_at: datetime = attribute("When it was submitted.")
    updated_at: datetime = attribute("When it was last changed.")
    finished_at: datetime | None = attribute("When it ended, in whatever way.")
    expires_at: datetime | None = attribute("When it expires unless it has ended.")
    force_reason: str | None = attribute("Why it was approved without its approvers.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    stages: list[ApprovalStage] = related(
        loaders.stages_of_approval, key="id", description="All stages, in their order; at most 20."
    )
    current_stage: ApprovalStage | None = related(
        loaders.active_stage, key="id", description="The stage whose turn it is."
    )
    steps: list[ApprovalStep] = related(
        loaders.steps_of_approval, key="id", description="All steps, in their order; at most 100."
    )
    current_step: ApprovalStep | None = related(
        loaders.waiting_step,
        key="id",
        description="The step that waits for its approver; the first, where several wait.",
    )
    checklist: list[ChecklistItem] = related(
        loaders.checklist_of_approval,
        key="id",
        description="What its approvers asked for; at most 50 items a step.",
    )
    submitter: User = related(loaders.users, key="submitter_id", description="Who asked for it.")
    forced_by: User | None = related(
        loaders.users, key="forced_by_id", description="Who approved it without its approvers."
    )
    previous: Annotated["ApprovalWorkflow", strawberry.lazy("schema.approvals")] | None = related(
        loaders.approvals,
        key="previous_id",
        description="The one before it, of the same template; its checklist says what was to do.",
    )
    template: Annotated["Template", strawberry.lazy("schema.templates")] = related(
        loaders.templates, key="template_id", description="The template."
    )
    template_version: Annotated["TemplateVersion", strawberry.lazy("schema.templates")] = related(
        loaders.versions, key="version_id", description="The version that is approved."
    )
    history: Connection[ApprovalHistoryEntry] = connected(
        listings.history_of_approval,
        description="The whole story, in the order in which it happened; comments on its steps"
        " are part of it.",
    )
    evidence = answered(of_approval, type=ApprovalEvidence | None)


@record("A change of an approval.", access=needs(Permission.TEMPLATE_READ))
class ApprovalChange(Happening):
    approval: ApprovalWorkflow = related(
        loaders.approvals, key="entity_id", description="The approval as it is now."
    )


@record("Approvals.", access=PUBLIC)
class ApprovalMutations:
    submit_for_approval = mutation(
        approval_submissions.submit,
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
    force_approval = mutation(
        approvals.force,
        returns={"approval": ApprovalWorkflow},
        access=needs(Permission.APPROVAL_FORCE),
    )
    reassign_step = mutation(
        approvers.reassign,
        returns={"step": ApprovalStep},
        access=needs(Permission.APPROVAL_MANAGE),
    )
    tick_checklist_item = mutation(
        checklists.tick,
        returns={"item": ChecklistItem},
        access=needs(Permission.APPROVAL_SUBMIT),
    )


@record("Approvals.", access=PUBLIC)
class ApprovalSubscriptions:
    approval_changed = subscription(
        approvals.approval_changed, type=ApprovalChange, access=needs(Permission.TEMPLATE_READ)
    )
