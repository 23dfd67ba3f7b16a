"""Approvals as people would have taken them, through the very rules that the application uses."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from domain import approvals as rules
from domain.approvals import ApprovalStatus, Verdict
from domain.ids import ApprovalId, StepId, UserId
from server.seeding.bench import words
from server.seeding.bench.draws import chance, later, uuid7
from server.seeding.bench.rows import Row, history

State = tuple[datetime, rules.Approval]
Turn = tuple[rules.Step, Verdict]

_LAST_VERDICT = {
    ApprovalStatus.APPROVED: Verdict.APPROVE,
    ApprovalStatus.CHANGES_REQUESTED: Verdict.REQUEST_CHANGES,
    ApprovalStatus.REJECTED: Verdict.REJECT,
}
_OPTIONAL_VERDICTS = (Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT)
_HOURS_TO_DECIDE = 48.0
_DAYS_A_STEP = 3


def review(
    rng: Random,
    version: Row,
    approvers: Sequence[UUID],
    fate: ApprovalStatus,
    at: datetime,
) -> tuple[Row, list[Row], list[datetime]]:
    """An approval, submitted at `at`, that ends with `fate`; when its status changed."""
    states = list(_states(rng, _submitted(rng, version, approvers, at), fate, at))
    changes = _changes(states, lambda approval: approval.status)
    due = chance(rng, 0.5)
    steps = [_step_row(states, index, version, due=due) for index in range(len(approvers))]
    return _row(states[-1][1], version, changes), steps, changes


def _submitted(
    rng: Random, version: Row, approvers: Sequence[UUID], at: datetime
) -> rules.Approval:
    always = rng.randrange(len(approvers))
    return rules.Approval(
        id=ApprovalId(uuid7(rng, at)),
        content_hash=version["content_hash"],
        submitter=UserId(version["author_id"]),
        status=ApprovalStatus.IN_PROGRESS,
        steps=tuple(
            rules.Step(
                id=StepId(uuid7(rng, at)),
                position=index + 1,
                approver=UserId(approver),
                required=index == always or chance(rng, 0.75),
            )
            for index, approver in enumerate(approvers)
        ),
    )


def _states(
    rng: Random, submitted: rules.Approval, fate: ApprovalStatus, at: datetime
) -> Iterator[State]:
    """Every state of the approval, from its first step waiting on, and since when."""
    approval = rules.begin(submitted)
    yield at, approval
    for step, verdict in _turns(rng, approval.steps, fate):
        at = later(rng, at, _HOURS_TO_DECIDE)
        comment = _comment(rng, verdict)
        approval = rules.decide(approval, step.id, verdict, comment, step.approver, at)
        yield at, approval
    if fate in {ApprovalStatus.WITHDRAWN, ApprovalStatus.VOIDED}:
        yield later(rng, at, _HOURS_TO_DECIDE), _broken_off(approval, fate)


def _turns(rng: Random, steps: Sequence[rules.Step], fate: ApprovalStatus) -> Iterator[Turn]:
    """Who decides what, in order; optional steps are passed over now and then."""
    required = [step for step in steps if step.required]
    if fate is ApprovalStatus.VOIDED and chance(rng, 0.5):
        fate = ApprovalStatus.APPROVED
    last = required[-1] if fate is ApprovalStatus.APPROVED else rng.choice(required)
    for step in steps[: steps.index(last)]:
        if step.required:
            yield step, Verdict.APPROVE
        elif chance(rng, 0.7):
            yield step, rng.choices(_OPTIONAL_VERDICTS, (8, 1, 1))[0]
    if fate in _LAST_VERDICT:
        yield last, _LAST_VERDICT[fate]


def _broken_off(approval: rules.Approval, fate: ApprovalStatus) -> rules.Approval:
    if fate is ApprovalStatus.VOIDED:
        return rules.void(approval)
    return rules.withdraw(approval, approval.submitter, manages=False)


def _comment(rng: Random, verdict: Verdict) -> str | None:
    said = words.remarks()
    if verdict is Verdict.APPROVE:
        return rng.choice(said.approvals) if chance(rng, 0.4) else None
    return rng.choice(said.requests if verdict is Verdict.REQUEST_CHANGES else said.rejections)


def _changes(states: Sequence[State], part: Callable[[rules.Approval], object]) -> list[datetime]:
    """When it came to be, and when that part of the approval changed."""
    changed = [at for (_, old), (at, new) in pairwise(states) if part(old) != part(new)]
    return [states[0][0], *changed]


def _row(approval: rules.Approval, version: Row, changes: Sequence[datetime]) -> Row:
    return {
        "id": approval.id,
        "organization_id": version["organization_id"],
        "template_id": version["template_id"],
        "version_id": version["id"],
        "content_hash": approval.content_hash,
        "submitter_id": approval.submitter,
        "status": approval.status,
        "finished_at": None if approval.status is ApprovalStatus.IN_PROGRESS else changes[-1],
        **history(changes),
    }


def _step_row(states: Sequence[State], index: int, version: Row, *, due: bool) -> Row:
    changes = _changes(states, lambda approval: approval.steps[index])
    approval = states[-1][1]
    step = approval.steps[index]
    return {
        "id": step.id,
        "organization_id": version["organization_id"],
        "approval_id": approval.id,
        "position": step.position,
        "approver_id": step.approver,
        "required": step.required,
        "status": step.status,
        "comment": step.comment,
        "decided_at": step.decided_at,
        "due_at": changes[0] + timedelta(days=_DAYS_A_STEP * step.position) if due else None,
        **history(changes),
    }
