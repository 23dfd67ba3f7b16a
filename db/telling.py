"""Who has to do with events, how things are called, and how people want to be told."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import (
    Approval,
    ApprovalStep,
    Comment,
    Delegation,
    Invitation,
    Membership,
    Organization,
    Template,
    User,
    granted,
)
from db.organizations import granting
from domain.accounts import UserStatus
from domain.events import Event
from domain.ids import OrganizationId, UserId
from domain.permissions import Permission
from domain.telling import Part, Parts, Recipient, parts_told

Column = InstrumentedAttribute[Any]


@dataclass(frozen=True, slots=True)
class Source:
    """Where those who have a part in events are found: rows by the event's key."""

    key: Callable[[Event], UUID | None]
    on: Column
    user: Column
    where: ColumnElement[bool] = field(default_factory=true)


def _entity(event: Event) -> UUID:
    return event.entity_id


def _subject(event: Event) -> UUID:
    return event.subject_id


def _told_of(name: str) -> Callable[[Event], UUID | None]:
    """The id that the event carries under a name."""

    def key(event: Event) -> UUID | None:
        said = (event.after or {}).get(name)
        return None if said is None else UUID(said)

    return key


def _members_with(permission: Permission) -> Source:
    """The members of the event's organisation whose role has the permission now."""
    able = and_(granting(permission), Membership.left_at.is_(None))
    return Source(
        lambda event: event.organization_id, Membership.organization_id, Membership.user_id, able
    )


SOURCES: dict[Part, Source] = {
    Part.DECIDED: Source(
        _entity,
        ApprovalStep.approval_id,
        ApprovalStep.approver_id,
        ApprovalStep.decided_at.is_not(None),
    ),
    Part.SUBMITTER: Source(_entity, Approval.id, Approval.submitter_id),
    Part.AUTHOR: Source(_subject, Template.id, Template.author_id),
    Part.ANSWERED: Source(_told_of("parent"), Comment.id, Comment.author_id),
    Part.ANSWERING: Source(_told_of("parent"), Comment.parent_id, Comment.author_id),
    Part.DISCUSSED: Source(_told_of("step"), ApprovalStep.id, ApprovalStep.approver_id),
    Part.STAND_IN: Source(_entity, Delegation.id, Delegation.stand_in_id),
    Part.AWAY: Source(_entity, Delegation.id, Delegation.approver_id),
    Part.MEMBER: Source(_entity, Membership.id, Membership.user_id),
    Part.INVITER: Source(_told_of("invitation"), Invitation.id, Invitation.inviter_id),
    Part.MANAGER: _members_with(Permission.APPROVAL_MANAGE),
    Part.KEEPER: _members_with(Permission.WEBHOOK_MANAGE),
}


async def parts(session: AsyncSession, events: Sequence[Event]) -> Mapping[UUID, Parts]:
    """Who has which part in each of the events, by its id; one statement a part that is told."""
    found: dict[UUID, dict[Part, Collection[UserId]]] = {event.id: {} for event in events}
    for part, source in SOURCES.items():
        keys = {e.id: source.key(e) for e in events if part in parts_told(e.kind)}
        known = await _users(session, source, {key for key in keys.values() if key})
        for id, key in keys.items():
            found[id][part] = known.get(key, ())
    return found


async def _users(
    session: AsyncSession, source: Source, keys: Collection[UUID]
) -> dict[UUID | None, list[UserId]]:
    found: dict[UUID | None, list[UserId]] = defaultdict(list)
    if keys:
        statement = select(source.on, source.user).where(source.on.in_(keys), source.where)
        for key, user in await session.execute(statement.distinct()):
            found[key].append(UserId(user))
    return found


async def names(session: AsyncSession, events: Sequence[Event]) -> dict[UUID, dict[str, str]]:
    """How everybody and everything in each of the events is called, by its id."""
    users = {event.actor_id for event in events} | {event.subject_id for event in events}
    people = await _called(session, User.id, _FULL_NAME, users)
    templates = await _called(session, Template.id, Template.name, {e.subject_id for e in events})
    organizations = {event.organization_id for event in events}
    places = await _called(session, Organization.id, Organization.name, organizations)
    return {
        event.id: _known(
            actor=people.get(event.actor_id),
            person=people.get(event.subject_id),
            template=templates.get(event.subject_id),
            organization=places.get(event.organization_id),
        )
        for event in events
    }


def _known(**names: str | None) -> dict[str, str]:
    return {name: value for name, value in names.items() if value is not None}


async def _called(
    session: AsyncSession, on: Column, name: ColumnElement[str] | Column, ids: Collection[Any]
) -> dict[Any, str]:
    found = await session.execute(select(on, name).where(on.in_(set(ids) - {None})))
    return {row[0]: row[1] for row in found}


async def recipients(
    session: AsyncSession, users: Collection[UUID], organizations: Collection[UUID]
) -> dict[UserId, Recipient]:
    """Those of the users whose account is active, with their roles in the organisations."""
    here = and_(
        Membership.user_id == User.id,
        Membership.organization_id.in_(organizations),
        Membership.left_at.is_(None),
    )
    statement = (
        select(*_PERSON, Membership.organization_id, *_GRANT)
        .outerjoin(Membership, here)
        .where(User.id.in_(users), User.status == UserStatus.ACTIVE)
    )
    found: dict[UserId, Recipient] = {}
    for id, email, name, zone, preferences, place, *grant in await session.execute(statement):
        known = found.setdefault(id, Recipient(id, email, name, zone, preferences, {}))
        if place is not None:
            known.grants[OrganizationId(place)] = granted(*grant)
    return found


_FULL_NAME = User.first_name + " " + User.last_name
_PERSON = (User.id, User.email, _FULL_NAME, User.timezone, User.notification_preferences)
_GRANT = (Membership.role, Membership.custom_name, Membership.custom_permissions)
