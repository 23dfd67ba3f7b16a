"""Rules of comments."""

from collections.abc import Iterator

from domain import ownership
from domain.errors import Conflict, Invalid, Problem, Reference
from domain.ids import CommentId, UserId
from domain.permits import check_own
from domain.text import PROSE, check_text


def check_comment(text: str) -> Iterator[Problem]:
    yield from check_text(text, ("body",), most=PROSE, lines=True)


def check_answer(*, has_place: bool, is_answer: bool) -> None:
    """Threads have one level, and an answer is where its thread is; raises `Invalid`."""
    if is_answer:
        raise Invalid.at("parent", message="Answer the comment that begins the thread.")
    if has_place:
        raise Invalid.at("parent", message="An answer is where its thread is: leave its place out.")


def check_there(comment: CommentId, *, is_deleted: bool, at: str) -> None:
    """What was deleted is only there for its answers; raises `Conflict`."""
    if is_deleted:
        raise Conflict("This comment was deleted.", Reference("Comment", comment), (at,))


def check_may_edit(author: UserId, by: UserId) -> None:
    check_own(ownership.AUTHOR, {author}, by)


def check_may_delete(author: UserId, by: UserId, *, moderates: bool) -> None:
    check_own(ownership.AUTHOR_OR_MODERATOR, {author}, by, manages=moderates)


def check_may_resolve(authors: set[UserId], by: UserId, *, moderates: bool) -> None:
    """`authors` are those of the comment and of its template."""
    check_own(ownership.AUTHORS_OF_BOTH, authors, by, manages=moderates)


def check_resolution(
    comment: CommentId, *, is_anchored: bool, is_resolved: bool, resolve: bool
) -> None:
    """Only what is on a line is settled, and only once; raises `Invalid` or `Conflict`."""
    if not is_anchored:
        raise Invalid.at("comment", message="Only a comment on a line can be resolved.")
    if is_resolved is resolve:
        state = "resolved already" if is_resolved else "open"
        raise Conflict(f"This comment is {state}.", Reference("Comment", comment), ("comment",))
