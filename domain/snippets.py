"""Snippets: pieces of Liquid that an organisation's templates share."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from domain.content import Content, texts_of
from domain.errors import Invalid, Problem

MOST_BODY: Final = 100_000
MOST_RENDERED: Final = 50
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_TAG: Final = re.compile(r"\{%.*?%\}", re.DOTALL)
_RENDERED: Final = re.compile(rf"""\brender\s+(["'])({_NAME.pattern})\1""")


def check_name(name: str) -> Iterator[Problem]:
    if not _NAME.fullmatch(name):
        text = "Use 1 to 63 small letters, digits, `-` and `_`, a letter first."
        yield Problem(("name",), text)


def check_body(body: str) -> Iterator[Problem]:
    if len(body) > MOST_BODY:
        yield Problem(("body",), f"Use at most {MOST_BODY:,} characters; these are {len(body):,}.")


def rendered_in(texts: Iterable[str | None]) -> set[str]:
    """The names of the snippets that texts render."""
    tags = (tag for text in texts if text for tag in _TAG.findall(text))
    return {name for tag in tags for _, name in _RENDERED.findall(tag)}


def rendered_by(content: Content) -> set[str]:
    """The names of the snippets that a content renders, in whatever language."""
    return rendered_in(texts_of(content).values())


def check_count(names: set[str]) -> None:
    """Raises `Invalid` for more than a content may render."""
    if len(names) > MOST_RENDERED:
        raise Invalid.at("content", message=f"Render at most {MOST_RENDERED} snippets.")
