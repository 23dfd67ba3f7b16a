"""What the owner of an address is written."""

from uuid import UUID

import pytest

from domain.accounts import UserStatus
from domain.confirmations import MOST_MAILS, Answer, Holder, Purpose, answer
from domain.ids import UserId

ADA, BEN = UserId(UUID(int=1)), UserId(UUID(int=2))
ACTIVE, SUSPENDED = Holder(ADA, UserStatus.ACTIVE), Holder(ADA, UserStatus.SUSPENDED)


@pytest.mark.parametrize(
    ("purpose", "asker", "holder", "written"),
    [
        (Purpose.REGISTRATION, None, None, Answer.CONFIRM),
        (Purpose.REGISTRATION, None, ACTIVE, Answer.TAKEN),
        (Purpose.REGISTRATION, None, SUSPENDED, Answer.TAKEN),
        (Purpose.EMAIL_CHANGE, ADA, None, Answer.CONFIRM),
        (Purpose.EMAIL_CHANGE, ADA, ACTIVE, Answer.CONFIRM),
        (Purpose.EMAIL_CHANGE, BEN, ACTIVE, Answer.TAKEN),
        (Purpose.PASSWORD_RESET, None, None, Answer.NOTHING),
        (Purpose.PASSWORD_RESET, None, ACTIVE, Answer.CONFIRM),
        (Purpose.PASSWORD_RESET, None, SUSPENDED, Answer.NOTHING),
    ],
)
def test_the_owner_of_an_address_gets_the_token_or_the_news_that_is_theirs(
    purpose: Purpose, asker: UserId | None, holder: Holder | None, written: Answer
) -> None:
    assert answer(purpose, asker, holder, MOST_MAILS - 1) is written
    assert answer(purpose, asker, holder, MOST_MAILS) is Answer.NOTHING
