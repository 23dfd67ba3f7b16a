"""Who decides instead of whom, in memory."""

from dataclasses import replace
from uuid import UUID

import pytest

from domain import approval_moves as moves
from domain.approval_content import reopen
from domain.approval_course import settled
from domain.approval_table import (
    FIRST,
    MANAGER,
    NEW,
    NOW,
    RELIEF,
    SECOND,
    SOURCE,
    SUBMITTER,
    example,
)
from domain.approvals import Approval, Step, StepStatus, Verdict
from domain.approvers import Candidates, replacement, usable
from domain.errors import Forbidden
from domain.ids import StepId, UserId

ABLE = Candidates({FIRST, SECOND, RELIEF, MANAGER}, {MANAGER}, authors_may_approve=False)
NOBODY = UserId(UUID(int=77))


def delegated() -> Approval:
    return moves.with_stand_ins(example(), {FIRST: RELIEF})


def both_in_one_stage() -> Approval:
    """The first stage with a second step, which is the relief's own."""
    approval = example()
    [first, *others] = approval.stages
    own = Step(StepId(UUID(int=150)), 3, RELIEF, StepStatus.WAITING)
    return replace(approval, stages=(replace(first, steps=(*first.steps, own)), *others))


def test_a_stand_in_is_asked_and_named_with_whom_they_stand_in_for() -> None:
    waiting = delegated().waiting
    assert waiting is not None
    assert (waiting.approver, waiting.delegated_from) == (RELIEF, FIRST)


@pytest.mark.parametrize(("by", "behalf"), [(RELIEF, FIRST), (FIRST, None)])
def test_the_stand_in_decides_or_whoever_is_away(by: UserId, behalf: UserId | None) -> None:
    approval = delegated()
    step = approval.steps[0]
    after = moves.decide(approval, step.id, Verdict.APPROVE, None, by, NOW).steps[0]
    assert (after.approver, after.delegated_from) == (by, behalf)
    with pytest.raises(Forbidden):
        moves.decide(approval, step.id, Verdict.APPROVE, None, SUBMITTER, NOW)


def test_nobody_stands_in_where_they_have_a_step_already() -> None:
    approval = both_in_one_stage()
    assert moves.with_stand_ins(approval, {FIRST: RELIEF}) == approval


def test_only_what_waits_goes_to_a_stand_in() -> None:
    approval = example()
    assert moves.with_stand_ins(approval, {SECOND: RELIEF}) == approval


def test_new_content_asks_again_whom_somebody_stood_in_for() -> None:
    approval = delegated()
    decided = moves.decide(approval, approval.steps[0].id, Verdict.APPROVE, None, RELIEF, NOW)
    again = settled(reopen(decided, NEW, SOURCE, NOW), NOW)
    assert (again.steps[0].approver, again.steps[0].delegated_from) == (FIRST, None)
    assert again.stages[0].changed_since == approval.pin.version


def test_a_stand_in_who_leaves_gives_the_step_back() -> None:
    approval = delegated()
    step = approval.steps[0]
    others = (step.delegated_from, None, MANAGER)
    found = replacement(approval.stages[0], step, others, ABLE)
    assert found == FIRST
    after = moves.without_approvers(approval, {RELIEF}, {step.id: found}, NOW)
    assert (after.steps[0].approver, after.steps[0].status) == (FIRST, StepStatus.WAITING)


def test_a_replacement_may_approve_and_has_room() -> None:
    stage, step = both_in_one_stage().stages[0], example().steps[0]
    assert replacement(stage, step, (None, RELIEF, MANAGER, NOBODY), ABLE) is None
    assert replacement(stage, step, (None, RELIEF, SECOND), ABLE) == SECOND


def test_who_may_not_approve_stands_in_for_nobody() -> None:
    named = {FIRST: RELIEF, SECOND: MANAGER, MANAGER: NOBODY}
    assert usable(named, ABLE) == {FIRST: RELIEF}
