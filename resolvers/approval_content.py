"""What becomes of a template's approval when its content changes, or is put away."""

from typing import Any

from db import approval_facts
from db.models import Approval, Template, TemplateVersion
from domain import approval_content as rules
from domain.approval_course import settled
from domain.approval_moves import void, without_open_steps_of
from domain.approval_time import expire
from domain.approvals import STANDING, ApprovalStatus, Pin
from domain.approvals import Approval as Facts
from domain.content import ContentPart, changed_parts
from domain.events import EventKind
from domain.ids import UserId
from domain.templates import TemplateStatus
from resolvers.approval_course import Locked, candidates, go_on, lock_of, replacements
from resolvers.work import Work


async def renew(work: Work, template: Template, version: TemplateVersion) -> Approval | None:
    """Let the approval that the template has or is getting go on with new content, and ask those
    again whose stages it touches. The approval, where this voided something of it.

    Hold the organisation and the template. Without such an approval the template is a DRAFT.
    """
    await work.session.flush()
    held = await _standing(work, template)
    if held is None:
        template.status = TemplateStatus.DRAFT
        return None
    pin = approval_facts.pin(version)
    changed = changed_parts(held.facts.pin.parts, pin.parts)
    voided = rules.voided_by(held.facts, changed)
    after = await _renewed(work, held, version, pin, changed)
    is_over = after.status is ApprovalStatus.VOIDED
    told: dict[str, Any] = {
        "stages": [str(stage.id) for stage in voided],
        "parts": [part.value for part in ContentPart if part in changed],
        "fromHash": held.facts.pin.content_hash,
        "toHash": pin.content_hash,
        "versionNumber": version.number,
    }
    await go_on(work, held, after, _kind(is_over=is_over, voids=bool(voided)), **told)
    return held.approval if voided or is_over else None


async def void_standing(work: Work, template: Template) -> Approval | None:
    """Void the approval that the template has or is getting: there is nothing to approve."""
    held = await _standing(work, template)
    if held is None:
        return None
    await go_on(work, held, void(held.facts), EventKind.APPROVAL_VOIDED)
    return held.approval


async def _standing(work: Work, template: Template) -> Locked | None:
    """The approval of the template, if it has not ended without approving; one whose time is over
    ends here.
    """
    if template.approval_id is None:
        return None
    held = await lock_of(work, template, template.approval_id)
    if held.facts.has_expired(held.now):
        await go_on(work, held, expire(held.facts, held.now), EventKind.APPROVAL_EXPIRED)
    return held if held.approval.status in STANDING else None


async def _renewed(
    work: Work,
    held: Locked,
    version: TemplateVersion,
    pin: Pin,
    changed: frozenset[ContentPart],
) -> Facts:
    """The approval of the new content; who has left or written it is no longer asked."""
    reopened = rules.reopen(held.facts, pin, changed, held.now)
    approvers = {step.approver for step in reopened.steps if step.is_open}
    known = await candidates(work, held.template, version, approvers)
    unable: set[UserId] = {user for user in approvers if not known.may_approve(user)}
    others = await replacements(work, held, reopened, version, unable) if unable else {}
    return settled(without_open_steps_of(reopened, unable, others), held.now)


def _kind(*, is_over: bool, voids: bool) -> EventKind:
    if is_over:
        return EventKind.APPROVAL_VOIDED
    return EventKind.STAGES_VOIDED if voids else EventKind.APPROVAL_REPINNED
