"""The whole story of an approval, as it was recorded."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from auth.access import PUBLIC
from db import loaders
from domain import audit, history
from domain.approvals import ApprovalStatus, Verdict
from domain.events import EventKind
from engine.fields import attribute, computed, related
from engine.types import record
from schema.accounts import User

if TYPE_CHECKING:
    from schema.approvals import ApprovalStage, ApprovalStep, ApprovalWorkflow
    from schema.comments import Comment


@record(
    "Something that happened to an approval. What an entry of an older release does not tell is"
    " null.",
    access=PUBLIC,
)
class ApprovalHistoryEntry:
    event_id: strawberry.ID = computed(
        lambda row: str(row.id), description="Unique to what happened.", needs=("id",)
    )
    position: int | None = attribute(
        "Its place in the order of the organisation's events; null for the moment until it has one."
    )
    kind: EventKind = attribute("What happened.")
    occurred_at: datetime = attribute("When it happened.")
    actor: User | None = related(
        loaders.users, key="actor_id", description="Who did it; null for the server itself."
    )
    on_behalf_of: User | None = related(
        loaders.people_named,
        key="on_behalf_of",
        description="In whose place they decided; null where it was their own turn.",
    )
    approval: Annotated["ApprovalWorkflow", strawberry.lazy("schema.approvals")] | None = related(
        loaders.approvals, key="approval_id", description="The approval, as it is now."
    )
    step: Annotated["ApprovalStep", strawberry.lazy("schema.approvals")] | None = related(
        loaders.steps_named,
        key="step",
        description="The step that it happened to; null where it concerns all of the approval.",
    )
    stage: Annotated["ApprovalStage", strawberry.lazy("schema.approvals")] | None = related(
        loaders.stages_named, key="stage", description="The stage that it happened to, likewise."
    )
    handed_from: User | None = related(
        loaders.people_named,
        key="handed_from",
        description="Who was to decide, where a step was handed to somebody else.",
    )
    handed_to: User | None = related(
        loaders.people_named, key="handed_to", description="Who is to decide from here on."
    )
    remark: Annotated["Comment", strawberry.lazy("schema.comments")] | None = related(
        loaders.comments,
        key="comment_id",
        description="What was said, where somebody commented on a step; null where it was deleted.",
    )
    status_before: ApprovalStatus | None = computed(
        lambda row: history.choice(row.before, "status", ApprovalStatus),
        description="How far the approval was before.",
        needs=("before",),
    )
    status_after: ApprovalStatus | None = computed(
        lambda row: history.choice(row.after, "status", ApprovalStatus),
        description="How far the approval was after it.",
        needs=("after",),
    )
    verdict: Verdict | None = computed(
        lambda row: history.choice(row.after, "verdict", Verdict),
        description="What was decided.",
        needs=("after",),
    )
    comment: str | None = computed(
        lambda row: history.text(row.after, "comment"),
        description="What was said with the verdict.",
        needs=("after",),
    )
    reason: str | None = computed(
        lambda row: history.text(row.after, "reason"),
        description="Why it was done, where a reason was given.",
        needs=("after",),
    )
    checklist: list[str] = computed(
        lambda row: history.texts(row.after, "checklist"),
        description="What was asked to be changed.",
        needs=("after",),
    )
    content_hash: str | None = computed(
        lambda row: history.text(row.after, "contentHash"),
        description="The SHA-256 of the content that it was done about.",
        needs=("after",),
    )
    facts: JSON = computed(
        lambda row: history.told(row.kind, audit.masked(row.after)),
        description="Everything that was recorded with it, by name.",
        needs=("kind", "after"),
    )
