"""Webhooks, and what was sent to them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC, needs
from db import listings, loaders, models
from db.deliveries import DeliveryFilter
from domain.events import EventKind
from domain.permissions import Permission
from domain.webhooks import DeliveryStatus
from engine.connections import Connection
from engine.fields import attribute, computed, related
from engine.types import entity, record
from resolvers import deliveries, webhooks
from schema.accounts import User
from schema.building import connected, mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization

MANAGERS = needs(Permission.WEBHOOK_MANAGE)


@entity("One event for one endpoint.", row=models.WebhookDelivery, access=PUBLIC)
class WebhookDelivery(Node):
    kind: EventKind = attribute("What it tells of.")
    position: int = attribute("The position of the event in its organisation.")
    status: DeliveryStatus = attribute("What became of it so far.")
    attempts: int = attribute("How often it was sent.")
    created_at: datetime = attribute("When it was queued.")
    next_attempt_at: datetime | None = attribute("When it is sent again; null for at once.")
    finished_at: datetime | None = attribute("When it was taken, or given up.")
    body: str | None = attribute("What is sent; null before the first attempt.")
    response_status: int | None = attribute("The status that the endpoint answered last.")
    response_body: str | None = attribute("The beginning of what it answered last.")
    error: str | None = attribute("Why the last attempt failed.")
    webhook: Annotated["Webhook", strawberry.lazy("schema.webhooks")] | None = related(
        loaders.webhooks, key="webhook_id", description="The endpoint; null when it was deleted."
    )


@entity(
    "An endpoint of another system that is told of what happens in an organisation. Deliveries are"
    " POSTs of `{type, timestamp, data}`, signed as Standard Webhooks describes.",
    row=models.Webhook,
    access=PUBLIC,
)
class Webhook(Node):
    url: str = attribute("Where to.")
    description: str = attribute("What it is for.")
    kinds: list[EventKind] = computed(
        lambda row: [EventKind(kind) for kind in row.kinds],
        description="What it is told of; empty for everything.",
        needs=("kinds",),
    )
    selection: str = attribute("The GraphQL selection on `OrganizationEvent` that `data` answers.")
    enabled: bool = attribute("Whether it is told.")
    disabled_reason: str | None = attribute("Why the server switched it off.")
    created_at: datetime = attribute("When it was set up.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    creator: User = related(loaders.users, key="creator_id", description="Who set it up.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Whose events it is told of."
    )
    deliveries: Connection[WebhookDelivery] = connected(
        listings.deliveries_of_webhook,
        filter=DeliveryFilter,
        description="What was sent, and what waits, newest first; kept for 30 days.",
    )


_SECRET = Annotated[
    str, "What deliveries are signed with, as `whsec_…`. Shown this once: give it to the endpoint."
]


@record("Webhooks.", access=PUBLIC)
class WebhookMutations:
    create_webhook = mutation(
        webhooks.create, returns={"webhook": Webhook, "secret": _SECRET}, access=MANAGERS
    )
    update_webhook = mutation(webhooks.update, returns={"webhook": Webhook}, access=MANAGERS)
    delete_webhook = mutation(webhooks.delete, returns={"webhook": Webhook}, access=MANAGERS)
    rotate_webhook_secret = mutation(
        webhooks.rotate_secret, returns={"webhook": Webhook, "secret": _SECRET}, access=MANAGERS
    )
    ping_webhook = mutation(webhooks.ping, returns={"webhook": Webhook}, access=MANAGERS)
    redeliver_webhook = mutation(
        deliveries.redeliver, returns={"delivery": WebhookDelivery}, access=MANAGERS
    )
