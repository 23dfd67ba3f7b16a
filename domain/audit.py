"""What auditors are shown of an event: what changed by it, with secrets masked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from domain.errors import Reference

MASK = "[masked]"

SENSITIVE: Mapping[str, str] = {
    "password": "opens an account; a hash of it lets guesses be tried",
    "passphrase": "as a password",
    "secret": "signs or decrypts",
    "token": "stands for a person; a hash of it tells when it is found elsewhere",
    "credential": "whatever it is, it lets somebody in",
    "authorization": "carries a token",
    "cookie": "carries a token",
    "signature": "would let a request be sent again",
    "private key": "signs or decrypts",
    "signing key": "signs",
    "api key": "stands for a person",
    "recovery code": "opens an account",
    "one time code": "opens an account",
}
"""Words in the name of a value that nobody reads back, and why.

Addresses of people and of networks are not among them: who may read the log sees the members'
addresses anyway, and could not say who did something without them. Hashes of content are public.
"""

_SENSITIVE = tuple(f" {words} " for words in SENSITIVE)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Change:
    """A value that an event changed; null where there was none before, or is none after."""

    path: tuple[str, ...]
    before: Any
    after: Any


@lru_cache(maxsize=1_000)
def is_sensitive(name: str) -> bool:
    """Whether a value of this name is masked, however the name is written."""
    words = " ".join(word.lower().removesuffix("s") for word in _WORD.findall(name))
    return any(each in f" {words} " for each in _SENSITIVE)


def masked(value: Any, name: str = "") -> Any:
    """The value as auditors see it; of a secret they see only that there is one."""
    if value is not None and is_sensitive(name):
        return MASK
    if isinstance(value, Mapping):
        return {key: masked(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each, name) for each in value]
    return value


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """What differs, by path and in its order; a secret that changed shows masked on both sides."""
    return [
        Change(path, masked(old, path[-1]), masked(new, path[-1]))
        for path, old, new in _differing((), before or {}, after or {})
    ]


def _differing(
    path: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    for name in sorted(before.keys() | after.keys()):
        old, new, here = before.get(name), after.get(name), (*path, name)
        if isinstance(old, Mapping) and isinstance(new, Mapping) and not is_sensitive(name):
            yield from _differing(here, old, new)
        elif old != new:
            yield here, old, new


def reference(text: str) -> Reference | None:
    """The thing that `Type:uuid` names; None for any other text."""
    entity, _, id = text.partition(":")
    try:
        return Reference(entity, UUID(id))
    except ValueError:
        return None
