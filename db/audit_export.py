"""The record of an organisation, read in its order and a page at a time to be handed out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Event, EventHead, EventPosition
from domain.events import EventKind
from domain.verification import Head

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Extent:
    """Which part of the record: behind the position `after`, from a moment on, until another."""

    after: int = 0
    kinds: tuple[EventKind, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


async def head(session: AsyncSession, organization: UUID) -> Head:
    """Where the order ends now."""
    statement = select(EventHead.position, EventHead.hash, EventHead.forgotten).where(
        EventHead.organization_id == organization
    )
    found = (await session.execute(statement)).one_or_none()
    return Head() if found is None else Head(*found)


async def page(
    session: AsyncSession, organization: UUID, extent: Extent, last: int
) -> Sequence[Row[Any]]:
    """The next events up to the position `last`, in their order, each with its place."""
    statement = (
        select(
            EventPosition.position,
            EventPosition.hash,
            *(each.label(each.name) for each in Event.__table__.c if each.name != "kind"),
            # As it stands there: an older release may export what a newer one recorded.
            cast(Event.kind, Text).label("kind"),
        )
        .join(Event, Event.id == EventPosition.event_id)
        .where(
            EventPosition.organization_id == organization,
            EventPosition.position > extent.after,
            EventPosition.position <= last,
            *_conditions(extent),
        )
        .order_by(EventPosition.position)
        .limit(AT_ONCE)
    )
    return (await session.execute(statement)).all()


def _conditions(extent: Extent) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if extent.kinds:
        conditions.append(Event.kind.in_(extent.kinds))
    if extent.since is not None:
        conditions.append(Event.occurred_at >= extent.since)
    if extent.until is not None:
        conditions.append(Event.occurred_at < extent.until)
    return conditions
