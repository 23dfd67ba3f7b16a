"""Rules of accounts."""

from collections.abc import Iterator
from enum import StrEnum

from domain.errors import Problem
from domain.text import NAME, check_text


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
