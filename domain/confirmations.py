"""Rules of what is done once somebody has shown that an address is theirs."""

from datetime import timedelta
from enum import StrEnum


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
