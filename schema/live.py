"""What live clients receive."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from auth.access import PUBLIC, needs
from db import loaders
from domain.audit import masked
from domain.events import Event, EventKind
from domain.permissions import Permission
from engine import ids
from engine.fields import attribute, computed, related
from engine.types import record
from resolvers import live
from schema.building import subscription
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.accounts import User


@record(
    "Something that happened.",
    access=needs(Permission.TEMPLATE_READ),
    interface=True,
    when=lambda row, _: isinstance(row, Event),
)
class Happening:
    event_id: strawberry.ID = computed(
        lambda event: str(event.id), description="Unique to what happened.", needs=("id",)
    )
    position: int = attribute(
        "Counts the organisation's events without a gap, from 1; give the last one that you"
        " received as `after`, to resume."
    )
    kind: EventKind = attribute("What happened.")
    occurred_at: datetime = attribute("When it happened.")
    actor: Annotated["User", strawberry.lazy("schema.accounts")] | None = related(
        loaders.users, key="actor_id", description="Who did it; null for the server itself."
    )


@record("Something that happened in an organisation.", access=needs(Permission.TEMPLATE_READ))
class OrganizationEvent(Happening):
    entity_type: str = attribute("The type of what it happened to.", of="entity")
    entity_id: strawberry.ID = computed(
        lambda event: ids.encode(event.entity, event.entity_id),
        description="The id of what it happened to.",
        needs=("entity", "entity_id"),
    )
    entity: Node | None = related(
        loaders.anything,
        key="thing",
        description="What it happened to, as it is now; null where it is gone, and where you may"
        " not see it.",
    )
    before: JSON | None = computed(
        lambda event: masked(event.before),
        description="What the changed values were, secrets masked. Who may: members whose role"
        " has the permission AUDIT_READ.",
        needs=("before",),
        access=needs(Permission.AUDIT_READ),
    )
    after: JSON | None = computed(
        lambda event: masked(event.after),
        description="What the changed values are, likewise.",
        needs=("after",),
        access=needs(Permission.AUDIT_READ),
    )


@record("Everything.", access=PUBLIC)
class EventSubscriptions:
    events = subscription(
        live.events, type=OrganizationEvent, access=needs(Permission.TEMPLATE_READ)
    )
