"""Who is told what, how, and in which words: pure rules."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from db.models import new_id, now
from db.telling import SOURCES
from domain.approvals import ApprovalStatus
from domain.events import BOOKKEEPING_EVENTS, Event, EventKind
from domain.ids import OrganizationId, UserId
from domain.letters import Said, digest, letter
from domain.notifications import (
    KINDS,
    EmailTiming,
    NotificationKind,
    NotificationPreferenceChange,
    changed,
    check_changes,
    check_marked,
    morning_after,
    preference,
    preferences,
)
from domain.permissions import BUILT_IN, Role
from domain.telling import CARRIED, TABLE, Part, Recipient, notices, parts_told, told
from domain.wording import WORDS, body, title
from tests.spine import an_event

PLACE = OrganizationId(new_id())
ADA, BEN, CLO = (UserId(new_id()) for _ in range(3))


def happened(kind: EventKind, **facts: Any) -> Event:
    return an_event(PLACE, kind=kind, actor_id=ADA, after=facts)


def asking(*users: UserId) -> dict[str, Any]:
    """What an event carries that asks people for their decision."""
    return {"asked": [{"approver": str(user)} for user in users]}


def a_recipient(user: UserId, role: Role | None = Role.EDITOR, **said: Any) -> Recipient:
    roles = {} if role is None else {PLACE: BUILT_IN[role]}
    return Recipient(user, "ben@example.com", "Ben Byron", "UTC", said, roles)


def test_every_kind_of_notification_has_its_rule_and_its_words() -> None:
    assert set(KINDS) == set(WORDS) == set(NotificationKind)


def test_every_part_that_is_told_is_carried_by_the_event_or_can_be_found() -> None:
    assert {part for kind in TABLE for part in parts_told(kind)} == SOURCES.keys() | CARRIED.keys()
    assert not SOURCES.keys() & CARRIED.keys()


def test_every_kind_of_notification_is_told_of_something() -> None:
    assert {tell.kind for tells in TABLE.values() for tell in tells} == set(NotificationKind)


def test_what_the_server_notes_of_telling_is_told_to_nobody() -> None:
    assert not BOOKKEEPING_EVENTS & TABLE.keys()


def test_who_did_it_is_not_told() -> None:
    event = happened(EventKind.APPROVAL_SUBMITTED, status="IN_PROGRESS", **asking(ADA, BEN))
    assert told(event, {}) == {BEN: NotificationKind.STEP_WAITING}


def test_who_has_several_parts_is_told_once_and_of_what_matters_most() -> None:
    event = happened(EventKind.STEP_DECIDED, status="IN_PROGRESS", **asking(BEN))
    found = told(event, {Part.SUBMITTER: [BEN, CLO]})
    assert found == {BEN: NotificationKind.STEP_WAITING, CLO: NotificationKind.STEP_DECIDED}


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (ApprovalStatus.IN_PROGRESS, NotificationKind.STEP_DECIDED),
        (ApprovalStatus.APPROVED, NotificationKind.APPROVAL_APPROVED),
        (ApprovalStatus.REJECTED, NotificationKind.APPROVAL_REJECTED),
        (ApprovalStatus.CHANGES_REQUESTED, NotificationKind.APPROVAL_CHANGES_REQUESTED),
    ],
)
def test_a_submitter_is_told_what_became_of_it(
    status: ApprovalStatus, kind: NotificationKind
) -> None:
    event = happened(EventKind.STEP_DECIDED, status=status.value)
    assert told(event, {Part.SUBMITTER: [CLO]}) == {CLO: kind}


def test_only_who_is_asked_by_it_is_told_that_something_waits() -> None:
    """Others of the same stage wait on, and know it."""
    event = happened(EventKind.STEP_DECIDED, status="IN_PROGRESS", waiting=[str(BEN)], asked=[])
    assert told(event, {Part.SUBMITTER: []}) == {}


def test_a_reminder_is_for_everybody_who_is_waited_for() -> None:
    event = happened(EventKind.STEP_REMINDED, waiting=[str(BEN), str(CLO)])
    assert told(event, {}) == {BEN: NotificationKind.STEP_DUE, CLO: NotificationKind.STEP_DUE}


def test_an_escalation_is_told_to_who_takes_over_and_to_whose_turn_it_was() -> None:
    facts = {"from": str(BEN), "to": str(CLO), **asking(CLO)}
    found = told(happened(EventKind.STEP_ESCALATED, **facts), {})
    expected = {CLO: NotificationKind.STEP_ESCALATED, BEN: NotificationKind.STEP_TAKEN_OVER}
    assert found == expected


def test_an_escalation_to_nobody_is_told_to_the_managers_of_approvals() -> None:
    managers = {Part.MANAGER: [CLO]}
    overdue = told(happened(EventKind.STEP_ESCALATED), managers)
    assert overdue == {CLO: NotificationKind.STEP_OVERDUE}
    taken = told(happened(EventKind.STEP_ESCALATED, **{"from": str(BEN), "to": str(BEN)}), managers)
    assert CLO not in taken


def test_several_steps_of_who_has_gone_are_told_as_one_is() -> None:
    facts = {"steps": [{"from": str(BEN), "to": str(CLO)}], **asking(CLO)}
    found = told(happened(EventKind.STEP_REASSIGNED, **facts), {})
    assert found == {CLO: NotificationKind.STEP_WAITING, BEN: NotificationKind.STEP_TAKEN_OVER}


@pytest.mark.parametrize(
    ("happening", "kind"),
    [
        (EventKind.APPROVAL_WITHDRAWN, NotificationKind.APPROVAL_WITHDRAWN),
        (EventKind.APPROVAL_VOIDED, NotificationKind.APPROVAL_VOIDED),
        (EventKind.APPROVAL_EXPIRED, NotificationKind.APPROVAL_EXPIRED),
        (EventKind.APPROVAL_FORCED, NotificationKind.APPROVAL_FORCED),
    ],
)
def test_an_end_is_told_to_who_submitted_it_and_to_whom_it_waited_for(
    happening: EventKind, kind: NotificationKind
) -> None:
    event = replace(happened(happening), before={"waiting": [str(BEN)]})
    assert told(event, {Part.SUBMITTER: [CLO]}) == {BEN: kind, CLO: kind}


def test_who_has_left_is_told_that_and_nothing_else() -> None:
    left = {BEN: a_recipient(BEN, None)}
    removed = happened(EventKind.MEMBER_REMOVED)
    commented = happened(EventKind.COMMENT_ADDED)
    [notice] = notices(removed, told(removed, {Part.MEMBER: [BEN]}), left, {})
    assert notice.kind is NotificationKind.MEMBERSHIP_ENDED
    assert notices(commented, told(commented, {Part.AUTHOR: [BEN]}), left, {}) == []


def test_a_webhook_is_for_those_alone_who_look_after_them() -> None:
    kind = NotificationKind.WEBHOOK_DISABLED
    assert [role for role in Role if a_recipient(BEN, role).may_see(kind, PLACE)] == [Role.ADMIN]


def test_who_wants_to_hear_nothing_of_a_kind_gets_no_notification_of_it() -> None:
    event = happened(EventKind.COMMENT_ADDED)
    whom = told(event, {Part.AUTHOR: [BEN]})
    for said, count in (
        ({}, 1),
        ({"inApp": False}, 1),
        ({"email": "OFF"}, 1),
        ({"inApp": False, "email": "OFF"}, 0),
    ):
        people = {BEN: a_recipient(BEN, COMMENT_ADDED=said)}
        assert len(notices(event, whom, people, {})) == count, said


def test_an_event_of_no_organisation_is_told_to_nobody() -> None:
    event = an_event(None, kind=EventKind.COMMENT_ADDED)
    assert notices(event, told(event, {Part.AUTHOR: [BEN]}), {BEN: a_recipient(BEN)}, {}) == []


def test_who_said_nothing_has_what_is_usual() -> None:
    assert [each.kind for each in preferences({})] == list(NotificationKind)
    assert all(each.in_app for each in preferences({}))
    assert preference({}, NotificationKind.STEP_WAITING).email is EmailTiming.IMMEDIATE
    assert preference({}, NotificationKind.COMMENT_ADDED).email is EmailTiming.DIGEST


def test_a_change_keeps_what_it_does_not_name() -> None:
    kind = NotificationKind.COMMENT_ADDED
    once = changed({}, [NotificationPreferenceChange(kind, in_app=False)])
    twice = changed(once, [NotificationPreferenceChange(kind, email=EmailTiming.OFF)])
    assert twice == {"COMMENT_ADDED": {"inApp": False, "email": "OFF"}}
    assert preference(twice, kind).is_silent
    assert once == {"COMMENT_ADDED": {"inApp": False}}


def test_a_kind_is_changed_once_at_a_time() -> None:
    change = NotificationPreferenceChange(NotificationKind.STEP_DUE, in_app=False)
    assert list(check_changes((change,))) == []
    assert [each.path for each in check_changes((change, change))] == [("notifications", 1, "kind")]
    assert len(list(check_changes(()))) == 1


@pytest.mark.parametrize(
    ("ids", "before", "count"),
    [
        *((1, None, 0), (100, None, 0), (None, now(), 0)),
        *((0, None, 1), (101, None, 1), (None, None, 1), (1, now(), 1)),
    ],
)
def test_what_was_read_is_named_or_lies_before_a_moment(
    ids: int | None, before: datetime | None, count: int
) -> None:
    assert len(list(check_marked(ids, before))) == count


@pytest.mark.parametrize(
    ("zone", "at", "morning"),
    [
        ("UTC", "2026-11-21T07:59+00:00", "2026-11-21T08:00+00:00"),
        ("UTC", "2026-11-21T08:00+00:00", "2026-11-22T08:00+00:00"),
        ("America/New_York", "2026-11-21T12:00+00:00", "2026-11-21T13:00+00:00"),
        ("Asia/Tokyo", "2026-11-21T12:00+00:00", "2026-11-21T23:00+00:00"),
        # Clocks go forward in the night to 29 March 2026, and back in the one to 25 October.
        ("Europe/Berlin", "2026-03-28T12:00+00:00", "2026-03-29T06:00+00:00"),
        ("Europe/Berlin", "2026-10-24T12:00+00:00", "2026-10-25T07:00+00:00"),
        ("Middle-earth/Shire", "2026-11-21T07:00+00:00", "2026-11-21T08:00+00:00"),
        ("../../etc/passwd", "2026-11-21T07:00+00:00", "2026-11-21T08:00+00:00"),
    ],
)
def test_a_digest_goes_out_at_8_where_its_reader_lives(zone: str, at: str, morning: str) -> None:
    found = morning_after(datetime.fromisoformat(at), zone)
    assert found == datetime.fromisoformat(morning)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("kind", NotificationKind)
def test_words_are_whole_even_where_nothing_has_a_name(kind: NotificationKind) -> None:
    for said in (title(kind, {}), body(kind, {})):
        assert said
        assert "{" not in said
        assert "“”" not in said


def test_a_name_can_neither_break_a_line_nor_reach_for_another_name() -> None:
    facts = {"template": "A\r\nBcc: {actor} {0.__class__}", "actor": "x" * 500}
    said = title(NotificationKind.COMMENT_ADDED, facts)
    assert "\n" not in said
    assert said.endswith("on “A Bcc: {actor} {0.__class__}”")
    assert len(said) < 200


def test_a_reason_is_told_with_what_it_is_the_reason_for() -> None:
    facts = {"template": "Welcome", "actor": "Ada", "reason": "Too long.\n\nSee line 3."}
    said = body(NotificationKind.APPROVAL_REJECTED, facts)
    assert said == "Ada rejected “Welcome”.\n\n“Too long.\n\nSee line 3.”"


def test_a_mail_of_one_notification_is_whole_in_text_and_in_html() -> None:
    made = letter(Said("Acme", "<b> & co", "It's “so”.\n\n“Reason”", "https://x.test/n?a=1&b=2"))
    assert made.subject == "<b> & co"
    assert made.text == "<b> & co\n\nIt's “so”.\n\n“Reason”\n\nhttps://x.test/n?a=1&b=2\n"
    assert "<b>" not in made.html
    assert 'href="https://x.test/n?a=1&amp;b=2">&lt;b&gt; &amp; co</a>' in made.html
    assert "<p>“Reason”</p>" in made.html


def test_a_digest_is_grouped_by_organisation() -> None:
    made = digest(
        [Said(place, f"{place} {n}", "", None) for n in (1, 2) for place in ("Acme", "Bolt")]
    )
    assert made.subject == "4 things happened while you were away"
    places = [line for line in made.text.splitlines() if line]
    assert places == ["== Acme ==", "Acme 1", "Acme 2", "== Bolt ==", "Bolt 1", "Bolt 2"]
    assert made.html.index("Acme 2") < made.html.index("<h2>Bolt</h2>")


def test_a_digest_of_one_thing_says_what_it_is() -> None:
    assert digest([Said("Acme", "You are ADMIN in Acme", "", None)]).subject == (
        "You are ADMIN in Acme"
    )
