"""Language tags (BCP 47): which are well-formed, and which is the best for a reader."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from domain.content import LocaleVariant
from domain.errors import Path, Problem

MOST_LOCALES: Final = 50
MOST_TEXT: Final = 2_000_000
MOST_TAG: Final = 35
_TAG: Final = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
    r"(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)


def check_tag(tag: str, path: Path) -> Iterator[Problem]:
    """Problems of a language tag, after the grammar of RFC 5646 without its irregular tags."""
    if len(tag) > MOST_TAG or not _TAG.fullmatch(tag):
        yield Problem(path, "Give a BCP 47 language tag, such as `de` or `pt-BR`.")


def check_locales(variants: Sequence[LocaleVariant]) -> Iterator[Problem]:
    """Problems of a content's variants that have nothing to do with Liquid."""
    if len(variants) > MOST_LOCALES:
        text = f"A template has at most {MOST_LOCALES} locales; these are {len(variants)}."
        yield Problem(("locales",), text)
        return
    if sum(map(_length, variants)) > MOST_TEXT:
        yield Problem(("locales",), f"Use at most {MOST_TEXT:,} characters for all of them.")
    seen: set[str] = set()
    for index, variant in enumerate(variants):
        path = ("locales", index, "locale")
        yield from check_tag(variant.locale, path)
        if canonical(variant.locale) in seen:
            yield Problem(path, "This locale has its variant already; give each once.")
        seen.add(canonical(variant.locale))


def canonical(tag: str) -> str:
    """The tag in the usual capitals (RFC 5646, section 2.1.1): `zh-Hant-TW`."""
    first, *others = tag.lower().split("-")
    written, plain = [first], len(first) == 1
    for subtag in others:
        written.append(subtag if plain else _capitals(subtag))
        plain = plain or len(subtag) == 1
    return "-".join(written)


def best(wanted: str, available: Iterable[str]) -> str | None:
    """The tag that a reader of `wanted` gets by lookup (RFC 4647, section 3.4), if there is one."""
    known = {tag.lower(): tag for tag in available}
    subtags = wanted.lower().split("-")
    while subtags:
        if (tag := "-".join(subtags)) in known:
            return known[tag]
        subtags.pop()
        if subtags and len(subtags[-1]) == 1:
            subtags.pop()
    return None


def _capitals(subtag: str) -> str:
    return {2: subtag.upper(), 4: subtag.title()}.get(len(subtag), subtag)


def _length(variant: LocaleVariant) -> int:
    return len(variant.subject) + len(variant.body) + len(variant.text or "")
