"""Who is told of what happens: one table."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.approvals import ApprovalStatus
from domain.errors import Reference
from domain.events import Event, EventKind
from domain.ids import OrganizationId, UserId
from domain.notifications import KINDS, EmailTiming, Preference, preference
from domain.notifications import NotificationKind as Kind
from domain.permissions import Grant


class Part(StrEnum):
    """What somebody has to do with an event."""

    ASKED = "whose decision is asked for by it"
    AWAITED = "whose decision the approval waits for after it"
    WAITED = "whose decision the approval waited for before it"
    TO = "who takes a step over"
    FROM = "whose step is taken over"
    DECIDED = "who has decided in the approval"
    SUBMITTER = "who submitted what is approved"
    AUTHOR = "who wrote the template"
    ANSWERED = "whose comment is answered"
    ANSWERING = "who answered the same comment"
    DISCUSSED = "whose step is commented on"
    STAND_IN = "who decides for somebody else"
    AWAY = "whom somebody else decides for"
    MEMBER = "whose membership it is"
    INVITER = "who invited the member"
    MANAGER = "who manages the organisation's approvals"
    KEEPER = "who looks after the organisation's webhooks"


Parts = Mapping[Part, Collection[UserId]]


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell those who have a part in an event.

    Where they are given: only if it left the approval in a status, and if nobody has another part.
    """

    to: Part
    kind: Kind
    when: ApprovalStatus | None = None
    unless: Part | None = None


def _each(kind: Kind, *parts: Part) -> tuple[Tell, ...]:
    return tuple(Tell(part, kind) for part in parts)


_ASKED = Tell(Part.ASKED, Kind.STEP_WAITING)
_AGAIN = Tell(Part.ASKED, Kind.STEP_WAITING_AGAIN)

TABLE: dict[EventKind, tuple[Tell, ...]] = {
    EventKind.APPROVAL_SUBMITTED: (_ASKED,),
    EventKind.STEP_DECIDED: (
        _ASKED,
        Tell(Part.SUBMITTER, Kind.APPROVAL_APPROVED, ApprovalStatus.APPROVED),
        Tell(Part.SUBMITTER, Kind.APPROVAL_REJECTED, ApprovalStatus.REJECTED),
        Tell(Part.SUBMITTER, Kind.APPROVAL_CHANGES_REQUESTED, ApprovalStatus.CHANGES_REQUESTED),
        Tell(Part.SUBMITTER, Kind.STEP_DECIDED, ApprovalStatus.IN_PROGRESS),
    ),
    EventKind.STEP_SKIPPED: (_ASKED, Tell(Part.SUBMITTER, Kind.STEP_SKIPPED)),
    EventKind.STEP_REASSIGNED: (_ASKED, Tell(Part.FROM, Kind.STEP_TAKEN_OVER)),
    EventKind.STEP_DELEGATED: (_ASKED,),
    EventKind.STEP_REMINDED: (Tell(Part.AWAITED, Kind.STEP_DUE),),
    EventKind.STEP_ESCALATED: (
        Tell(Part.TO, Kind.STEP_ESCALATED),
        _ASKED,
        Tell(Part.FROM, Kind.STEP_TAKEN_OVER),
        Tell(Part.MANAGER, Kind.STEP_OVERDUE, unless=Part.TO),
    ),
    EventKind.STAGES_VOIDED: (_AGAIN, Tell(Part.SUBMITTER, Kind.APPROVAL_VOIDED)),
    EventKind.APPROVAL_REPINNED: (_ASKED,),
    EventKind.APPROVAL_WITHDRAWN: _each(
        Kind.APPROVAL_WITHDRAWN, Part.WAITED, Part.DECIDED, Part.SUBMITTER
    ),
    EventKind.APPROVAL_VOIDED: _each(
        Kind.APPROVAL_VOIDED, Part.SUBMITTER, Part.WAITED, Part.DECIDED
    ),
    EventKind.APPROVAL_EXPIRED: _each(Kind.APPROVAL_EXPIRED, Part.SUBMITTER, Part.WAITED),
    EventKind.APPROVAL_FORCED: _each(
        Kind.APPROVAL_FORCED, Part.SUBMITTER, Part.WAITED, Part.DECIDED
    ),
    EventKind.COMMENT_ADDED: (
        *_each(Kind.COMMENT_ANSWERED, Part.ANSWERED, Part.ANSWERING),
        *_each(Kind.COMMENT_ADDED, Part.DISCUSSED, Part.AUTHOR),
    ),
    EventKind.DELEGATION_PLANNED: _each(Kind.DELEGATION_PLANNED, Part.STAND_IN, Part.AWAY),
    EventKind.DELEGATION_STARTED: _each(Kind.DELEGATION_STARTED, Part.STAND_IN, Part.AWAY),
    EventKind.DELEGATION_ENDED: _each(Kind.DELEGATION_ENDED, Part.STAND_IN, Part.AWAY),
    EventKind.MEMBER_JOINED: (Tell(Part.INVITER, Kind.INVITATION_ACCEPTED),),
    EventKind.MEMBER_ROLE_CHANGED: (Tell(Part.MEMBER, Kind.ROLE_CHANGED),),
    EventKind.MEMBER_REMOVED: (Tell(Part.MEMBER, Kind.MEMBERSHIP_ENDED),),
    EventKind.WEBHOOK_DISABLED: (Tell(Part.KEEPER, Kind.WEBHOOK_DISABLED),),
}
"""Who has several parts in an event is told once: what stands first."""


