"""Events as the history of approvals tells them."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Table,
    Text,
    Uuid,
    case,
    cast,
    func,
    literal_column,
    select,
    type_coerce,
)
from sqlalchemy.orm import Mapped, column_property, synonym

from db.models.approvals import ApprovalStep
from db.models.entity import Entity
from db.models.events import Event, EventPosition
from domain.events import EventKind

_EVENTS: Table = Event.__table__  # type: ignore[assignment] # a mapped class's is a Table
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_LAST = literal_column(str(2**53), BigInteger)  # exact in every JSON


def _fact(name: str) -> Any:
    return _EVENTS.c.after[name].astext


_STEP = case((_fact("step").op("~")(_UUID), cast(_fact("step"), Uuid)))
_POSITION = (
    select(EventPosition.position)
    .where(EventPosition.event_id == _EVENTS.c.id)
    .correlate(_EVENTS)
    .scalar_subquery()
)
_OF_STEP = (
    select(ApprovalStep.approval_id)
    .where(ApprovalStep.id == _STEP)
    .correlate(_EVENTS)
    .scalar_subquery()
)


class HistoryEntry(Entity):
    """An event of an approval, or a comment that was made on one of its steps.

    `place` sorts them as they were committed, those without a position last. What it tells of
    people, stages and steps are ids in text, or whatever else stands there.
    """

    __tablename__ = "events"
    __table__ = _EVENTS

    created_at: Mapped[datetime] = synonym("occurred_at")
    position: Mapped[int | None] = column_property(_POSITION)
    place: Mapped[int] = column_property(func.coalesce(_POSITION, _LAST))
    approval_id: Mapped[UUID | None] = column_property(
        case(
            (_EVENTS.c.entity == "ApprovalWorkflow", _EVENTS.c.entity_id),
            (_EVENTS.c.kind == EventKind.COMMENT_ADDED, _OF_STEP),
        )
    )
    step: Mapped[str | None] = column_property(type_coerce(_fact("step"), Text))
    stage: Mapped[str | None] = column_property(type_coerce(_fact("stage"), Text))
    on_behalf_of: Mapped[str | None] = column_property(type_coerce(_fact("onBehalfOf"), Text))
    handed_from: Mapped[str | None] = column_property(type_coerce(_fact("from"), Text))
    handed_to: Mapped[str | None] = column_property(type_coerce(_fact("to"), Text))
    comment_id: Mapped[UUID | None] = column_property(
        case((_EVENTS.c.entity == "Comment", _EVENTS.c.entity_id))
    )

    if TYPE_CHECKING:
        occurred_at: Mapped[datetime]
        kind: Mapped[EventKind]
        organization_id: Mapped[UUID | None]
        subject_id: Mapped[UUID]
        actor_id: Mapped[UUID | None]
        before: Mapped[dict[str, Any] | None]
        after: Mapped[dict[str, Any] | None]
