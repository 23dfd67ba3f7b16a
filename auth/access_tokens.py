"""Access tokens of scripts and services: secrets that can be told from any other text.

`imp_`, 43 characters of base62 with 256 random bits, and 6 with the CRC-32 of all before: who scans
texts for secrets that leaked knows one by its looks, and asks nobody about what only looks like it.
"""

import re
from secrets import randbits
from string import ascii_lowercase, ascii_uppercase, digits
from zlib import crc32

PREFIX = "imp_"
SECRET, CHECKSUM = 43, 6
"""Characters."""

HINT = 4
_ALPHABET = digits + ascii_uppercase + ascii_lowercase
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{SECRET + CHECKSUM}}}\Z")


def new_token() -> str:
    return _signed(PREFIX + _base62(randbits(256), SECRET))


def is_one(text: str) -> bool:
    """Whether it looks like such a token, be it good or not."""
    return text.startswith(PREFIX)


def is_whole(token: str) -> bool:
    """Whether we may have made it: nothing of it is missing or mistyped."""
    return _FORM.match(token) is not None and token == _signed(token[:-CHECKSUM])


def hint(token: str) -> str:
    """Its end, by which its owner knows it again."""
    return token[-HINT:]


def _signed(text: str) -> str:
    return text + _base62(crc32(text.encode()), CHECKSUM)


def _base62(number: int, length: int) -> str:
    made = ""
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        made = _ALPHABET[digit] + made
    return made
