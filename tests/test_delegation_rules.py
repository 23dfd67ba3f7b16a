"""The rules of delegations: who decides for whom at which moment, and what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.models import new_id
from domain.delegations import (
    FURTHEST,
    LONGEST,
    MOST_HOPS,
    Delegation,
    check_free,
    check_manages,
    check_open,
    check_people,
    check_terms,
    depending,
    stand_ins,
)
from domain.errors import Conflict, Forbidden
from domain.ids import DelegationId, UserId

DAY = timedelta(days=1)
START = datetime(2026, 11, 21, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)
ANN, BEN, CLEO, DAN = PEOPLE = [UserId(new_id()) for _ in range(4)]
MANY = [UserId(new_id()) for _ in range(MOST_HOPS + 3)]


def away(who: UserId, to: UserId, first: int = 0, last: int = 10) -> Delegation:
    """From the beginning of one day until the beginning of another, counted from the start."""
    return Delegation(DelegationId(new_id()), who, to, START + first * DAY, START + last * DAY)


def messages(wanted: Delegation, *others: Delegation) -> dict[str, str]:
    problems = check_people(wanted, PEOPLE, others)
    return {str(problem.path[0]): problem.message for problem in problems}


# Who decides


def test_the_stand_in_decides_from_the_beginning_until_just_before_the_end() -> None:
    delegation = away(ANN, BEN, 1, 2)
    moment = timedelta(microseconds=1)
    for now, decides in (
        (delegation.begins - moment, {}),
        (delegation.begins, {ANN: BEN}),
        (delegation.ends - moment, {ANN: BEN}),
        (delegation.ends, {}),
    ):
        assert stand_ins([delegation], PEOPLE, PEOPLE, now) == decides


def test_a_stand_in_who_is_away_too_is_stood_in_for() -> None:
    chain = [away(ANN, BEN), away(BEN, CLEO), away(DAN, ANN)]
    assert stand_ins(chain, PEOPLE, PEOPLE, START) == {ANN: CLEO, BEN: CLEO, DAN: CLEO}


def test_a_chain_is_followed_only_so_far() -> None:
    chain = [away(one, other) for one, other in pairwise(MANY)]
    assert stand_ins(chain, MANY[:1], MANY, START) == {MANY[0]: MANY[MOST_HOPS]}


def test_a_chain_ends_before_who_may_not_decide() -> None:
    chain = [away(ANN, BEN), away(BEN, CLEO), away(CLEO, DAN)]
    assert stand_ins(chain, [ANN], [ANN, BEN, DAN], START) == {ANN: BEN}
    assert stand_ins(chain, [BEN], [ANN, BEN, DAN], START) == {}


def test_a_circle_ends_with_the_last_who_was_not_there_yet() -> None:
    """None is ever stored; rows that came about in another way do no harm."""
    circle = [away(ANN, BEN), away(BEN, CLEO), away(CLEO, ANN)]
    assert stand_ins(circle, PEOPLE, PEOPLE, START) == {ANN: CLEO, BEN: ANN, CLEO: BEN}


def test_who_goes_away_leaves_what_they_decided_for_others_too() -> None:
    chain = [away(ANN, BEN), away(BEN, CLEO), away(DAN, CLEO, 5, 6)]
    assert depending(chain, BEN, PEOPLE, START) == [BEN, ANN]
    assert depending(chain, CLEO, PEOPLE, START) == [CLEO, ANN, BEN]
    assert depending(chain, ANN, PEOPLE, START) == [ANN]
    assert depending(chain, CLEO, PEOPLE, START + 5 * DAY) == [CLEO, ANN, BEN, DAN]


# What is refused


def test_somebody_may_not_stand_in_for_themselves() -> None:
    assert "somebody else" in messages(away(ANN, ANN))["to"]


def test_both_have_to_be_people_who_may_decide() -> None:
    stranger = UserId(new_id())
    assert set(messages(away(ANN, stranger))) == {"to"}
    assert set(messages(away(stranger, ANN))) == {"approver"}


def test_approvals_may_not_come_back_to_whose_they_are() -> None:
    assert "come back" in messages(away(ANN, BEN), away(BEN, ANN))["to"]
    assert "come back" in messages(away(ANN, BEN), away(BEN, CLEO), away(CLEO, ANN))["to"]
    assert messages(away(ANN, BEN), away(BEN, CLEO), away(CLEO, DAN)) == {}


def test_they_may_lead_back_at_another_time() -> None:
    assert messages(away(ANN, BEN, 0, 5), away(BEN, ANN, 5, 10)) == {}
    parts = away(BEN, CLEO, 0, 3), away(CLEO, ANN, 3, 6)
    assert messages(away(ANN, BEN, 0, 6), *parts) == {}
    overlapping = away(BEN, CLEO, 0, 4), away(CLEO, ANN, 3, 6)
    assert "come back" in messages(away(ANN, BEN, 0, 6), *overlapping)["to"]


def test_nobody_has_two_stand_ins_at_a_time() -> None:
    there = away(ANN, BEN, 3, 6)
    for first, last in ((0, 4), (5, 9), (4, 5), (0, 9), (3, 6)):
        with pytest.raises(Conflict) as refused:
            check_free(away(ANN, CLEO, first, last), [there])
        assert refused.value.current.id == there.id
    for first, last in ((0, 3), (6, 9)):
        check_free(away(ANN, CLEO, first, last), [there])
    check_free(away(BEN, CLEO, 0, 9), [there])


@pytest.mark.parametrize(
    ("begins", "ends", "paths"),
    [
        (START, START + DAY, []),
        (START, START + LONGEST, []),
        (START + FURTHEST, START + FURTHEST + DAY, []),
        (START, START, ["until"]),
        (START + DAY, START, ["until"]),
        (START, START + LONGEST + DAY, ["until"]),
        (START + FURTHEST + DAY, START + FURTHEST + 2 * DAY, ["from"]),
        (LATEST, LATEST + DAY / 2, ["from"]),
    ],
)
def test_a_period_ends_after_it_begins_and_has_its_bounds(
    begins: datetime, ends: datetime, paths: list[str]
) -> None:
    problems = list(check_terms(begins, ends, "On leave", START))
    assert [problem.path[0] for problem in problems] == paths


def test_a_reason_is_needed() -> None:
    [problem] = check_terms(START, START + DAY, " ", START)
    assert problem.path == ("reason",)


def test_only_managers_delegate_what_is_somebody_else_s() -> None:
    check_manages(ANN, ANN, manages=False)
    check_manages(ANN, BEN, manages=True)
    with pytest.raises(Forbidden):
        check_manages(ANN, BEN, manages=False)


def test_a_delegation_ends_once() -> None:
    check_open(DelegationId(new_id()), None)
    with pytest.raises(Conflict):
        check_open(DelegationId(new_id()), START)


# Whatever is arranged in whatever order


@st.composite
def wishes(draw: st.DrawFn) -> Delegation:
    who, to = draw(st.permutations(PEOPLE))[:2]
    first = draw(st.integers(0, 8))
    return away(who, to, first, draw(st.integers(first + 1, 9)))


@given(st.lists(wishes(), max_size=12), st.integers(0, 9))
def test_what_is_allowed_gives_everybody_one_who_is_there(
    wanted: list[Delegation], day: int
) -> None:
    allowed: list[Delegation] = []
    for wish in wanted:
        if not list(check_people(wish, PEOPLE, allowed)) and _is_free(wish, allowed):
            allowed.append(wish)
    now = START + day * DAY
    absent = {each.approver for each in allowed if each.begins <= now < each.ends}
    found = stand_ins(allowed, PEOPLE, PEOPLE, now)
    assert set(found) == absent
    assert not set(found.values()) & absent


def _is_free(wish: Delegation, others: list[Delegation]) -> bool:
    try:
        check_free(wish, others)
    except Conflict:
        return False
    return True
