"""Rules of repeating a mutation safely."""

from collections.abc import Iterator
from datetime import timedelta

from domain.errors import Problem

LONGEST = 255
KEPT_FOR = timedelta(hours=24)
PLACE = ("idempotencyKey",)
USED = "This key was used for something else within the last 24 hours; choose a new one."
GONE = "The answer to this key can no longer be read; look at what was done, and use a new one."


def check_key(key: str) -> Iterator[Problem]:
    if not 0 < len(key) <= LONGEST or not key.isprintable():
        yield Problem(PLACE, f"A key is 1 to {LONGEST} printable characters, such as a new UUID.")
