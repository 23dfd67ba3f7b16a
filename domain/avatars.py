"""Rules of the pictures that people show themselves by."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from domain.errors import Problem

LARGEST_FILE: Final = 5 * 2**20
"""Bytes that a picture may have."""

SIZES: Final = (64, 256, 512)
"""Pixels of a side, for everybody's picture is a square."""

FOLDER: Final = "avatars"
PLACE: Final = "/files/avatars"
"""Where everybody finds them, seen from the server's own address."""

_FILE: Final = re.compile(rf"([0-9a-f]{{64}})-({'|'.join(map(str, SIZES))})\.webp")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a picture is found in each of its sizes."""

    small: str
    medium: str
    large: str


def check_file(size: int) -> Iterator[Problem]:
    if size > LARGEST_FILE:
        text = f"A picture has at most {LARGEST_FILE:,} bytes; this one has {size:,}."
        yield Problem(("file",), text)


def named(user: UUID, secret: str) -> str:
    """The name of somebody's picture; with 128 random bits in hexadecimal nobody guesses it."""
    return f"{user.hex}{secret}"


def owner(avatar: str) -> UUID:
    """Whose picture it is, or was."""
    return UUID(hex=avatar[:32])


def files_of(avatar: str) -> list[str]:
    """The names under which a picture is stored, one a size."""
    return [f"{FOLDER}/{avatar}-{size}.webp" for size in SIZES]


def avatar_in(file: str) -> str | None:
    """The picture that a file belongs to; None where no picture has such a file."""
    found = _FILE.fullmatch(file)
    return found and found[1]


def addresses(avatar: str | None) -> Addresses | None:
    if avatar is None:
        return None
    small, medium, large = (f"{PLACE}/{avatar}-{size}.webp" for size in SIZES)
    return Addresses(small, medium, large)
