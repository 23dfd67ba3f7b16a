"""Rules for what people type: lengths and characters, with the cure in the message."""

import re
import unicodedata
from collections.abc import Iterator

from domain.errors import Path, Problem

NAME = 200
LINE = 500
PROSE = 10_000
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


def check_text(
    value: str, path: Path, *, most: int, least: int = 1, lines: bool = False
) -> Iterator[Problem]:
    """Problems of a text that people read: its length in characters, and control characters."""
    if len(value.strip()) < least:
        wanted = "It must not be empty." if least == 1 else f"Use at least {least} characters."
        yield Problem(path, wanted)
    if len(value) > most:
        yield Problem(path, f"Use at most {most} characters; these are {len(value)}.")
    if any(_is_control(character, lines=lines) for character in value):
        yield Problem(path, "Control characters are not allowed here.")


def check_slug(value: str, path: Path) -> Iterator[Problem]:
    if not SLUG.match(value):
        yield Problem(
            path,
            "Use 1 to 63 lower-case letters, digits and inner hyphens, such as `acme-press`.",
        )


def _is_control(character: str, *, lines: bool) -> bool:
    if lines and character in "\n\r\t":
        return False
    return unicodedata.category(character) in {"Cc", "Cs"}