def _asked(event: Event) -> list[str]:
    return [each["approver"] for each in (event.after or {}).get("asked", ())]


def _from(event: Event) -> list[str]:
    after = event.after or {}
    return [each["from"] for each in (after, *after.get("steps", ())) if "from" in each]


CARRIED: dict[Part, Callable[[Event], Collection[str]]] = {
    Part.ASKED: _asked,
    Part.AWAITED: lambda event: (event.after or {}).get("waiting", ()),
    Part.WAITED: lambda event: (event.before or {}).get("waiting", ()),
    Part.TO: lambda event: [to for to in [(event.after or {}).get("to")] if to],
    Part.FROM: _from,
}
"""The parts that an event tells itself, by the ids of people; the others have to be looked up."""


def parts_told(kind: EventKind) -> frozenset[Part]:
    """Whom it matters to know of an event of that kind."""
    return frozenset(tell.to for tell in TABLE.get(kind, ()))


def told(event: Event, parts: Parts) -> dict[UserId, Kind]:
    """Whom to tell of an event, and what; never the one who did it."""
    status = (event.after or {}).get("status")
    found: dict[UserId, Kind] = {}
    for tell in TABLE.get(event.kind, ()):
        if tell.when in {None, status} and not _is_taken(tell, event, parts):
            for user in _having(tell.to, event, parts):
                found.setdefault(user, tell.kind)
    return {user: kind for user, kind in found.items() if user != event.actor_id}


def _is_taken(tell: Tell, event: Event, parts: Parts) -> bool:
    return tell.unless is not None and bool(_having(tell.unless, event, parts))


def _having(part: Part, event: Event, parts: Parts) -> Collection[UserId]:
    if part in CARRIED:
        return [UserId(UUID(id)) for id in CARRIED[part](event)]
    return parts.get(part, ())


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody with an active account, and what they may do where it matters."""

    id: UserId
    email: str
    name: str
    timezone: str
    preferences: Mapping[str, Any]
    grants: dict[OrganizationId, Grant]

    def may_see(self, kind: Kind, organization: OrganizationId) -> bool:
        """Whether a notification of the kind, from that organisation, is for them now."""
        needed = KINDS[kind].needs
        grant = self.grants.get(organization)
        return needed is None or (grant is not None and needed in grant.permissions)

    def wants_mail(self, kind: Kind, organization: OrganizationId) -> bool:
        """Whether one that is still to be mailed may go out to them now."""
        wanted = preference(self.preferences, kind).email is not EmailTiming.OFF
        return wanted and self.may_see(kind, organization)


@dataclass(frozen=True, slots=True)
class Notice:
    """One person to be told of one event, as they want to be."""

    event: Event
    organization: OrganizationId
    to: Recipient
    preference: Preference
    facts: Mapping[str, str]

    @property
    def kind(self) -> Kind:
        return self.preference.kind

    @property
    def subject(self) -> Reference:
        return Reference(self.event.entity, self.event.entity_id)


def notices(
    event: Event,
    told: Mapping[UserId, Kind],
    people: Mapping[UserId, Recipient],
    names: Mapping[str, str],
) -> list[Notice]:
    """Whom an event is told to: who may see it, and does not want to be left alone with it."""
    place = event.organization_id
    if place is None:
        return []
    return [
        Notice(event, place, people[user], wanted, facts(event, names))
        for user, kind in told.items()
        if user in people and people[user].may_see(kind, place)
        if not (wanted := preference(people[user].preferences, kind)).is_silent
    ]


FACTS = {"role": "role", "reason": "reason", "comment": "reason", "url": "address"}
"""What notifications say of what an event carries, under which name."""


def facts(event: Event, names: Mapping[str, str]) -> dict[str, str]:
    """The names that the text of a notification is made of."""
    after = event.after or {}
    carried = {name: str(after[key]) for key, name in FACTS.items() if after.get(key)}
    return {**names, **carried}
