"""The approval of a template's content, step by step: a state machine without side effects.

Steps are taken in order and one waits at a time. Only required steps decide: the approval
is APPROVED when every required step approved, and it stops at the first required step that
asks for changes or rejects. An optional step gives its approver a turn but holds nobody up:
when the next approver decides first, it is SKIPPED. Every approval is of one content, named
by its hash; new content voids it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.errors import Conflict, Forbidden, NotFound, Problem, Reference
from domain.ids import ApprovalId, StepId, UserId
from domain.text import PROSE, check_text

MOST_STEPS = 20


class ApprovalStatus(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    VOIDED = "VOIDED"


class StepStatus(StrEnum):
    PENDING = "PENDING"
    WAITING = "WAITING"
    APPROVED = "APPROVED"
    CHANGES_REQUESTED = "CHANGES_REQUESTED"
    REJECTED = "REJECTED"
    SKIPPED = "SKIPPED"


class Verdict(StrEnum):
    APPROVE = "APPROVE"
    REQUEST_CHANGES = "REQUEST_CHANGES"
    REJECT = "REJECT"


OUTCOME = {
    Verdict.APPROVE: StepStatus.APPROVED,
    Verdict.REQUEST_CHANGES: StepStatus.CHANGES_REQUESTED,
    Verdict.REJECT: StepStatus.REJECTED,
}
STOPS = {
    StepStatus.CHANGES_REQUESTED: ApprovalStatus.CHANGES_REQUESTED,
    StepStatus.REJECTED: ApprovalStatus.REJECTED,
}
UNDECIDED = frozenset({StepStatus.PENDING, StepStatus.WAITING})
STANDING = frozenset({ApprovalStatus.IN_PROGRESS, ApprovalStatus.APPROVED})


@dataclass(frozen=True, slots=True)
class Step:
    """One approver's turn; `comment` is what they said with their verdict."""

    id: StepId
    position: int
    approver: UserId
    required: bool
    status: StepStatus = StepStatus.PENDING
    comment: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """An approval and its steps in order."""

    id: ApprovalId
    content_hash: str
    submitter: UserId
    status: ApprovalStatus
    steps: tuple[Step, ...]

    @property
    def waiting(self) -> Step | None:
        return next((step for step in self.steps if step.status is StepStatus.WAITING), None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody named as an approver: are they a member who may decide, and an author?"""

    user: UserId
    may_decide: bool
    is_author: bool


def check_steps(
    candidates: Sequence[Candidate], required: Sequence[bool], *, authors_may_approve: bool
) -> Iterator[Problem]:
    """Problems of a submission's steps; paths lead into `steps`."""
    if not candidates:
        yield Problem(("steps",), "Name at least one approver.")
    elif not any(required):
        yield Problem(("steps",), "At least one step must be required.")
    if len(candidates) > MOST_STEPS:
        yield Problem(("steps",), f"An approval has at most {MOST_STEPS} steps.")
    seen: set[UserId] = set()
    for index, candidate in enumerate(candidates):
        path = ("steps", index, "approver")
        if candidate.user in seen:
            yield Problem(path, "This person has a step already; name each approver once.")
        elif not candidate.may_decide:
            yield Problem(path, "This is nobody who may decide approvals in the organisation.")
        elif candidate.is_author and not authors_may_approve:
            yield Problem(path, "The author of the content may not approve it.")
        seen.add(candidate.user)


def check_comment(comment: str | None, verdict: Verdict) -> Iterator[Problem]:
    if comment is not None:
        yield from check_text(comment, ("comment",), most=PROSE, lines=True)
    elif verdict is not Verdict.APPROVE:
        yield Problem(("comment",), "Say what should change, or why it is rejected.")


def begin(approval: Approval) -> Approval:
    """The approval with its first step waiting."""
    return _with_next_waiting(approval)


def decide(
    approval: Approval,
    step_id: StepId,
    verdict: Verdict,
    comment: str | None,
    by: UserId,
    now: datetime,
) -> Approval:
    """The approval after an approver's verdict on their step; a decided step stays decided."""
    step = _step(approval, step_id)
    _check_turn(approval, step, by)
    decided = replace(step, status=OUTCOME[verdict], comment=comment, decided_at=now)
    return _settle(_replaced(_passing_over_optional(approval, step), decided), decided)


def withdraw(approval: Approval, by: UserId, *, manages: bool) -> Approval:
    """The approval after who submitted it, or a manager of approvals, took it back."""
    if approval.submitter != by and not manages:
        raise Forbidden("Only who submitted it or a manager of approvals may withdraw an approval.")
    if approval.status is not ApprovalStatus.IN_PROGRESS:
        raise Conflict(
            f"This approval is {approval.status.value} and can no longer be withdrawn.",
            Reference("ApprovalWorkflow", approval.id),
        )
    return _closed(approval, ApprovalStatus.WITHDRAWN)


def void(approval: Approval) -> Approval:
    """The approval after what it approves, or who decides it, is no longer there.

    One that ended without approving anything stays as it ended.
    """
    return _closed(approval, ApprovalStatus.VOIDED) if approval.status in STANDING else approval


def without_approver(approval: Approval, user: UserId) -> Approval:
    """The approval after a person can no longer decide: an open required step voids it."""
    turns = [s for s in approval.steps if s.approver == user and s.status in UNDECIDED]
    if approval.status is not ApprovalStatus.IN_PROGRESS or not turns:
        return approval
    if any(step.required for step in turns):
        return void(approval)
    for step in turns:
        approval = _replaced(approval, replace(step, status=StepStatus.SKIPPED))
    return approval if approval.waiting else _with_next_waiting(approval)


def _step(approval: Approval, step_id: StepId) -> Step:
    for step in approval.steps:
        if step.id == step_id:
            return step
    raise NotFound("There is no such step.", ("step",))


def _check_turn(approval: Approval, step: Step, by: UserId) -> None:
    if step.approver != by:
        raise Forbidden("This step is somebody else's to decide.")
    here = Reference("ApprovalStep", step.id)
    if step.status not in UNDECIDED:
        raise Conflict(f"This step is {step.status.value} already.", here, ("step",))
    if approval.status is not ApprovalStatus.IN_PROGRESS:
        raise Conflict(f"This approval is {approval.status.value}.", here, ("step",))
    if any(other.required for other in _open_before(approval, step)):
        raise Conflict("This step's turn has not come yet.", here, ("step",))


def _open_before(approval: Approval, step: Step) -> list[Step]:
    return [s for s in approval.steps if s.position < step.position and s.status in UNDECIDED]


def _passing_over_optional(approval: Approval, step: Step) -> Approval:
    for earlier in _open_before(approval, step):
        approval = _replaced(approval, replace(earlier, status=StepStatus.SKIPPED))
    return approval


def _settle(approval: Approval, decided: Step) -> Approval:
    if decided.required and decided.status in STOPS:
        return _closed(approval, STOPS[decided.status])
    if all(s.status is StepStatus.APPROVED for s in approval.steps if s.required):
        return _closed(approval, ApprovalStatus.APPROVED)
    return _with_next_waiting(approval)


def _with_next_waiting(approval: Approval) -> Approval:
    following = next(step for step in approval.steps if step.status is StepStatus.PENDING)
    return _replaced(approval, replace(following, status=StepStatus.WAITING))


def _closed(approval: Approval, status: ApprovalStatus) -> Approval:
    steps = tuple(
        replace(step, status=StepStatus.SKIPPED) if step.status in UNDECIDED else step
        for step in approval.steps
    )
    return replace(approval, status=status, steps=steps)


def _replaced(approval: Approval, changed: Step) -> Approval:
    steps = tuple(changed if step.id == changed.id else step for step in approval.steps)
    return replace(approval, steps=steps)


def check_author(by: UserId, authors: set[UserId], *, authors_may_approve: bool) -> None:
    """Four eyes: who wrote the content does not approve it, unless the organisation lets them."""
    if by in authors and not authors_may_approve:
        raise Forbidden("The author of the content may not approve it.")
