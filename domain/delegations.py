"""Who decides for whom while they are away.

A delegation sends one person's approvals in one organisation to a stand-in for a while: from
a moment on until, but not at, another. Stand-ins may be away too: then it is their stand-in who
decides, and so on. The chain ends with the first who is there, after `MOST_HOPS` in any case,
and before anybody who may not decide. A delegation that would lead back to the person
who is away, at whatever moment, is refused.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import ownership
from domain.errors import Conflict, Problem, Reference
from domain.ids import DelegationId, UserId
from domain.permits import check_own
from domain.text import LINE, check_text

MOST_HOPS = 5
LONGEST = timedelta(days=366)
FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Delegation:
    """One person's approvals go to another from a moment until, but not at, another."""

    id: DelegationId
    approver: UserId
    to: UserId
    begins: datetime
    ends: datetime


def check_terms(begins: datetime, ends: datetime, reason: str, now: datetime) -> Iterator[Problem]:
    """Problems of a delegation's period and reason, whoever it is between."""
    yield from check_text(reason, ("reason",), most=LINE)
    if begins - now > FURTHEST:
        yield Problem(("from",), f"Begin within the next {FURTHEST.days} days.")
    if ends <= begins:
        yield Problem(("until",), "This must be later than now and than `from`.")
    elif ends - begins > LONGEST:
        yield Problem(("until",), f"A delegation lasts {LONGEST.days} days at most.")


def check_people(
    wanted: Delegation, able: Collection[UserId], others: Sequence[Delegation]
) -> Iterator[Problem]:
    """Problems of whose approvals go to whom, beside the organisation's other delegations."""
    if wanted.approver not in able:
        text = "This is nobody who may decide approvals in the organisation."
        yield Problem(("approver",), text)
    if wanted.to == wanted.approver:
        yield Problem(("to",), "Name somebody else than whose approvals they are.")
    elif wanted.to not in able:
        yield Problem(("to",), "This is nobody who may decide approvals in the organisation.")
    elif _leads_to(wanted.approver, wanted, others):
        text = "Their own approvals come back to whose approvals these are in that time."
        yield Problem(("to",), text)


def check_free(wanted: Delegation, others: Sequence[Delegation]) -> None:
    """One stand-in at a time; raises `Conflict` with the delegation that is in the way."""
    for other in others:
        if other.approver == wanted.approver and _overlap(wanted, other):
            here = Reference("Delegation", other.id)
            raise Conflict("Another delegation is in force in that time.", here, ("from",))


def check_manages(approver: UserId, by: UserId, *, manages: bool) -> None:
    """One's own approvals are one's own to give; raises `Forbidden`."""
    check_own(ownership.WHO_IS_AWAY, {approver}, by, manages=manages)


def check_open(id: DelegationId, ended_at: datetime | None) -> None:
    if ended_at is not None:
        raise Conflict(
            "This delegation has ended already.", Reference("Delegation", id), ("delegation",)
        )


def stand_ins(
    delegations: Sequence[Delegation],
    users: Sequence[UserId],
    able: Collection[UserId],
    now: datetime,
) -> dict[UserId, UserId]:
    """Who decides instead of each of the users at a moment; who decides themselves is absent."""
    active = _in_force(delegations, now)
    chains = {user: _chain(active, user, able) for user in users}
    return {user: chain[-1] for user, chain in chains.items() if chain}


def depending(
    delegations: Sequence[Delegation], user: UserId, able: Collection[UserId], now: datetime
) -> list[UserId]:
    """Everybody for whom it is or was the user, or whoever stands in for them, who decides."""
    active = _in_force(delegations, now)
    others = [away for away in active if user in _chain(active, away, able)]
    return [user, *others]


def _in_force(delegations: Sequence[Delegation], now: datetime) -> dict[UserId, UserId]:
    return {each.approver: each.to for each in delegations if each.begins <= now < each.ends}


def _chain(active: Mapping[UserId, UserId], user: UserId, able: Collection[UserId]) -> list[UserId]:
    """Those who stand in for the user one after another; the last of them decides."""
    chain: list[UserId] = []
    following = active.get(user)
    while following is not None and following in able and len(chain) < MOST_HOPS:
        if following in (user, *chain):
            break
        chain.append(following)
        following = active.get(following)
    return chain


def _leads_to(person: UserId, first: Delegation, others: Sequence[Delegation]) -> bool:
    """Whether, at some moment of the first delegation, the chain from it comes to the person.

    It ends because the others, of which none leads back to where it began, have no circle.
    """
    return any(
        other.to == person or _leads_to(person, _within(first, other), others)
        for other in others
        if other.approver == first.to and _overlap(first, other)
    )


def _within(first: Delegation, other: Delegation) -> Delegation:
    """The other delegation, as far as it is in the time of the first."""
    begins, ends = max(first.begins, other.begins), min(first.ends, other.ends)
    return Delegation(other.id, other.approver, other.to, begins, ends)


def _overlap(one: Delegation, other: Delegation) -> bool:
    return one.begins < other.ends and other.begins < one.ends
