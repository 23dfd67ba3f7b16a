"""The approval's state machine, in memory: every state with every event, and random histories."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from domain import approval_course as course
from domain import approval_moves as moves
from domain import approvals
from domain import approvers as people
from domain.approvals import Approval, ApprovalStatus, Pin, Stage, Step, StepStatus, Verdict
from domain.errors import Conflict, DomainError, Forbidden, NotFound, UserError
from domain.ids import ApprovalId, StageId, StepId, UserId, VersionId
from domain.text import PROSE

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
SUBMITTER = UserId(UUID(int=1000))
STRANGER = UserId(UUID(int=2000))
PIN = Pin(VersionId(UUID(int=1)), "c0ffee", {"SOURCE": "c0"})
CLOSED = sorted(set(ApprovalStatus) - {ApprovalStatus.IN_PROGRESS})


def approver(position: int) -> UserId:
    return UserId(UUID(int=position))


def submitted(*required: bool) -> Approval:
    """An approval with a stage of one step for every flag, all of them still to come."""
    stages = tuple(
        Stage(StageId(UUID(int=200 + n)), n, (_step(n),), each)
        for n, each in enumerate(required, 1)
    )
    return Approval(ApprovalId(UUID(int=99)), PIN, SUBMITTER, ApprovalStatus.IN_PROGRESS, stages)


def _step(n: int) -> Step:
    return Step(StepId(UUID(int=100 + n)), n, approver(n))


def begun(*required: bool) -> Approval:
    return course.begin(submitted(*required), NOW)


def closed(status: ApprovalStatus) -> Approval:
    """An approval that ended that way after its first of two required steps was approved."""
    return course.closed(approved(begun(True, True), 1), status)


def decided(approval: Approval, position: int, verdict: Verdict) -> Approval:
    step = approval.steps[position - 1]
    return moves.decide(approval, step.id, verdict, "as said", step.approver, NOW)


def approved(approval: Approval, *positions: int) -> Approval:
    for position in positions:
        approval = decided(approval, position, Verdict.APPROVE)
    return approval


def lost(approval: Approval, user: UserId) -> Approval:
    """The approval after somebody left whom nobody replaces."""
    return moves.without_approvers(approval, {user}, {}, NOW)


def statuses(approval: Approval) -> list[str]:
    return [step.status.value for step in approval.steps]


# Beginning


def test_the_first_step_waits_and_the_others_are_pending() -> None:
    approval = begun(True, True, False)
    assert statuses(approval) == ["WAITING", "PENDING", "PENDING"]
    assert approval.waiting == approval.steps[0]


def test_an_optional_step_can_be_first() -> None:
    assert statuses(begun(False, True)) == ["WAITING", "PENDING"]


# Deciding in order


def test_steps_are_approved_in_order_until_the_last_required_one() -> None:
    approval = begun(True, True, True)
    for position in (1, 2):
        approval = approved(approval, position)
        assert approval.status is ApprovalStatus.IN_PROGRESS
        assert approval.waiting == approval.steps[position]
    approval = approved(approval, 3)
    assert approval.status is ApprovalStatus.APPROVED
    assert statuses(approval) == ["APPROVED"] * 3
    assert approval.waiting is None


def test_a_verdict_is_kept_with_its_words_and_its_time() -> None:
    [step] = decided(begun(True), 1, Verdict.REQUEST_CHANGES).steps
    assert (step.comment, step.decided_at) == ("as said", NOW)


@pytest.mark.parametrize(
    ("verdict", "step", "approval"),
    [
        (Verdict.REQUEST_CHANGES, "CHANGES_REQUESTED", ApprovalStatus.CHANGES_REQUESTED),
        (Verdict.REJECT, "REJECTED", ApprovalStatus.REJECTED),
    ],
)
def test_a_required_step_stops_the_approval(
    verdict: Verdict, step: str, approval: ApprovalStatus
) -> None:
    ended = decided(begun(True, False, True), 1, verdict)
    assert ended.status is approval
    assert statuses(ended) == [step, "SKIPPED", "SKIPPED"]


@pytest.mark.parametrize("verdict", Verdict)
def test_an_optional_step_stops_nothing_whatever_it_says(verdict: Verdict) -> None:
    after = decided(begun(False, True), 1, verdict)
    assert after.status is ApprovalStatus.IN_PROGRESS
    assert statuses(after) == [approvals.OUTCOME[verdict].value, "WAITING"]


def test_an_optional_step_is_passed_over_when_the_next_decides_first() -> None:
    after = approved(begun(False, False, True, True), 3)
    assert statuses(after) == ["SKIPPED", "SKIPPED", "APPROVED", "WAITING"]


def test_an_optional_step_in_the_middle_holds_nobody_up() -> None:
    after = approved(begun(True, False, True), 1, 3)
    assert after.status is ApprovalStatus.APPROVED
    assert statuses(after) == ["APPROVED", "SKIPPED", "APPROVED"]


def test_optional_steps_after_the_last_required_one_are_passed_over() -> None:
    after = approved(begun(True, False, False), 1)
    assert after.status is ApprovalStatus.APPROVED
    assert statuses(after) == ["APPROVED", "SKIPPED", "SKIPPED"]


def test_a_step_that_was_passed_over_can_no_longer_be_decided() -> None:
    with pytest.raises(Conflict, match="SKIPPED already"):
        approved(begun(False, True, True), 2, 1)


def test_a_later_step_cannot_overtake_a_required_one() -> None:
    approval = begun(True, False, True)
    for position in (2, 3):
        with pytest.raises(Conflict, match="turn has not come") as caught:
            approved(approval, position)
        assert caught.value.current.id == approval.steps[position - 1].id


@pytest.mark.parametrize("verdict", Verdict)
def test_a_decided_step_stays_decided(verdict: Verdict) -> None:
    approval = approved(begun(True, True), 1)
    with pytest.raises(Conflict, match="APPROVED already"):
        decided(approval, 1, verdict)


@pytest.mark.parametrize("by", [SUBMITTER, STRANGER, approver(2)])
def test_nobody_decides_a_step_that_is_not_theirs(by: UserId) -> None:
    approval = begun(True, True)
    with pytest.raises(Forbidden):
        moves.decide(approval, approval.steps[0].id, Verdict.APPROVE, None, by, NOW)


def test_a_step_of_another_approval_is_not_found() -> None:
    with pytest.raises(NotFound):
        moves.decide(begun(True), StepId(UUID(int=7)), Verdict.APPROVE, None, approver(1), NOW)


# Every state with every event

EVENTS: dict[str, Callable[[Approval], Approval]] = {
    "decide": lambda approval: approved(approval, 2),
    "withdraw": lambda approval: moves.withdraw(approval, SUBMITTER, NOW, manages=False),
    "withdraw as manager": lambda approval: moves.withdraw(approval, STRANGER, NOW, manages=True),
    "withdraw as another": lambda approval: moves.withdraw(approval, STRANGER, NOW, manages=False),
    "void": moves.void,
    "lose the approver": lambda approval: lost(approval, approver(2)),
}
SAME = "the same approval"
TABLE: dict[tuple[ApprovalStatus, str], object] = {
    (ApprovalStatus.IN_PROGRESS, "decide"): ApprovalStatus.APPROVED,
    (ApprovalStatus.IN_PROGRESS, "withdraw"): ApprovalStatus.WITHDRAWN,
    (ApprovalStatus.IN_PROGRESS, "withdraw as manager"): ApprovalStatus.WITHDRAWN,
    (ApprovalStatus.IN_PROGRESS, "void"): ApprovalStatus.VOIDED,
    (ApprovalStatus.IN_PROGRESS, "lose the approver"): ApprovalStatus.VOIDED,
    **{(status, "decide"): Conflict for status in CLOSED},
    **{(status, "withdraw"): Conflict for status in CLOSED},
    **{(status, "withdraw as manager"): Conflict for status in CLOSED},
    **{(status, "withdraw as another"): Forbidden for status in ApprovalStatus},
    **{(status, "void"): SAME for status in CLOSED},
    **{(status, "lose the approver"): SAME for status in CLOSED},
    (ApprovalStatus.APPROVED, "void"): ApprovalStatus.VOIDED,
}


def test_the_table_has_every_state_and_every_event() -> None:
    assert set(TABLE) == {(status, event) for status in ApprovalStatus for event in EVENTS}


@pytest.mark.parametrize(("status", "event"), TABLE)
def test_each_state_answers_each_event_as_the_table_says(
    status: ApprovalStatus, event: str
) -> None:
    running = status is ApprovalStatus.IN_PROGRESS
    approval = approved(begun(True, True), 1) if running else closed(status)
    expected = TABLE[status, event]
    if isinstance(expected, type) and issubclass(expected, DomainError):
        with pytest.raises(expected):
            EVENTS[event](approval)
    else:
        after = EVENTS[event](approval)
        assert after == approval if expected is SAME else after.status is expected
        assert after.steps[0] == approval.steps[0]


# Approvers who go


def test_a_waiting_optional_approver_who_goes_passes_the_turn_on() -> None:
    after = lost(begun(False, True), approver(1))
    assert after.status is ApprovalStatus.IN_PROGRESS
    assert statuses(after) == ["SKIPPED", "WAITING"]


def test_a_pending_optional_approver_who_goes_leaves_the_turn_where_it_is() -> None:
    after = lost(begun(True, False, True), approver(2))
    assert statuses(after) == ["WAITING", "SKIPPED", "PENDING"]


def test_a_pending_required_approver_who_goes_voids_the_approval() -> None:
    after = lost(begun(True, True), approver(2))
    assert after.status is ApprovalStatus.VOIDED
    assert statuses(after) == ["SKIPPED", "SKIPPED"]


def test_an_approver_who_has_decided_can_go() -> None:
    approval = approved(begun(True, True), 1)
    assert lost(approval, approver(1)) == approval
    assert lost(approval, STRANGER) == approval


# Submissions


def _problems(
    *named: int,
    unable: int = 0,
    author: int = 0,
    required: list[bool] | None = None,
    lenient: bool = False,
) -> list[tuple[object, ...]]:
    flags = [True] * len(named) if required is None else required
    able = {approver(n) for n in range(100)} - {approver(unable)}
    known = people.Candidates(able, {approver(author)}, lenient)
    found = people.check_steps([approver(n) for n in named], flags, known)
    return [problem.path for problem in found]


def test_a_submission_needs_a_required_step_and_at_most_twenty() -> None:
    assert _problems() == [("steps",)]
    assert _problems(1, required=[False]) == [("steps",)]
    assert _problems(*range(1, 21)) == []
    assert _problems(*range(1, 22)) == [("steps",)]


def test_an_approver_is_able_named_once_and_no_author() -> None:
    assert _problems(1, 2, unable=2) == [("steps", 1, "approver")]
    assert _problems(1, 1) == [("steps", 1, "approver")]
    assert _problems(3, author=3) == [("steps", 0, "approver")]
    assert _problems(3, author=3, lenient=True) == []


@pytest.mark.parametrize(
    ("comment", "verdict", "right"),
    [
        (None, Verdict.APPROVE, True),
        (None, Verdict.REQUEST_CHANGES, False),
        (None, Verdict.REJECT, False),
        ("Line one\nLine two", Verdict.REJECT, True),
        ("  \n ", Verdict.APPROVE, False),
        ("a" * PROSE, Verdict.APPROVE, True),
        ("a" * (PROSE + 1), Verdict.APPROVE, False),
        ("bell \a", Verdict.REJECT, False),
    ],
)
def test_a_verdict_that_is_no_approval_says_why(
    comment: str | None, verdict: Verdict, right: bool
) -> None:
    found = list(moves.check_comment(comment, verdict))
    assert [problem.path for problem in found] == ([] if right else [("comment",)])


@pytest.mark.parametrize("allowed", [True, False])
def test_authors_approve_only_where_the_organisation_lets_them(allowed: bool) -> None:
    people.check_author(STRANGER, {SUBMITTER}, authors_may_approve=allowed)
    if allowed:
        people.check_author(SUBMITTER, {SUBMITTER}, authors_may_approve=True)
    else:
        with pytest.raises(Forbidden):
            people.check_author(SUBMITTER, {SUBMITTER}, authors_may_approve=False)


# Random histories

PEOPLE = 6
positions = some.integers(1, PEOPLE)
happenings = some.one_of(
    some.tuples(some.just("decide"), positions, positions, some.sampled_from(Verdict)),
    some.tuples(some.just("withdraw"), some.booleans()),
    some.tuples(some.just("void")),
    some.tuples(some.just("lose"), positions),
)
flags = some.lists(some.booleans(), min_size=1, max_size=PEOPLE).filter(any)


def _after(approval: Approval, happening: tuple[object, ...]) -> Approval:
    match happening:
        case ("decide", int(position), int(by), Verdict() as verdict):
            step = StepId(UUID(int=100 + position))
            return moves.decide(approval, step, verdict, None, approver(by), NOW)
        case ("withdraw", bool(manages)):
            return moves.withdraw(approval, STRANGER, NOW, manages=manages)
        case ("lose", int(position)):
            return lost(approval, approver(position))
    return moves.void(approval)


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(flags, some.lists(happenings, max_size=14))
def test_every_history_keeps_the_promises(
    required: list[bool], history: list[tuple[object, ...]]
) -> None:
    approval = begun(*required)
    _check(approval)
    for happening in history:
        before = approval
        try:
            approval = _after(approval, happening)
        except (UserError, Forbidden):
            continue
        _check(approval)
        _check_follows(before, approval)


def _check(approval: Approval) -> None:
    """What holds in every state."""
    waiting = [step for step in approval.steps if step.status is StepStatus.WAITING]
    running = approval.status is ApprovalStatus.IN_PROGRESS
    assert len(waiting) == (1 if running else 0)
    if not running:
        assert not any(step.status in approvals.UNDECIDED for step in approval.steps)
    required = [stage.steps[0] for stage in approval.stages if stage.required]
    all_approved = all(step.status is StepStatus.APPROVED for step in required)
    if approval.status is not ApprovalStatus.VOIDED:
        assert all_approved == (approval.status is ApprovalStatus.APPROVED)
    for step in approval.steps:
        assert (step.decided_at is not None) == (step.status in approvals.OUTCOME.values())
    if waiting:
        later = [step for step in approval.steps if step.position > waiting[0].position]
        earlier = [step for step in approval.steps if step.position < waiting[0].position]
        assert all(step.status in {StepStatus.PENDING, StepStatus.SKIPPED} for step in later)
        assert not any(step.status in approvals.UNDECIDED for step in earlier)


def _check_follows(before: Approval, after: Approval) -> None:
    """What holds of every change: what was decided stays, and what has ended stays ended."""
    for was, now in zip(before.steps, after.steps, strict=True):
        assert was == now or was.status in approvals.UNDECIDED
        assert (was.id, was.position, was.approver) == (now.id, now.position, now.approver)
    if before.status is not ApprovalStatus.IN_PROGRESS:
        voided = before.status in approvals.STANDING and after.status is ApprovalStatus.VOIDED
        assert after == before or voided
