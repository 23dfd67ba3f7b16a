"""Delegations: letting somebody else decide while one is away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from db import delegations, loaders, organizations
from db.clock import clock
from db.models import Delegation, new_id
from domain import delegations as rules
from domain import ownership
from domain.errors import refuse
from domain.events import EventKind
from domain.ids import DelegationId, OrganizationId, UserId
from domain.permissions import Permission
from resolvers import approvers
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.stand_ins import depending
from resolvers.work import Work


@dataclass(frozen=True, slots=True)
class CreateDelegation:
    """Whose approvals go to whom, and how long."""

    organization: Annotated[OrganizationId, "Where it is to hold."]
    to: Annotated[UserId, "Who decides meanwhile: a member who may decide approvals."]
    until: Annotated[datetime, "When it ends; at most 366 days after it begins."]
    reason: Annotated[str, "Why, in up to 500 characters, such as `On leave`."]
    from_: Annotated[
        datetime | None, "When it begins, within 366 days; now unless given, or where it is past."
    ] = None
    approver: Annotated[
        UserId | None, "Whose approvals; yours unless given. Others' are for managers of approvals."
    ] = None


@dataclass(frozen=True, slots=True)
class EndDelegation:
    """What to end."""

    delegation: Annotated[DelegationId, "The delegation, whether or not it has begun."]
    if_version: IfVersion = None


async def create(ctx: Context, input: CreateDelegation) -> Delegation:
    """Let somebody else decide while you are away. What is submitted meanwhile waits for your
    stand-in, and so does what waits for you when it begins. Where they are away too, their own
    stand-in decides: five times over at most, and never back to you.
    """
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        manages = work.manages(ownership.WHOM_IT_NAMES, place)
        rules.check_manages(input.approver or work.by, work.by, manages=manages)
        await organizations.lock(work.session, place.id)
        now = await clock(work.session)
        row = _made(work, place.id, input, now)
        refuse(list(rules.check_terms(row.begins_at, row.ends_at, row.reason, now)))
        await _check(work, row)
        work.session.add(row)
        await work.session.flush()
        await _plan(work, row, now)
    return row


async def end(ctx: Context, input: EndDelegation) -> Delegation:
    """Decide yourself again from now on. What went to the stand-in stays with them."""
    async with ctx.transaction() as work:
        seen = await work.find(loaders.delegations, input.delegation, at="delegation")
        manages = work.manages(ownership.WHO_IS_AWAY, seen)
        rules.check_manages(UserId(seen.approver_id), work.by, manages=manages)
        row = await _lock(work, input.delegation, input.if_version)
        rules.check_open(DelegationId(row.id), row.ended_at)
        now = await clock(work.session)
        row.ends_at = max(now, row.begins_at)
        _finish(work, row, now)
        work.never_mind(_beginning(row.id))
        work.never_mind(_ending(row.id))
    return row


async def begin(ctx: Context, id: DelegationId) -> None:
    """Let what waits for somebody go to their stand-in, now that the delegation has begun."""
    async with ctx.transaction() as work:
        row = await _lock(work, id)
        if row.started_at is None and row.ended_at is None:
            await _begin_in_time(work, row, await clock(work.session))


async def run_out(ctx: Context, id: DelegationId) -> None:
    """Note that a delegation has come to its end."""
    async with ctx.transaction() as work:
        row = await _lock(work, id)
        if row.ended_at is None:
            _finish(work, row, await clock(work.session))


async def _lock(work: Work, id: DelegationId, if_version: int | None = None) -> Delegation:
    """The delegation, with its organisation held first: delegations change one at a time."""
    seen = await work.find(loaders.delegations, id, at="delegation")
    await organizations.lock(work.session, seen.organization_id)
    return await work.lock(loaders.delegations, id, at="delegation", if_version=if_version)


async def _check(work: Work, row: Delegation) -> None:
    wanted = delegations.facts(row)
    others = await delegations.overlapping(
        work.session, row.organization_id, row.begins_at, row.ends_at
    )
    able = await organizations.who_may(
        work.session,
        row.organization_id,
        Permission.APPROVAL_DECIDE,
        [wanted.approver, wanted.to],
    )
    refuse(list(rules.check_people(wanted, {UserId(user) for user in able}, others)))
    rules.check_free(wanted, others)


async def _plan(work: Work, row: Delegation, now: datetime) -> None:
    if row.begins_at > now:
        work.record(EventKind.DELEGATION_PLANNED, row, subject=row.approver_id, after=_told(row))
    await _begin_in_time(work, row, now)
    given = {"delegation": str(row.id)}
    work.later("delegations.end", given, at=row.ends_at, key=_ending(row.id))


async def _begin_in_time(work: Work, row: Delegation, now: datetime) -> None:
    """Now, or by a job; one that comes too early waits again."""
    if row.begins_at <= now:
        await _start(work, row, now)
    else:
        given = {"delegation": str(row.id)}
        work.later("delegations.begin", given, at=row.begins_at, key=_beginning(row.id))


async def _start(work: Work, row: Delegation, now: datetime) -> None:
    """What waits for the person goes to the stand-in, and what does so in others' stead too."""
    row.started_at = now
    work.record(EventKind.DELEGATION_STARTED, row, subject=row.approver_id, after=_told(row))
    await work.session.flush()
    place = row.organization_id
    for user in await depending(work, place, UserId(row.approver_id), now):
        await approvers.hand_over_open_steps(work, place, user)


def _finish(work: Work, row: Delegation, now: datetime) -> None:
    row.ended_at = now
    after = {"endsAt": row.ends_at.isoformat(), "standIn": str(row.stand_in_id)}
    work.record(EventKind.DELEGATION_ENDED, row, subject=row.approver_id, after=after)


def _made(work: Work, organization_id: UUID, input: CreateDelegation, now: datetime) -> Delegation:
    return Delegation(
        id=new_id(),
        organization_id=organization_id,
        approver_id=input.approver or work.by,
        stand_in_id=input.to,
        creator_id=work.by,
        reason=input.reason.strip(),
        begins_at=max(input.from_ or now, now),
        ends_at=input.until,
    )


def _told(row: Delegation) -> dict[str, str]:
    return {
        "approver": str(row.approver_id),
        "standIn": str(row.stand_in_id),
        "beginsAt": row.begins_at.isoformat(),
        "endsAt": row.ends_at.isoformat(),
        "reason": row.reason,
    }


def _beginning(id: UUID) -> str:
    """Under which key the job that begins it waits."""
    return f"delegations.begin:{id}"


def _ending(id: UUID) -> str:
    return f"delegations.end:{id}"
