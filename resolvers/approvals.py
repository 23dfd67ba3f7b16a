"""Approvals: deciding steps, taking an approval back, approving in place of the approvers."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from db import loaders, organizations
from db.models import Approval, ApprovalStep, ChecklistItem, new_id
from domain import approval_moves as rules
from domain import ownership
from domain.approval_course import found
from domain.approvals import Verdict
from domain.approvers import check_author
from domain.checklists import check_checklist
from domain.errors import refuse
from domain.events import APPROVAL_EVENTS, Event, EventKind
from domain.ids import ApprovalId, OrganizationId, StepId
from resolvers.approval_course import Locked, authors, go_on, lock, of_step
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.live import After, follow
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class DecideStep:
    """A verdict on the step that waits for you."""

    step: Annotated[StepId, "The step."]
    verdict: Annotated[Verdict, "What you decide."]
    comment: Annotated[
        str | None, "What you say with it; needed unless you approve. Up to 10,000 characters."
    ] = None
    checklist: Annotated[
        tuple[str, ...],
        "What is to be done before you approve, where you request changes: up to 50 items of up to"
        " 500 characters.",
    ] = ()
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class WithdrawApproval:
    """What to take back."""

    approval: Annotated[ApprovalId, "The approval."]
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class ForceApproval:
    """What to approve in place of its approvers."""

    approval: Annotated[ApprovalId, "The approval."]
    reason: Annotated[str, "Why it cannot wait for them, in up to 10,000 characters."]
    if_version: IfVersion = None


async def decide(ctx: Context, input: DecideStep) -> ApprovalStep:
    """Record your verdict on the step that waits for you, or for whom you stand in for. Stages
    decide in their order; the first required stage that can no longer be approved ends the
    approval, and when every required stage is approved, the template is APPROVED.
    """
    refuse([*rules.check_comment(input.comment, input.verdict)])
    refuse([*check_checklist(input.checklist, input.verdict)])
    async with ctx.transaction() as work:
        seen = await work.find(loaders.steps, input.step, at="step")
        held = await lock(work, seen.organization_id, seen.approval_id)
        row = await work.lock(loaders.steps, input.step, at="step", if_version=input.if_version)
        given = (StepId(row.id), input.verdict, input.comment, work.by, held.now)
        after = rules.decide(held.facts, *given)
        await _check_still_allowed(work, held)
        work.session.add_all(_checklist(row, input.checklist))
        said = {
            "verdict": input.verdict.value,
            "comment": input.comment,
            "checklist": [item.strip() for item in input.checklist],
        }
        decided = of_step(*found(after, StepId(row.id)))
        await go_on(work, held, after, EventKind.STEP_DECIDED, **decided, **said)
    return row


async def withdraw(ctx: Context, input: WithdrawApproval) -> Approval:
    """Take an approval back while it is in progress: for who submitted it, and for managers of
    approvals. The template is a DRAFT again.
    """
    async with ctx.transaction() as work:
        held = await _lock(work, input.approval, input.if_version)
        manages = work.manages(ownership.SUBMITTER, held.approval)
        after = rules.withdraw(held.facts, work.by, held.now, manages=manages)
        await go_on(work, held, after, EventKind.APPROVAL_WITHDRAWN)
    return held.approval


async def force(ctx: Context, input: ForceApproval) -> Approval:
    """Approve without the approvers, for a reason that stays with the approval. It holds for
    this content alone: with new content, what they had not approved waits for them again.
    """
    refuse([*rules.check_reason(input.reason)])
    async with ctx.transaction() as work:
        held = await _lock(work, input.approval, input.if_version)
        after = rules.force(held.facts, work.by, input.reason, held.now)
        await go_on(work, held, after, EventKind.APPROVAL_FORCED, reason=input.reason)
    return held.approval


async def approval_changed(
    ctx: Context,
    organization: Annotated[OrganizationId, "The organisation to follow."],
    after: After = None,
) -> AsyncIterator[Event]:
    """Every change of an approval in an organisation, as it happens and in order."""
    return await follow(ctx, organization, lambda event: event.kind in APPROVAL_EVENTS, after=after)


async def _lock(work: Work, id: ApprovalId, if_version: int | None) -> Locked:
    seen = await work.find(loaders.approvals, id, at="approval")
    held = await lock(work, seen.organization_id, seen.id)
    await work.lock(loaders.approvals, seen.id, at="approval", if_version=if_version)
    return held


async def _check_still_allowed(work: Work, held: Locked) -> None:
    """The organisation may have changed its mind on authors since the approval was submitted."""
    organization = await organizations.by_id(work.session, held.approval.organization_id)
    wrote = authors(held.template, held.version)
    check_author(work.by, wrote, authors_may_approve=organization.authors_may_approve)


def _checklist(step: ApprovalStep, items: tuple[str, ...]) -> list[ChecklistItem]:
    return [
        ChecklistItem(
            id=new_id(),
            organization_id=step.organization_id,
            approval_id=step.approval_id,
            step_id=step.id,
            position=position,
            text=text.strip(),
        )
        for position, text in enumerate(items, 1)
    ]
