"""The page on approvals, whose tables the rules fill in."""

from pathlib import Path

import pytest

from domain.approval_table import ENDED, EVENTS, RUNNING, outcome, verdicts
from domain.approvals import ApprovalStatus, StageStatus
from domain.errors import Conflict, Forbidden
from server import approvals_page

PAGE = Path(__file__).parent.parent / "docs" / "approvals.md"


def test_the_page_on_approvals_is_the_committed_one() -> None:
    assert approvals_page.page() == PAGE.read_text("utf-8"), "run `make docs`"


def test_the_tables_have_every_status() -> None:
    statuses = {state().status for state in (*RUNNING.values(), *ENDED.values())}
    assert statuses == set(ApprovalStatus)
    ends = {end for _, ended in verdicts() for end in ended.values()} - {"—", "goes on"}
    refused = {StageStatus.CHANGES_REQUESTED, StageStatus.REJECTED}
    assert ends == {StageStatus.APPROVED, StageStatus.SKIPPED, *refused}


@pytest.mark.parametrize("event", EVENTS)
def test_what_has_ended_without_approving_answers_every_event_with_nothing(event: str) -> None:
    for name, state in ENDED.items():
        if not name.startswith("APPROVED"):
            found = outcome(state, EVENTS[event])
            assert found.is_same or found.refused in {Conflict.__name__, Forbidden.__name__}


def test_while_the_organisation_is_suspended_nobody_decides_and_time_stands_still() -> None:
    state = RUNNING["organisation suspended"]
    for event in EVENTS:
        found = outcome(state, EVENTS[event])
        is_outside = any(word in event for word in ("change", "archived", "leaves", "away"))
        if not is_outside or "requests" in event:
            assert found.is_same or found.refused == Forbidden.__name__, event
