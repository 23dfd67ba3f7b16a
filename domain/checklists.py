"""What an approver who asks for changes lists as to be done."""

from collections.abc import Iterator, Sequence

from domain import ownership
from domain.approvals import Verdict
from domain.errors import Problem
from domain.ids import UserId
from domain.permits import check_own
from domain.text import LINE, check_text

MOST_ITEMS = 50


def check_checklist(items: Sequence[str], verdict: Verdict) -> Iterator[Problem]:
    if items and verdict is not Verdict.REQUEST_CHANGES:
        yield Problem(("checklist",), "A checklist belongs to REQUEST_CHANGES; leave it out.")
    if len(items) > MOST_ITEMS:
        yield Problem(("checklist",), f"Use at most {MOST_ITEMS} items.")
    for index, item in enumerate(items):
        yield from check_text(item, ("checklist", index), most=LINE)


def check_ticks(by: UserId, submitter: UserId, *, manages: bool) -> None:
    """Who submitted the content says what is done of what was asked for."""
    check_own(ownership.WHO_IS_ASKED, {submitter}, by, manages=manages)
