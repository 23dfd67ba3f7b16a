"""People are told of what concerns them, and say what they have read."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db import jobs, loaders, notifications, telling
from db.jobs import Later
from db.models import Notification, User, new_id, now
from domain import notifications as rules
from domain.errors import NotFound, refuse
from domain.events import Event, EventKind
from domain.ids import NotificationId, OrganizationId, UserId
from domain.notifications import EmailTiming
from domain.telling import TABLE, Notice, notices, told
from events import outbox
from resolvers.context import Context
from resolvers.live import After, follow
from resolvers.work import Work

MAIL, DIGEST = "notifications.mail", "notifications.digest"
"""The jobs that send one notification, and what has gathered until a morning."""


@dataclass(frozen=True, slots=True)
class MarkNotificationsRead:
    """What you have read: some notifications, or all up to a moment. Give one of the two."""

    notifications: Annotated[
        tuple[NotificationId, ...] | None, "1 to 100 of your notifications."
    ] = None
    before: Annotated[
        datetime | None, "All that you were told until then, in every organisation."
    ] = None


async def tell(session: AsyncSession, events: Sequence[Event]) -> None:
    """Tell everybody whom the events concern: in the list, live, and by mail later.

    All of it is part of the session's transaction: nobody is told twice of an event.
    """
    written = await notifications.add(session, await _notices(session, events))
    by_event: dict[UUID, list[Notice]] = {}
    for notice in written.values():
        by_event.setdefault(notice.event.id, []).append(notice)
    for each in by_event.values():
        _announce(session, each)
    await jobs.put(session, _mails(written))


async def told_of(session: AsyncSession, events: Sequence[Event]) -> set[UserId]:
    """Who would be told of the events, which are recorded in the session."""
    return {notice.to.id for notice in await _notices(session, events)}


async def mark_read(ctx: Context, input: MarkNotificationsRead) -> User:
    """Mark notifications of yours as read. What is read already stays as it is."""
    ids = input.notifications
    refuse(list(rules.check_marked(None if ids is None else len(ids), input.before)))
    which = Notification.created_at <= input.before if ids is None else Notification.id.in_(ids)
    async with ctx.transaction() as work:
        user = await work.find(loaders.users, work.by, at="notifications")
        await _check_own(work, ids or ())
        if count := await notifications.mark_read(work.session, work.actor, which, at=now()):
            work.record(EventKind.NOTIFICATIONS_READ, user, after={"count": count})
    return user


async def notification_received(
    ctx: Context,
    organization: Annotated[OrganizationId, "The organisation to be told about."],
    after: After = None,
) -> AsyncIterator[Event]:
    """Everything that you are told about an organisation, as soon as you are."""
    me = str(ctx.actor.signed_in)
    return await follow(ctx, organization, lambda event: me in _users_told(event), after=after)


def _users_told(event: Event) -> Sequence[str]:
    if event.kind is not EventKind.NOTIFICATIONS_SENT or event.after is None:
        return ()
    users: Sequence[str] = event.after["users"]
    return users


async def _notices(session: AsyncSession, events: Sequence[Event]) -> list[Notice]:
    """Whom to tell of what, read with few statements however many events there are."""
    events = [event for event in events if event.kind in TABLE]
    if not events:
        return []
    parts = await telling.parts(session, events)
    whom = {event.id: told(event, parts[event.id]) for event in events}
    users = {user for each in whom.values() for user in each}
    places = {event.organization_id for event in events if event.organization_id}
    people = await telling.recipients(session, users, places) if users else {}
    names = await telling.names(session, events) if people else {}
    return [
        notice
        for event in events
        for notice in notices(event, whom[event.id], people, names.get(event.id, {}))
    ]


def _announce(session: AsyncSession, made: Sequence[Notice]) -> None:
    """Let those who listen know, by an event of its own."""
    event = made[0].event
    users = sorted(str(notice.to.id) for notice in made if notice.preference.in_app)
    if users:
        outbox.record(
            session,
            Event(
                id=new_id(),
                kind=EventKind.NOTIFICATIONS_SENT,
                entity="Event",
                entity_id=event.id,
                subject_id=event.subject_id,
                organization_id=event.organization_id,
                actor_id=None,
                occurred_at=now(),
                after={"users": users, "source": str(event.id)},
                request_id=event.request_id,
            ),
        )


def _mails(written: Mapping[UUID, Notice]) -> list[Later]:
    """The jobs that send what goes by mail; everybody's digest is one job a morning."""
    later: dict[str, Later] = {}
    for id, notice in written.items():
        match notice.preference.email:
            case EmailTiming.IMMEDIATE:
                later[str(id)] = Later(name=MAIL, payload={"notification": str(id)})
            case EmailTiming.DIGEST:
                job = _digest(notice)
                later[job.key or ""] = job
    return list(later.values())


def _digest(notice: Notice) -> Later:
    morning = rules.morning_after(now(), notice.to.timezone)
    user = str(notice.to.id)
    key = f"{DIGEST}:{user}:{morning:%Y-%m-%d}"
    return Later(name=DIGEST, payload={"user": user}, at=morning, key=key)


async def _check_own(work: Work, ids: Sequence[NotificationId]) -> None:
    """Raises `NotFound` where one of them is somebody else's; they are held until the end."""
    if not ids:
        return
    own = await notifications.lock_own(work.session, work.actor, ids)
    for index, id in enumerate(ids):
        if id not in own:
            raise NotFound(f"There is no such Notification, at {index}.", ("notifications",))
