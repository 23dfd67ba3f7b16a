"""What the events of an approval tell, read from facts that older releases may have left out."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from domain.events import EventKind

Facts = Mapping[str, Any] | None
C = TypeVar("C", bound=StrEnum)


def text(facts: Facts, name: str) -> str | None:
    """The text of that name; None where there is none."""
    value = (facts or {}).get(name)
    return value if isinstance(value, str) else None


def choice(facts: Facts, name: str, of: type[C]) -> C | None:
    """The member of that name; None where there is none, or one that this release does not know."""
    try:
        return of(text(facts, name) or "")
    except ValueError:
        return None


def texts(facts: Facts, name: str) -> list[str]:
    """The list of that name, as far as it is of texts, or of objects with a `text` or `title`."""
    value = (facts or {}).get(name)
    items = value if isinstance(value, list) else []
    said = [_said(item) for item in items]
    return [each for each in said if each is not None]


def _said(item: Any) -> str | None:
    if isinstance(item, Mapping):
        return text(item, "text") or text(item, "title")
    return item if isinstance(item, str) else None


def identity(text: str) -> UUID | None:
    """The id that a text is; None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def told(kind: EventKind, facts: Facts) -> dict[str, Any]:
    """What the history shows of an event; the words of comments, which may be deleted, it leaves
    to the comments.
    """
    hidden = {"body"} if kind is EventKind.COMMENT_ADDED else set[str]()
    return {name: fact for name, fact in (facts or {}).items() if name not in hidden}
