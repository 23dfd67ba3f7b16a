"""What live clients receive."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import needs
from db import loaders
from domain.events import Event, EventKind
from domain.permissions import Permission
from engine.fields import attribute, computed, related
from engine.types import record

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
    kind: EventKind = attribute("What happened.")
    occurred_at: datetime = attribute("When it happened.")
    actor: Annotated["User", strawberry.lazy("schema.accounts")] | None = related(
        loaders.users, key="actor_id", description="Who did it; null for the server itself."
    )
