"""Rules of comments."""

from collections.abc import Iterator

from domain.errors import Forbidden, Problem
from domain.ids import UserId
from domain.text import PROSE, check_text


def check_comment(text: str) -> Iterator[Problem]:
    yield from check_text(text, ("body",), most=PROSE, lines=True)


def check_may_edit(author: UserId, by: UserId) -> None:
    if author != by:
        raise Forbidden("Only its author may edit a comment.")


def check_may_delete(author: UserId, by: UserId, *, moderates: bool) -> None:
    if author != by and not moderates:
        raise Forbidden("Only its author or a moderator of the organisation may delete a comment.")
