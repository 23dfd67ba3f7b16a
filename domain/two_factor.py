"""Rules of second factors: what is good, how often, and what its owner is told."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hmac import compare_digest

from domain.events import EventKind

RECOVERY_CODES = 10
CHALLENGE_LIFETIME = timedelta(minutes=5)
"""How long somebody may take to give the code, once their password was right."""

_IGNORED = re.compile(r"[\s-]+")
_TIMED = re.compile(r"[0-9]{6}\Z")
_WAS_NOT_ME = (
    "If this was not you, sign in and change your password now, and end all your other sessions."
)


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor as the rules see it: what of it was used up, and what is left."""

    last_step: int
    recovery_hashes: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the owner of an account is told of it by mail."""

    subject: str
    text: str
    advice: str = _WAS_NOT_ME


NOTICES = {
    EventKind.TWO_FACTOR_ENABLED: Notice(
        "Two-factor sign-in is on",
        "From now on your account asks for a code from your authenticator when you sign in.",
    ),
    EventKind.TWO_FACTOR_DISABLED: Notice(
        "Two-factor sign-in is off",
        "Your account no longer asks for a code when you sign in.",
    ),
    EventKind.RECOVERY_CODES_REPLACED: Notice(
        "You have new recovery codes", "The recovery codes that you had before are good no more."
    ),
    EventKind.RECOVERY_CODE_USED: Notice(
        "A recovery code was used",
        "Somebody signed in to your account with a recovery code, which is used up now.",
    ),
}
"""What is mailed when it happens."""


def plain(code: str) -> str:
    """The code without what people type to make it readable."""
    return _IGNORED.sub("", code).upper()


def is_timed(plain_code: str) -> bool:
    """Whether it looks like a code of an authenticator, and not like a recovery code."""
    return _TIMED.match(plain_code) is not None


def at_step(factor: Factor, step: int | None) -> Factor | None:
    """After a code of that time step; None where it is none, or not later than the one before.

    So a code that somebody looked at is of no use to them (RFC 6238, 5.2).
    """
    return None if step is None or step <= factor.last_step else replace(factor, last_step=step)


def without(factor: Factor, presented: bytes) -> Factor | None:
    """After the recovery code of that hash; None where it is none of those left."""
    left = [each for each in factor.recovery_hashes if not compare_digest(each, presented)]
    if len(left) == len(factor.recovery_hashes):
        return None
    return replace(factor, recovery_hashes=left)
