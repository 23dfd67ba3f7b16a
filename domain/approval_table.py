"""What each event makes of an approval in each state, found by letting the rules answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations_with_replacement
from uuid import UUID

from domain.approval_content import reopen
from domain.approval_course import asked, begin, closed, settled, skipped
from domain.approval_moves import (
    decide,
    force,
    reassign,
    void,
    with_stand_ins,
    withdraw,
    without_approvers,
)
from domain.approval_time import escalate, expire, remind
from domain.approvals import Approval, ApprovalStatus, Pin, Stage, Step, StepStatus, Verdict
from domain.content import ContentPart
from domain.errors import DomainError
from domain.ids import ApprovalId, StageId, StepId, UserId, VersionId
from domain.stages import StageRule

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = BEGUN + timedelta(hours=1)
LATER = BEGUN + timedelta(hours=30)
OVER = BEGUN + timedelta(hours=80)
FIRST, SECOND, SUBMITTER, MANAGER, RELIEF = (UserId(UUID(int=n)) for n in range(1, 6))
OLD = Pin(VersionId(UUID(int=1)), "old")
NEW = Pin(VersionId(UUID(int=2)), "new")
SOURCE, VARIABLES = frozenset({ContentPart.SOURCE}), frozenset({ContentPart.VARIABLES})

State = Callable[[], Approval]
Event = Callable[[Approval], Approval]


def example() -> Approval:
    """Two required stages of one approver each: the first covers the source, the second all.

    A stage is due after a day, its approvers are reminded after two hours, and the whole expires
    after three days.
    """
    stages = (_stage(1, FIRST, SOURCE), _stage(2, SECOND, frozenset(ContentPart)))
    made = Approval(ApprovalId(UUID(int=9)), OLD, SUBMITTER, ApprovalStatus.IN_PROGRESS, stages)
    return begin(replace(made, expires_in=timedelta(days=3)), BEGUN)


def _stage(n: int, approver: UserId, covers: frozenset[ContentPart]) -> Stage:
    day, remind_after = timedelta(days=1), timedelta(hours=2)
    step = Step(StepId(UUID(int=100 + n)), n, approver)
    return Stage(
        StageId(UUID(int=200 + n)),
        n,
        (step,),
        covers=covers,
        due_in=day,
        remind_after=remind_after,
    )


def _half_way() -> Approval:
    return _decided(example(), Verdict.APPROVE)


def _ended(status: ApprovalStatus) -> State:
    return lambda: closed(_half_way(), status)


RUNNING: dict[str, State] = {
    "first stage active": example,
    "last stage active": _half_way,
    "its time over": lambda: replace(_half_way(), expires_at=BEGUN),
    "organisation suspended": lambda: replace(_half_way(), suspended=True),
}
ENDED: dict[str, State] = {
    "APPROVED": lambda: _decided(_half_way(), Verdict.APPROVE),
    "APPROVED by force": lambda: force(_half_way(), MANAGER, "Urgent.", NOW),
    **{
        status.value: _ended(status)
        for status in ApprovalStatus
        if status not in {ApprovalStatus.IN_PROGRESS, ApprovalStatus.APPROVED}
    },
}


def _turn(approval: Approval) -> Step:
    """The step that waits, or the last."""
    return approval.waiting or approval.steps[-1]


def _decided(approval: Approval, verdict: Verdict) -> Approval:
    step = _turn(approval)
    return decide(approval, step.id, verdict, None, step.approver, NOW)


def _as(approval: Approval, step: Step, by: UserId) -> Approval:
    return decide(approval, step.id, Verdict.APPROVE, None, by, NOW)


def _renewed(approval: Approval, changed: frozenset[ContentPart]) -> Approval:
    if approval.has_expired(NOW):
        return expire(approval, NOW)
    if approval.status not in {ApprovalStatus.IN_PROGRESS, ApprovalStatus.APPROVED}:
        return approval
    return settled(reopen(approval, NEW, changed, NOW), NOW)


def _left(approval: Approval, replacement: UserId | None) -> Approval:
    step = _turn(approval)
    others = {} if replacement is None else {step.id: replacement}
    return without_approvers(approval, {step.approver}, others, NOW)


def _stage_id(approval: Approval) -> StageId:
    return (approval.active or approval.stages[-1]).id


EVENTS: dict[str, Event] = {
    "the approver approves": lambda a: _decided(a, Verdict.APPROVE),
    "the approver requests changes": lambda a: _decided(a, Verdict.REQUEST_CHANGES),
    "the approver rejects": lambda a: _decided(a, Verdict.REJECT),
    "somebody else decides the step": lambda a: _as(a, _turn(a), MANAGER),
    "the approver of the last stage decides": lambda a: _as(a, a.steps[-1], SECOND),
    "an approver decides twice": lambda a: _as(
        _as(a, _turn(a), _turn(a).approver), _turn(a), _turn(a).approver
    ),
    "the submitter withdraws": lambda a: withdraw(a, SUBMITTER, NOW, manages=False),
    "a manager withdraws": lambda a: withdraw(a, MANAGER, NOW, manages=True),
    "somebody else withdraws": lambda a: withdraw(a, FIRST, NOW, manages=False),
    "approved by force": lambda a: force(a, MANAGER, "Urgent.", NOW),
    "the step is reassigned": lambda a: reassign(a, _turn(a).id, RELIEF, NOW),
    "the approver is away, with a stand-in": lambda a: with_stand_ins(
        a, {_turn(a).approver: RELIEF}
    ),
    "the approver leaves or loses the role, with a replacement": lambda a: _left(a, RELIEF),
    "the approver leaves or loses the role, without one": lambda a: _left(a, None),
    "the source changes": lambda a: _renewed(a, SOURCE),
    "only the variables change": lambda a: _renewed(a, VARIABLES),
    "the template is archived": void,
    "it is time to remind": lambda a: remind(a, _stage_id(a), LATER),
    "the stage is overdue, with `escalateTo`": lambda a: escalate(a, _stage_id(a), RELIEF, LATER),
    "the stage is overdue, without": lambda a: escalate(a, _stage_id(a), None, LATER),
    "its time is over": lambda a: expire(a, OVER),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of an event: an error, or the approval and who is asked by it."""

    refused: str | None = None
    after: Approval | None = None
    asked: tuple[UserId, ...] = ()
    is_same: bool = False


