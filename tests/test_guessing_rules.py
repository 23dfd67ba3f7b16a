"""Rules of guessing: when somebody has to wait, for how long, and what is taken back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.guessing import (
    FIRST_DELAY,
    FREE_WITHIN,
    LONGEST_DELAY,
    REMEMBERED,
    Attempts,
    counted,
    counted_within,
    network_of,
    none_at,
    seconds_to_wait,
    taken_back,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FREE = 5


def after(count: int, *, every: timedelta = timedelta(seconds=1)) -> Attempts:
    """So many attempts in a row, the last of them now."""
    attempts = none_at(NOW - every * (count - 1))
    for n in reversed(range(count)):
        attempts = counted(attempts, FREE, NOW - every * n)
    return attempts


@pytest.mark.parametrize("count", range(FREE))
def test_a_few_attempts_are_free(count: int) -> None:
    assert seconds_to_wait([after(count)], NOW) == 0


def test_then_every_attempt_waits_twice_as_long_as_the_one_before_up_to_a_quarter_of_an_hour() -> (
    None
):
    waits = [seconds_to_wait([after(count)], NOW) for count in range(FREE, FREE + 8)]
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert seconds_to_wait([after(5_000)], NOW) == LONGEST_DELAY.total_seconds()


def test_a_wait_is_told_in_whole_seconds_and_never_too_short() -> None:
    almost = NOW + FIRST_DELAY - timedelta(milliseconds=1)
    assert seconds_to_wait([after(FREE)], almost) == 1
    assert seconds_to_wait([after(FREE)], NOW + FIRST_DELAY) == 0
    assert seconds_to_wait([after(FREE), none_at(NOW), after(FREE + 1)], NOW) == 60


def test_failures_that_are_spread_over_more_than_the_free_time_cost_nothing() -> None:
    slow = after(50, every=FREE_WITHIN / (FREE - 1))
    assert slow.failures < FREE


def test_who_had_to_wait_does_not_begin_anew_by_pausing_for_less_than_a_day() -> None:
    soon = counted(after(FREE), FREE, NOW + REMEMBERED - timedelta(seconds=1))
    assert (soon.failures, soon.blocked_until is not None) == (FREE + 1, True)
    assert counted(after(FREE), FREE, NOW + REMEMBERED).failures == 1


def test_exactly_what_one_account_added_to_an_address_is_taken_back() -> None:
    whole, part = none_at(NOW), none_at(NOW)
    for mine in (True, False, True, False, False):
        whole = counted(whole, FREE, NOW)
        part = counted_within(part, whole, NOW) if mine else part
    assert (whole.failures, part.failures) == (5, 2)
    left = taken_back(whole, part, FREE)
    assert (left.failures, left.blocked_until) == (3, None)


def test_who_signs_in_to_an_account_of_their_own_does_not_wash_an_address() -> None:
    others = after(FREE + 3)
    whole = counted(others, FREE, NOW)
    own = counted_within(none_at(NOW), whole, NOW)
    left = taken_back(whole, own, FREE)
    assert left.failures == others.failures
    assert left.blocked_until is not None


def test_what_was_added_to_an_earlier_count_is_not_taken_from_this_one() -> None:
    earlier = replace(after(3), began_at=NOW - FREE_WITHIN)
    whole = counted(none_at(NOW), FREE, NOW)
    assert taken_back(whole, earlier, FREE) == whole
    assert counted_within(earlier, whole, NOW).failures == 1


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_client_is_told_by_what_it_has_to_itself(ip: str, network: str) -> None:
    assert network_of(ip) == network
