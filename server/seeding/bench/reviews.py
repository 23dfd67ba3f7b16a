"""Approvals as people would have taken them, through the very rules that the application uses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from uuid import UUID

from domain import approvals as rules
from domain.approval_course import begin
from domain.approval_moves import decide, void, withdraw
from domain.approvals import ApprovalStatus, Verdict
from domain.content import Content, ContentPart, Source, part_hashes
from domain.ids import ApprovalId, StageId, StepId, UserId, VersionId
from server.seeding.bench import words
from server.seeding.bench.draws import chance, later, uuid7
from server.seeding.bench.rows import Row, history

State = tuple[datetime, rules.Approval]
Turn = tuple[rules.Stage, Verdict]


@dataclass(frozen=True, slots=True)
class Review:
    """The rows of an approval, and when its status changed."""

    approval: Row
    stages: list[Row]
    steps: list[Row]
    changes: list[datetime]


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
) -> Review:
    """An approval of a stage a step, submitted at `at`, that ends with `fate`."""
    states = list(_states(rng, _submitted(rng, version, approvers, at), fate, at))
    changes = _changes(states, lambda approval: approval.status)
    due = chance(rng, 0.5)
    every = range(len(approvers))
    stages = [_stage_row(states, index, version, due=due) for index in every]
    steps = [_step_row(states, index, version, due=due) for index in every]
    return Review(_row(states[-1][1], version, changes), stages, steps, changes)


def _submitted(
    rng: Random, version: Row, approvers: Sequence[UUID], at: datetime
) -> rules.Approval:
    always = rng.randrange(len(approvers))
    return rules.Approval(
        id=ApprovalId(uuid7(rng, at)),
        pin=_pin(version),
        submitter=UserId(version["author_id"]),
        status=ApprovalStatus.IN_PROGRESS,
        stages=tuple(
            _stage(
                uuid7(rng, at),
                index + 1,
                UserId(approver),
                required=index == always or chance(rng, 0.75),
            )
            for index, approver in enumerate(approvers)
        ),
    )


def _pin(version: Row) -> rules.Pin:
    source = Source(version["kind"], version["subject"], version["body"], version["text"])
    parts = part_hashes(Content(source, version["variables"]))
    return rules.Pin(VersionId(version["id"]), version["content_hash"], parts)


def _stage(id: UUID, position: int, approver: UserId, *, required: bool) -> rules.Stage:
    """A stage of one step, which has the same id."""
    step = rules.Step(StepId(id), position, approver)
    return rules.Stage(StageId(id), position, (step,), required)


def _states(
    rng: Random, submitted: rules.Approval, fate: ApprovalStatus, at: datetime
) -> Iterator[State]:
    """Every state of the approval, from its first step waiting on, and since when."""
    approval = begin(submitted, at)
    yield at, approval
    for stage, verdict in _turns(rng, approval.stages, fate):
        at = later(rng, at, _HOURS_TO_DECIDE)
        comment, [step] = _comment(rng, verdict), stage.steps
        approval = decide(approval, step.id, verdict, comment, step.approver, at)
        yield at, approval
    if fate in {ApprovalStatus.WITHDRAWN, ApprovalStatus.VOIDED}:
        at = later(rng, at, _HOURS_TO_DECIDE)
        yield at, _broken_off(approval, fate, at)


def _turns(rng: Random, stages: Sequence[rules.Stage], fate: ApprovalStatus) -> Iterator[Turn]:
    """Who decides what, in order; optional stages are passed over now and then."""
    required = [stage for stage in stages if stage.required]
    if fate is ApprovalStatus.VOIDED and chance(rng, 0.5):
        fate = ApprovalStatus.APPROVED
    last = required[-1] if fate is ApprovalStatus.APPROVED else rng.choice(required)
    for stage in stages[: stages.index(last)]:
        if stage.required:
            yield stage, Verdict.APPROVE
        elif chance(rng, 0.7):
            yield stage, rng.choices(_OPTIONAL_VERDICTS, (8, 1, 1))[0]
    if fate in _LAST_VERDICT:
        yield last, _LAST_VERDICT[fate]


def _broken_off(approval: rules.Approval, fate: ApprovalStatus, at: datetime) -> rules.Approval:
    if fate is ApprovalStatus.VOIDED:
        return void(approval)
    return withdraw(approval, approval.submitter, at, manages=False)


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
        "content_hash": approval.pin.content_hash,
        "submitter_id": approval.submitter,
        "status": approval.status,
        "finished_at": None if approval.status is ApprovalStatus.IN_PROGRESS else changes[-1],
        **history(changes),
    }


def _stage_row(states: Sequence[State], index: int, version: Row, *, due: bool) -> Row:
    changes = _changes(states, lambda approval: approval.stages[index].status)
    approval = states[-1][1]
    stage = approval.stages[index]
    return {
        "id": stage.id,
        "organization_id": version["organization_id"],
        "approval_id": approval.id,
        "position": stage.position,
        "rule": stage.rule,
        "required": stage.required,
        "status": stage.status,
        "covers": [part.value for part in ContentPart],
        "active_since": stage.active_since,
        "due_at": _due_at(changes, stage.position) if due else None,
        **history(changes),
    }


def _due_at(changes: Sequence[datetime], position: int) -> datetime:
    return changes[0] + timedelta(days=_DAYS_A_STEP * position)


def _step_row(states: Sequence[State], index: int, version: Row, *, due: bool) -> Row:
    changes = _changes(states, lambda approval: approval.steps[index])
    approval = states[-1][1]
    stage, step = approval.stages[index], approval.steps[index]
    seen = step.decided_on
    return {
        "id": step.id,
        "organization_id": version["organization_id"],
        "approval_id": approval.id,
        "stage_id": stage.id,
        "position": step.position,
        "approver_id": step.approver,
        "required": stage.required,
        "status": step.status,
        "comment": step.comment,
        "decided_at": step.decided_at,
        "decided_version_id": None if seen is None else seen.version,
        "content_hash": None if seen is None else seen.content_hash,
        "part_hashes": None if seen is None else dict(seen.parts),
        "due_at": _due_at(changes, step.position) if due else None,
        **history(changes),
    }
