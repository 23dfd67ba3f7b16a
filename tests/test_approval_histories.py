"""Random histories of approvals: the rules and a simple model always agree, and promises hold."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from domain import approval_content as content
from domain import approval_course as course
from domain import approval_moves as moves
from domain import approval_time as time
from domain.approvals import (
    DECIDED,
    STANDING,
    Approval,
    ApprovalStatus,
    Pin,
    Stage,
    StageStatus,
    Step,
    StepStatus,
    Verdict,
)
from domain.content import ContentPart
from domain.errors import Conflict, Forbidden, Invalid
from domain.ids import ApprovalId, StageId, StepId, UserId, VersionId
from domain.stages import StageRule
from tests.approval_model import Model, Part, Turn

PARTS = (ContentPart.SOURCE, ContentPart.VARIABLES, ContentPart.LOCALES)
NAMES = [part.value for part in PARTS]
MANAGER = 10_000
choices = some.integers(0, 11)
stages = some.lists(
    some.tuples(
        some.integers(1, 3),  # steps
        some.integers(1, 3),  # how many it takes, at most all
        some.booleans(),  # required
        some.sets(some.sampled_from(NAMES), min_size=1),
    ),
    min_size=1,
    max_size=3,
).filter(lambda given: any(required for _, _, required, _ in given))


def user(n: int) -> UserId:
    return UserId(UUID(int=n))


class Histories(RuleBasedStateMachine):
    """What happens to one approval, to the rules and to the model alike."""

    @initialize(given=stages)
    def submit(self, given: list[tuple[int, int, bool, set[str]]]) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.people = 0
        self.gone: set[int] = set()
        parts = [
            Part(
                [Turn(self.somebody()) for _ in range(size)],
                min(need, size),
                required,
                frozenset(covers),
            )
            for size, need, required, covers in given
        ]
        self.model = Model(parts, dict.fromkeys(NAMES, 0))
        self.approval = course.begin(self._submitted(), self.now)
        self.before = self.approval

    def somebody(self) -> int:
        """Somebody new."""
        self.people += 1
        return self.people

    def _submitted(self) -> Approval:
        positions = iter(range(1, 100))
        stages = tuple(
            Stage(
                StageId(UUID(int=n)),
                n,
                tuple(
                    Step(StepId(UUID(int=position)), position, user(turn.owner))
                    for turn, position in zip(part.turns, positions, strict=False)
                ),
                part.required,
                StageRule.AT_LEAST,
                part.need,
                frozenset(map(ContentPart, part.covers)),
                timedelta(hours=4),
                timedelta(hours=1),
            )
            for n, part in enumerate(self.model.parts, 1)
        )
        id, running = ApprovalId(UUID(int=1)), ApprovalStatus.IN_PROGRESS
        return Approval(id, self._pin(), user(MANAGER), running, stages, timedelta(hours=40))

    def _pin(self) -> Pin:
        hashes = {name: str(count) for name, count in self.model.content.items()}
        return Pin(VersionId(UUID(int=sum(self.model.content.values()))), str(hashes), hashes)

    def _turn(self, choice: int) -> int:
        return choice % len(self.model.turns)

    def _is_over(self) -> bool:
        return self.approval.has_expired(self.now)

    def _go(self, change: Callable[[], Approval], *, allowed: bool) -> bool:
        """Whether the rules allow it, as they should: what they refuse changes nothing."""
        self.before = self.approval
        try:
            self.approval = change()
        except (Conflict, Forbidden, Invalid):
            assert not allowed
            return False
        assert allowed
        return True

    @rule(choice=choices, verdict=some.sampled_from(Verdict), another=some.integers(0, 5))
    def decide(self, choice: int, verdict: Verdict, another: int) -> None:
        n = self._turn(choice)
        _, turn = self.model.turns[n]
        by = MANAGER if another == 0 else turn.owner
        id = self.approval.steps[n].id
        given: Any = (id, verdict, None, user(by), self.now)
        allowed = by == turn.owner and self.model.may_decide(n) and not self._is_over()
        if self._go(lambda: moves.decide(self.approval, *given), allowed=allowed):
            self.model.decide(n, verdict)

    @rule()
    def approve_in_turn(self) -> None:
        """What most people do."""
        waiting = self.approval.waiting
        if waiting is not None:
            self.decide(self.approval.steps.index(waiting), Verdict.APPROVE, 1)

    @rule(names=some.sets(some.sampled_from(NAMES), min_size=1))
    def change_content(self, names: set[str]) -> None:
        if self._is_over():
            return self.expire()
        self.model.change(frozenset(names), self.gone)
        gone = {user(n) for n in self.gone}
        parts = frozenset(map(ContentPart, names))

        def renewed() -> Approval:
            if self.approval.status not in STANDING:
                return self.approval
            reopened = content.reopen(self.approval, self._pin(), parts, self.now)
            return course.settled(moves.without_open_steps_of(reopened, gone, {}), self.now)

        self._go(renewed, allowed=True)
        return None

    @rule(choice=choices, is_replaced=some.booleans())
    def leave(self, choice: int, is_replaced: bool) -> None:
        n = self._turn(choice)
        owner, step = self.model.turns[n][1].owner, self.approval.steps[n]
        replacement = self.somebody() if is_replaced else None
        others = {} if replacement is None else {step.id: user(replacement)}
        self.gone.add(owner)
        self.model.lose(owner, replacement)
        gone = {user(owner)}
        self._go(
            lambda: moves.without_approvers(self.approval, gone, others, self.now), allowed=True
        )

    @rule(choice=choices)
    def reassign(self, choice: int) -> None:
        n, to = self._turn(choice), self.somebody()
        part, turn = self.model.turns[n]
        running = self.model.status is ApprovalStatus.IN_PROGRESS and not self._is_over()
        allowed = running and part.asks and turn in part.open
        id = self.approval.steps[n].id
        if self._go(lambda: moves.reassign(self.approval, id, user(to), self.now), allowed=allowed):
            turn.owner = to

    @rule(choice=choices)
    def reassign_within_a_stage(self, choice: int) -> None:
        n = self._turn(choice)
        part, _ = self.model.turns[n]
        id, to = self.approval.steps[n].id, user(part.turns[0].owner)
        self._go(lambda: moves.reassign(self.approval, id, to, self.now), allowed=False)

    @rule(is_manager=some.booleans())
    def withdraw(self, is_manager: bool) -> None:
        running = self.model.status is ApprovalStatus.IN_PROGRESS and not self._is_over()

        def withdrawn() -> Approval:
            return moves.withdraw(self.approval, user(1), self.now, manages=is_manager)

        if self._go(withdrawn, allowed=running and is_manager):
            self.model.end(ApprovalStatus.WITHDRAWN)

    @rule()
    def force(self) -> None:
        running = self.model.status is ApprovalStatus.IN_PROGRESS and not self._is_over()
        given: Any = (user(MANAGER), "Urgent.", self.now)
        if self._go(lambda: moves.force(self.approval, *given), allowed=running):
            self.model.end(ApprovalStatus.APPROVED)
            self.model.is_forced = True

    @rule(hours=some.integers(1, 5))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def expire(self) -> None:
        if self._is_over():
            self.model.end(ApprovalStatus.EXPIRED)
        self._go(lambda: time.expire(self.approval, self.now), allowed=True)

    @rule()
    def remind(self) -> None:
        if stage := self.approval.active:
            self._go(lambda: time.remind(self.approval, stage.id, self.now), allowed=True)

    @rule(hours=some.sampled_from([0, 4]), has_somebody=some.booleans())
    def escalate(self, hours: int, has_somebody: bool) -> None:
        self.now += timedelta(hours=hours)
        stage = self.approval.active
        if stage is None:
            return
        to = self.somebody() if has_somebody else None
        if time.is_overdue(self.approval, stage.id, self.now):
            self._escalated(to)
        other = None if to is None else user(to)
        self._go(lambda: time.escalate(self.approval, stage.id, other, self.now), allowed=True)

    def _escalated(self, to: int | None) -> None:
        part = self.model.current()
        assert part is not None
        if to is not None:
            part.open[0].owner = to
        else:
            part.is_over |= not part.required

    @invariant()
    def agree(self) -> None:
        assert self.approval.status is self.model.status
        expected = [self.model.step(part, turn) for part, turn in self.model.turns]
        assert [step.status for step in self.approval.steps] == expected

    @invariant()
    def one_stage_is_active_while_it_runs(self) -> None:
        statuses = [stage.status for stage in self.approval.stages]
        running = self.approval.status is ApprovalStatus.IN_PROGRESS
        assert statuses.count(StageStatus.ACTIVE) == (1 if running else 0)
        if running:
            earlier = self.approval.stages[: statuses.index(StageStatus.ACTIVE)]
            assert all(stage.status is StageStatus.APPROVED for stage in earlier if stage.required)
        else:
            assert not any(stage.is_open for stage in self.approval.stages)

    @invariant()
    def what_is_approved_is_what_is_there(self) -> None:
        if self.approval.status in STANDING:
            for stage in self.approval.stages:
                for step in stage.steps:
                    self._check_seen(stage, step)
        if self.approval.status is ApprovalStatus.APPROVED and not self.approval.forced_by:
            required = [stage for stage in self.approval.stages if stage.required]
            assert all(
                stage.count(StepStatus.APPROVED) >= (stage.at_least or 0) for stage in required
            )

    def _check_seen(self, stage: Stage, step: Step) -> None:
        assert (step.decided_on is not None) == (step.status in DECIDED)
        if step.decided_on is not None:
            for part in stage.covers:
                assert step.decided_on.parts[part] == self.approval.pin.parts[part]

    @invariant()
    def what_was_decided_stays_decided_unless_it_was_voided(self) -> None:
        changed = {
            name for name in NAMES if self.before.pin.parts[name] != self.approval.pin.parts[name]
        }
        for old, new in zip(self.before.stages, self.approval.stages, strict=True):
            for was, now in zip(old.steps, new.steps, strict=True):
                is_voided = bool({part.value for part in old.covers} & changed)
                assert was.status not in DECIDED or was == now or is_voided

    @invariant()
    def what_has_ended_without_approving_stays_as_it_ended(self) -> None:
        assert self.before.status in STANDING or self.before == self.approval

    @invariant()
    def nobody_has_two_votes_in_a_stage(self) -> None:
        for stage in self.approval.stages:
            people = [step.approver for step in stage.steps]
            assert len(set(people)) == len(people)

    @invariant()
    def time_runs_for_the_active_stage(self) -> None:
        for stage in self.approval.stages:
            if stage.status is StageStatus.ACTIVE:
                assert stage.active_since is not None
                assert stage.active_since <= self.now
                assert stage.due_at == stage.active_since + timedelta(hours=4)


Histories.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestHistories = Histories.TestCase


def test_the_model_finds_a_rule_that_is_wrong() -> None:
    """A verdict that outlives its content is what all of this is to keep out."""
    machine = Histories()
    machine.submit([(1, 1, True, {"SOURCE"})])
    machine.approve_in_turn()
    stale = machine.approval
    machine.change_content({"SOURCE"})
    machine.approval = replace(stale, pin=machine.approval.pin)
    for promise in (machine.agree, machine.what_is_approved_is_what_is_there):
        try:
            promise()
        except AssertionError:
            continue
        raise AssertionError(promise)
