"""Rules of accounts."""

from collections.abc import Iterator
from enum import StrEnum

from domain.errors import Path, Problem
from domain.text import NAME, check_text

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1_000


class UserStatus(StrEnum):
    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


class Theme(StrEnum):
    """How somebody wants to see the front end."""

    SYSTEM = "SYSTEM"
    LIGHT = "LIGHT"
    DARK = "DARK"


def check_name(first: str, last: str) -> Iterator[Problem]:
    yield from check_text(first, ("firstName",), most=NAME)
    yield from check_text(last, ("lastName",), most=NAME)


def check_password(password: str, email: str, path: Path = ("password",)) -> Iterator[Problem]:
    """Length decides, not composition (NIST SP 800-63B, 5.1.1.2); nor the address itself."""
    if len(password) < SHORTEST_PASSWORD:
        yield Problem(path, f"Use at least {SHORTEST_PASSWORD} characters.")
    elif len(password) > LONGEST_PASSWORD:
        yield Problem(path, f"Use at most {LONGEST_PASSWORD} characters.")
    name = email.partition("@")[0].lower()
    if len(name) > 2 and name in password.lower():  # noqa: PLR2004 - shorter names are in any text
        yield Problem(path, "Do not use the name from your e-mail address in the password.")
