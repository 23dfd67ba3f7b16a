"""What approvers asked for when they requested changes, and what is done of it."""

from dataclasses import dataclass
from typing import Annotated

from db import approvals, loaders
from db.clock import clock
from db.models import ChecklistItem
from domain import ownership
from domain.checklists import check_ticks
from domain.errors import Conflict, Reference
from domain.events import EventKind
from domain.ids import ChecklistItemId, UserId
from resolvers.context import Context
from resolvers.inputs import IfVersion


@dataclass(frozen=True, slots=True)
class TickChecklistItem:
    """What is done, or is not."""

    item: Annotated[ChecklistItemId, "The item."]
    done: Annotated[bool, "Whether it is done."] = True
    if_version: IfVersion = None


async def tick(ctx: Context, input: TickChecklistItem) -> ChecklistItem:
    """Say that something an approver asked for is done: for who submitted the content, and for
    managers of approvals.
    """
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.checklist_items, input.item, at="item", if_version=input.if_version
        )
        approval = await approvals.get(work.session, row.approval_id)
        manages = work.manages(ownership.WHO_IS_ASKED, row)
        check_ticks(work.by, UserId(approval.submitter_id), manages=manages)
        before = row.done_at is not None
        if before == input.done:
            text = "This is done already." if before else "This is not done."
            raise Conflict(text, Reference("ChecklistItem", row.id), ("item",))
        row.done_at = await clock(work.session) if input.done else None
        row.done_by_id = work.by if input.done else None
        work.record(
            EventKind.CHECKLIST_ITEM_TICKED,
            approval,
            subject=approval.template_id,
            before={"done": before},
            after={
                "done": input.done,
                "item": str(row.id),
                "step": str(row.step_id),
                "text": row.text,
            },
        )
    return row
