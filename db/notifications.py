"""How notifications are listed, counted, written, marked as read, and forgotten."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db import visibility
from db.filters import Conditions, TimeFilter, on
from db.models import Notification, now
from db.shapes import Reader, among_keys
from db.statements import Written, compiled
from db.visibility import seen_by
from domain.actor import Actor
from domain.ids import OrganizationId, UserId
from domain.notifications import EmailTiming, NotificationKind
from domain.telling import Notice

FORGOTTEN_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class NotificationKindFilter:
    """Compares the kind of a notification."""

    in_: Annotated[tuple[NotificationKind, ...] | None, "One of these."] = None
    not_in: Annotated[tuple[NotificationKind, ...] | None, "None of these."] = None


@dataclass(frozen=True, slots=True)
class OrganizationFilter:
    """Compares an organisation."""

    in_: Annotated[tuple[OrganizationId, ...] | None, "One of these organisations."] = None


@dataclass(frozen=True, slots=True)
class NotificationFilter:
    """Narrows a list of notifications; every condition that is given must hold."""

    unread: Annotated[bool | None, "Only what is not read yet, or only what is."] = None
    kind: Annotated[NotificationKindFilter | None, "By kind."] = None
    organization: Annotated[OrganizationFilter | None, "By where it happened."] = None
    created_at: Annotated[TimeFilter | None, "By when you were told."] = None


@dataclass(frozen=True, slots=True)
class Unread:
    """The condition that something was not read, or that it was."""

    def asked(self, unread: bool) -> Iterator[tuple[str, Any]]:
        yield ("unread" if unread else "read"), True

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        read_at = Notification.read_at
        return read_at.is_(None) if operator == "unread" else read_at.is_not(None)


CONDITIONS: Conditions = {
    "unread": Unread(),
    "kind": on(Notification.kind),
    "organization": on(Notification.organization_id),
    "created_at": on(Notification.created_at),
}


class UnreadCounts:
    """How many notifications each user has not read, as far as the reader may see them."""

    async def load(self, reader: Reader, keys: Sequence[UUID], wanted: object = None) -> list[int]:
        statement = compiled(None, self._counts)
        rows = await reader.reads.rows(statement, {**reader.seeing, "keys": keys})
        found = dict(rows)
        return [found.get(key, 0) for key in keys]

    def _counts(self) -> Written:
        user = Notification.user_id
        return (
            select(user, func.count())
            .where(among_keys(user), Notification.read_at.is_(None), visibility.notifications)
            .group_by(user)
        )


async def add(session: AsyncSession, notices: Sequence[Notice]) -> dict[UUID, Notice]:
    """Write those that were not written before; by the ids of their rows."""
    if not notices:
        return {}
    statement = (
        insert(Notification)
        .on_conflict_do_nothing(index_elements=["event_id", "user_id"])
        .returning(Notification.id, Notification.event_id, Notification.user_id)
    )
    by_key = {(notice.event.id, notice.to.id): notice for notice in notices}
    written = await session.execute(statement, [_row(notice) for notice in by_key.values()])
    return {id: by_key[event, UserId(user)] for id, event, user in written}


def _row(notice: Notice) -> dict[str, Any]:
    return {
        "organization_id": notice.organization,
        "event_id": notice.event.id,
        "user_id": notice.to.id,
        "kind": notice.kind,
        "event_kind": notice.event.kind,
        "subject": notice.subject,
        "actor_id": notice.event.actor_id,
        "facts": dict(notice.facts),
        "in_app": notice.preference.in_app,
        "email": notice.preference.email,
    }


async def lock_own(
    session: AsyncSession, actor: Actor, ids: Collection[UUID]
) -> Mapping[UUID, Notification]:
    """Those of the notifications that are the actor's, held until the end."""
    statement = (
        select(Notification)
        .where(Notification.id.in_(ids), visibility.notifications)
        .order_by(Notification.id)
        .with_for_update()
    )
    found = await session.scalars(statement, seen_by(actor))
    return {row.id: row for row in found}


async def mark_read(
    session: AsyncSession, actor: Actor, *where: ColumnElement[bool], at: datetime
) -> int:
    """Mark what the actor has not read yet; how many that was."""
    statement = (
        update(Notification)
        .where(visibility.notifications, Notification.read_at.is_(None), *where)
        .values(read_at=at)
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement, seen_by(actor))).all())


async def to_mail(
    session: AsyncSession, *where: ColumnElement[bool], most: int
) -> Sequence[Notification]:
    """What is still to be mailed, oldest first."""
    statement = (
        select(Notification)
        .where(
            Notification.mailed_at.is_(None),
            Notification.email != EmailTiming.OFF,
            *where,
        )
        .order_by(Notification.id)
        .limit(most)
    )
    return (await session.scalars(statement)).all()


async def mailed(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Note that nothing of these is to be mailed any more."""
    statement = update(Notification).where(Notification.id.in_(ids)).values(mailed_at=now())
    await session.execute(statement.execution_options(synchronize_session=False))


async def forget(session: AsyncSession, before: datetime) -> int:
    """Delete some of what was made before then and was read, or never is; how many that were."""
    read = or_(Notification.read_at.is_not(None), ~Notification.in_app)
    old = select(Notification.id).where(Notification.created_at < before, read)
    statement = (
        delete(Notification)
        .where(Notification.id.in_(old.limit(FORGOTTEN_AT_ONCE)))
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    return len((await session.execute(statement)).all())
