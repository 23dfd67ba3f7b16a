"""The difference between leaving something out and giving null."""

from enum import Enum
from typing import Final, TypeVar


class Unset(Enum):
    """The type of what was left out of an input."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET

T = TypeVar("T")


def or_else(value: T | Unset, otherwise: T) -> T:
    """The value, or another where it was left out."""
    return otherwise if isinstance(value, Unset) else value
