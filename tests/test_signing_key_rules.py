"""When a signing key signs and verifies, told from its times."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.signing_keys import HANDOVER, PUBLISHED, heir, retirement, signer, verifies

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIFETIME = 15 * MINUTE


@dataclass(frozen=True)
class Key:
    name: str
    signs_from: datetime
    retires_at: datetime | None = None


FIRST = Key("first", NOON - timedelta(days=90), retirement(NOON + PUBLISHED, LIFETIME))
NEXT = Key("next", NOON + PUBLISHED)


@pytest.mark.parametrize(
    ("after", "name"),
    [(0 * MINUTE, "first"), (4.9 * MINUTE, "first"), (5 * MINUTE, "next"), (90 * MINUTE, "next")],
)
def test_a_new_key_is_published_for_five_minutes_before_it_signs(
    after: timedelta, name: str
) -> None:
    found = signer([FIRST, NEXT], NOON + after)
    assert found is not None
    assert found.name == name


def test_a_key_verifies_until_the_last_token_has_ended_that_it_signed() -> None:
    last = NEXT.signs_from + HANDOVER + LIFETIME
    assert verifies(FIRST, last - timedelta(microseconds=1))
    assert not verifies(FIRST, last)


def test_a_key_verifies_before_it_signs() -> None:
    assert verifies(NEXT, NOON)


def test_who_is_to_sign_at_once_signs_before_who_waits_and_after() -> None:
    waiting = Key("waiting", NOON + PUBLISHED, retirement(NOON, LIFETIME))
    hurried = Key("hurried", NOON)
    for after in (0 * MINUTE, 6 * MINUTE, 60 * MINUTE):
        assert signer([FIRST, waiting, hurried], NOON + after) is hurried


def test_keys_that_are_rotated_again_and_again_take_their_turns() -> None:
    second = Key("second", NOON + PUBLISHED, retirement(NOON + 2 * PUBLISHED, LIFETIME))
    third = Key("third", NOON + 2 * PUBLISHED)
    turns = [signer([third, FIRST, second], NOON + number * PUBLISHED) for number in range(3)]
    assert turns == [FIRST, second, third]


def test_nobody_signs_with_a_key_that_is_retired_or_waits() -> None:
    assert signer([Key("retired", NOON - MINUTE, NOON), NEXT], NOON) is None


def test_the_heir_is_the_one_that_none_is_to_replace() -> None:
    assert heir([NEXT, FIRST]) is NEXT
    assert heir([FIRST]) is None
