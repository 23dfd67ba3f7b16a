"""How the record of what happened is listed and narrowed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from db.filters import (
    Conditions,
    Direction,
    TextFilter,
    TimeFilter,
    UserFilter,
    given,
    on,
)
from db.models import AuditEntry, EventPosition
from domain.errors import Reference
from domain.events import EventKind

CLOCK = timedelta(hours=1)
"""More than the time in an event's id and the time it is said to have happened at differ by."""
_FROM = frozenset({"gte", "gt"})


class AuditOrderField(StrEnum):
    OCCURRED_AT = "OCCURRED_AT"


@dataclass(frozen=True, slots=True)
class AuditOrder:
    """What the record is sorted by."""

    field: Annotated[AuditOrderField, "What to sort by."]
    direction: Annotated[Direction, "Which way."] = Direction.ASC


@dataclass(frozen=True, slots=True)
class EventKindFilter:
    """Compares what happened."""

    in_: Annotated[tuple[EventKind, ...] | None, "One of these."] = None
    not_in: Annotated[tuple[EventKind, ...] | None, "None of these."] = None


@dataclass(frozen=True, slots=True)
class EntityFilter:
    """Compares a thing of any kind."""

    in_: Annotated[tuple[Reference, ...] | None, "One of these, by their ids."] = None


@dataclass(frozen=True, slots=True)
class PositionFilter:
    """Compares a place in the order of an organisation's events."""

    gte: Annotated[int | None, "At this position or behind it."] = None
    gt: Annotated[int | None, "Behind this position."] = None
    lte: Annotated[int | None, "At this position or before it."] = None
    lt: Annotated[int | None, "Before this position."] = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Narrows the record of what happened; every condition that is given must hold."""

    kind: Annotated[EventKindFilter | None, "By what happened."] = None
    actor: Annotated[UserFilter | None, "By who did it."] = None
    impersonated_by: Annotated[
        UserFilter | None, "By the administrator of the platform who acted in somebody's place."
    ] = None
    entity: Annotated[EntityFilter | None, "By the thing that it happened to."] = None
    entity_type: Annotated[
        TextFilter | None, "By the type of the thing that it happened to, such as `Template`."
    ] = None
    subject: Annotated[
        EntityFilter | None,
        "By the thing that it is about, such as the template whose approval was decided.",
    ] = None
    occurred_at: Annotated[TimeFilter | None, "By when it happened."] = None
    request_id: Annotated[TextFilter | None, "By the request that did it."] = None
    ip: Annotated[TextFilter | None, "By the address that the request came from."] = None
    position: Annotated[
        PositionFilter | None, "By its place in the order; only what has one already."
    ] = None


@dataclass(frozen=True, slots=True)
class _things:  # noqa: N801 - reads as a word where lists are declared, as `on` does
    """Things of any kind: no two of them share an id."""

    column: InstrumentedAttribute[Any]

    def asked(self, filter: EntityFilter) -> Iterator[tuple[str, Any]]:
        for name, references in given(filter):
            yield name, [each.id for each in references]

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        return on(self.column).sql(operator, parameter)


@dataclass(frozen=True, slots=True)
class _placed:  # noqa: N801 - as above
    """A place in the order; with the `order`, it is found by the index on its positions."""

    order: InstrumentedAttribute[Any] | None = None

    def asked(self, filter: PositionFilter) -> Iterator[tuple[str, Any]]:
        return given(filter)

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        conditions = [
            EventPosition.event_id == AuditEntry.id,
            on(EventPosition.position).sql(operator, parameter),
        ]
        if self.order is not None:
            conditions.append(EventPosition.organization_id == self.order)
        return select(EventPosition.event_id).where(*conditions).exists()


class _happened:  # noqa: N801 - as above
    """A moment; the ids, which are in the order of time, tell in which partitions to look."""

    def asked(self, filter: TimeFilter) -> Iterator[tuple[str, Any]]:
        for name, moment in given(filter):
            yield name, moment
            yield f"{name}_id", first_id(moment + (-CLOCK if name in _FROM else CLOCK))

    def sql(self, operator: str, parameter: str) -> ColumnElement[bool]:
        if operator.endswith("_id"):
            return on(AuditEntry.id).sql(operator.removesuffix("_id"), parameter)
        return on(AuditEntry.occurred_at).sql(operator, parameter)


def first_id(moment: datetime) -> UUID:
    """The least UUIDv7 (RFC 9562) of a millisecond; before 1970, the least of all."""
    return UUID(int=max(0, int(moment.timestamp() * 1_000)) << 80)


ORDERS = {AuditOrderField.OCCURRED_AT: type_coerce(AuditEntry.id, Uuid())}
"""By id, which is by time, as all the indexes are."""

EVERYWHERE: Conditions = {
    "kind": on(AuditEntry.kind),
    "actor": on(AuditEntry.actor_id),
    "impersonated_by": on(AuditEntry.impersonator_id),
    "entity": _things(AuditEntry.entity_id),
    "entity_type": on(AuditEntry.entity),
    "subject": _things(AuditEntry.subject_id),
    "occurred_at": _happened(),
    "request_id": on(AuditEntry.request_id),
    "ip": on(AuditEntry.ip),
    "position": _placed(),
}
IN_ORGANIZATION: Conditions = {**EVERYWHERE, "position": _placed(AuditEntry.organization_id)}
