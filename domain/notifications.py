"""What people are told, on which channel, and when."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.errors import Problem
from domain.permissions import Permission

KEPT = timedelta(days=90)
"""How long what was read is kept."""
MORNING = time(8)
"""When a digest is sent, where its reader lives."""
MOST_AT_ONCE = 100


class NotificationKind(StrEnum):
    STEP_WAITING = "STEP_WAITING"
    STEP_WAITING_AGAIN = "STEP_WAITING_AGAIN"
    STEP_TAKEN_OVER = "STEP_TAKEN_OVER"
    STEP_DUE = "STEP_DUE"
    STEP_ESCALATED = "STEP_ESCALATED"
    STEP_OVERDUE = "STEP_OVERDUE"
    STEP_DECIDED = "STEP_DECIDED"
    STEP_SKIPPED = "STEP_SKIPPED"
    APPROVAL_APPROVED = "APPROVAL_APPROVED"
    APPROVAL_CHANGES_REQUESTED = "APPROVAL_CHANGES_REQUESTED"
    APPROVAL_REJECTED = "APPROVAL_REJECTED"
    APPROVAL_FORCED = "APPROVAL_FORCED"
    APPROVAL_EXPIRED = "APPROVAL_EXPIRED"
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"
    APPROVAL_VOIDED = "APPROVAL_VOIDED"
    DELEGATION_PLANNED = "DELEGATION_PLANNED"
    DELEGATION_STARTED = "DELEGATION_STARTED"
    DELEGATION_ENDED = "DELEGATION_ENDED"
    COMMENT_ADDED = "COMMENT_ADDED"
    COMMENT_ANSWERED = "COMMENT_ANSWERED"
    INVITATION_ACCEPTED = "INVITATION_ACCEPTED"
    ROLE_CHANGED = "ROLE_CHANGED"
    MEMBERSHIP_ENDED = "MEMBERSHIP_ENDED"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"


class EmailTiming(StrEnum):
    """When somebody is told by e-mail."""

    IMMEDIATE = "IMMEDIATE"
    DIGEST = "DIGEST"
    OFF = "OFF"


@dataclass(frozen=True, slots=True)
class KindRule:
    """Who may see notifications of a kind, and how they are sent unless somebody says otherwise.

    `needs` is the permission in the organisation that it takes to see them; None for what is
    told to who has left.
    """

    needs: Permission | None = Permission.TEMPLATE_READ
    email: EmailTiming = EmailTiming.IMMEDIATE


_AT_ONCE = KindRule()
_LATER = KindRule(email=EmailTiming.DIGEST)

KINDS: dict[NotificationKind, KindRule] = {
    NotificationKind.STEP_WAITING: _AT_ONCE,
    NotificationKind.STEP_WAITING_AGAIN: _AT_ONCE,
    NotificationKind.STEP_TAKEN_OVER: _LATER,
    NotificationKind.STEP_DUE: _AT_ONCE,
    NotificationKind.STEP_ESCALATED: _AT_ONCE,
    NotificationKind.STEP_OVERDUE: KindRule(Permission.APPROVAL_MANAGE),
    NotificationKind.STEP_DECIDED: _LATER,
    NotificationKind.STEP_SKIPPED: _LATER,
    NotificationKind.APPROVAL_APPROVED: _AT_ONCE,
    NotificationKind.APPROVAL_CHANGES_REQUESTED: _AT_ONCE,
    NotificationKind.APPROVAL_REJECTED: _AT_ONCE,
    NotificationKind.APPROVAL_FORCED: _AT_ONCE,
    NotificationKind.APPROVAL_EXPIRED: _AT_ONCE,
    NotificationKind.APPROVAL_WITHDRAWN: _LATER,
    NotificationKind.APPROVAL_VOIDED: _LATER,
    NotificationKind.DELEGATION_PLANNED: _LATER,
    NotificationKind.DELEGATION_STARTED: _AT_ONCE,
    NotificationKind.DELEGATION_ENDED: _LATER,
    NotificationKind.COMMENT_ADDED: _LATER,
    NotificationKind.COMMENT_ANSWERED: _LATER,
    NotificationKind.INVITATION_ACCEPTED: KindRule(
        Permission.ORGANIZATION_READ, EmailTiming.DIGEST
    ),
    NotificationKind.ROLE_CHANGED: KindRule(Permission.ORGANIZATION_READ),
    NotificationKind.MEMBERSHIP_ENDED: KindRule(None),
    NotificationKind.WEBHOOK_DISABLED: KindRule(Permission.WEBHOOK_MANAGE),
}


def kinds_needing(permission: Permission | None) -> list[NotificationKind]:
    return [kind for kind, rule in KINDS.items() if rule.needs is permission]


@dataclass(frozen=True, slots=True)
class Preference:
    """How somebody wants to be told of a kind of thing."""

    kind: NotificationKind
    in_app: bool
    email: EmailTiming

    @property
    def is_silent(self) -> bool:
        return not self.in_app and self.email is EmailTiming.OFF


@dataclass(frozen=True, slots=True)
class NotificationPreferenceChange:
    """How you want to be told of one kind of thing; what is left out stays as it is."""

    kind: Annotated[NotificationKind, "The kind."]
    in_app: Annotated[bool | None, "Whether it is in your list of notifications."] = None
    email: Annotated[EmailTiming | None, "When, if at all, it is sent to you by e-mail."] = None


def preference(stored: Mapping[str, Any], kind: NotificationKind) -> Preference:
    """What somebody has said about a kind, or what holds for who has said nothing."""
    said = stored.get(kind.value, {})
    email = EmailTiming(said.get("email", KINDS[kind].email.value))
    return Preference(kind, bool(said.get("inApp", True)), email)


def preferences(stored: Mapping[str, Any]) -> list[Preference]:
    """What holds for every kind."""
    return [preference(stored, kind) for kind in NotificationKind]


def changed(
    stored: Mapping[str, Any], changes: Iterable[NotificationPreferenceChange]
) -> dict[str, Any]:
    """What is stored after somebody said otherwise: only what they ever said."""
    after = dict(stored)
    for change in changes:
        said: dict[str, Any] = {
            "inApp": change.in_app,
            "email": change.email and change.email.value,
        }
        given = {name: value for name, value in said.items() if value is not None}
        after[change.kind.value] = {**after.get(change.kind.value, {}), **given}
    return after


def check_changes(changes: tuple[NotificationPreferenceChange, ...]) -> Iterator[Problem]:
    if not changes:
        yield Problem(("notifications",), "Name at least one kind.")
    seen: set[NotificationKind] = set()
    for index, change in enumerate(changes):
        if change.kind in seen:
            yield Problem(("notifications", index, "kind"), "Name each kind once.")
        seen.add(change.kind)


def check_marked(ids: int | None, before: datetime | None) -> Iterator[Problem]:
    """Problems of saying what was read: some by their ids, or all up to a moment."""
    if (ids is None) is (before is None):
        yield Problem(("notifications",), "Give either `notifications` or `before`.")
    elif ids is not None and not 1 <= ids <= MOST_AT_ONCE:
        yield Problem(("notifications",), f"Name 1 to {MOST_AT_ONCE} notifications.")


def morning_after(moment: datetime, timezone: str) -> datetime:
    """The next 8 o'clock in a time zone, in UTC; an unknown zone counts as UTC."""
    zone = _zone(timezone)
    local = moment.astimezone(zone)
    morning = datetime.combine(local.date(), MORNING, zone)
    if morning <= local:
        morning = datetime.combine(local.date() + timedelta(days=1), MORNING, zone)
    return morning.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
