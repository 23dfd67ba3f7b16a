"""Rules of passwords, after NIST SP 800-63B-4, 3.1.1.2: length and nothing that is guessed first.

What is in them is up to their owners: there are no rules of composition.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from unicodedata import normalize

from domain.errors import Path, Problem

SHORTEST = 10
LONGEST = 1_000
PRODUCT = "imprimatur"


def normal(password: str) -> str:
    """The same for every way to type it: compatibility characters are what they stand for."""
    return normalize("NFKC", password)


def check_password(password: str, email: str, path: Path = ("password",)) -> Iterator[Problem]:
    """Problems of a new password; a common one is refused also with digits or marks after it."""
    meant = normal(password)
    if len(meant) < SHORTEST:
        yield Problem(path, f"Use at least {SHORTEST} characters.")
    elif len(password) > LONGEST or len(meant) > LONGEST:
        yield Problem(path, f"Use at most {LONGEST} characters.")
    elif is_common(meant.lower()):
        yield Problem(path, "Many people use this password, so it is guessed first: use another.")
    name = normal(email).partition("@")[0].lower()
    if len(name) > 2 and name in meant.lower():  # noqa: PLR2004 - shorter names are in any text
        yield Problem(path, "Do not use the name from your e-mail address in the password.")
    if PRODUCT in meant.lower():
        yield Problem(path, f"Do not use the name {PRODUCT.capitalize()} in the password.")


def check_replacement(password: str, current: str, path: Path = ("password",)) -> Iterator[Problem]:
    """Whoever changes a password is to have another one afterwards."""
    if normal(password) == normal(current):
        yield Problem(path, "This is your password already: choose another.")


def is_common(password: str) -> bool:
    """Whether the password, in lower case, is one of those that are tried first."""
    return not _common().isdisjoint({password, _stem(password)})


def _stem(password: str) -> str:
    """Without the digits and marks at its end."""
    end = next((at for at in range(len(password), 0, -1) if password[at - 1].isalpha()), 0)
    return password[:end]


@cache
def _common() -> frozenset[str]:
    """`common_passwords.md` tells where they are from."""
    text = files("domain").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(text.rstrip("\n").split("\n"))