def outcome(state: State, event: Event) -> Outcome:
    before = state()
    try:
        after = event(before)
    except DomainError as error:
        return Outcome(type(error).__name__)
    people = tuple(step.approver for _, step in asked(before, after))
    return Outcome(None, after, people, after == before)


VERDICTS = {
    StepStatus.APPROVED: "approved",
    StepStatus.CHANGES_REQUESTED: "changes",
    StepStatus.REJECTED: "rejected",
    StepStatus.WAITING: "waits",
    StepStatus.SKIPPED: "gone",
}
RULES: dict[str, tuple[StageRule, int | None]] = {
    "ALL": (StageRule.ALL, None),
    "ANY": (StageRule.ANY, None),
    "AT_LEAST 2": (StageRule.AT_LEAST, 2),
}


def verdicts() -> Iterator[tuple[str, dict[str, str]]]:
    """What three approvers said, and how their stage ends by each rule; a dash where they never
    come to say so much, because it has ended before.
    """
    for statuses in combinations_with_replacement(VERDICTS, 3):
        said = ", ".join(VERDICTS[status] for status in statuses)
        yield said, {name: _ends(statuses, *rule) for name, rule in RULES.items()}


def _ends(statuses: tuple[StepStatus, ...], rule: StageRule, at_least: int | None) -> str:
    stage = _of_three(statuses, rule, at_least)
    if _had_ended(stage):
        return "—"
    return skipped(stage).status.value if stage.is_moot else "goes on"


def _had_ended(stage: Stage) -> bool:
    """Whether it had ended in whatever order they said it, one verdict or leaving earlier."""
    acted = [step for step in stage.steps if step.status is not StepStatus.WAITING]
    return bool(acted) and all(_without(stage, step).is_moot for step in acted)


def _without(stage: Stage, step: Step) -> Stage:
    waiting = replace(step, status=StepStatus.WAITING)
    steps = tuple(waiting if each.id == step.id else each for each in stage.steps)
    return replace(stage, steps=steps)


def _of_three(statuses: tuple[StepStatus, ...], rule: StageRule, at_least: int | None) -> Stage:
    steps = tuple(
        Step(StepId(UUID(int=n)), n, UserId(UUID(int=n)), status)
        for n, status in enumerate(statuses, 1)
    )
    return Stage(StageId(UUID(int=1)), 1, steps, rule=rule, at_least=at_least)
