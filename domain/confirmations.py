"""Rules of what is done once somebody has shown that an address is theirs."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.accounts import UserStatus
from domain.ids import UserId


class Purpose(StrEnum):
    """What a token that was mailed is for."""

    REGISTRATION = "REGISTRATION"
    EMAIL_CHANGE = "EMAIL_CHANGE"
    PASSWORD_RESET = "PASSWORD_RESET"


LIFETIMES = {
    Purpose.REGISTRATION: timedelta(days=1),
    Purpose.EMAIL_CHANGE: timedelta(days=1),
    Purpose.PASSWORD_RESET: timedelta(hours=1),
}
MOST_MAILS = 5
"""Mails of one purpose to one address in any `PERIOD`."""

PERIOD = timedelta(hours=1)


class Answer(StrEnum):
    """What the owner of an address is written."""

    CONFIRM = "CONFIRM"
    """The token, which does what was asked for."""

    TAKEN = "TAKEN"
    """That the address has an account, and nothing was changed."""

    NOTHING = "NOTHING"


@dataclass(frozen=True, slots=True)
class Holder:
    """The account that an address has."""

    id: UserId
    status: UserStatus


def answer(purpose: Purpose, asker: UserId | None, holder: Holder | None, mails: int) -> Answer:
    """What is mailed to an address that so many mails of this purpose went to lately.

    `asker` is whose account gets the address, where it changes.
    """
    if mails >= MOST_MAILS:
        return Answer.NOTHING
    if purpose is Purpose.PASSWORD_RESET:
        can_reset = holder is not None and holder.status is UserStatus.ACTIVE
        return Answer.CONFIRM if can_reset else Answer.NOTHING
    return Answer.CONFIRM if holder is None or holder.id == asker else Answer.TAKEN
