"""What people are told, and how they want to be told."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import OWNER, PARTICIPANT, PUBLIC, needs
from db import loaders, models
from domain import wording
from domain.events import EventKind
from domain.notifications import EmailTiming, NotificationKind
from domain.permissions import Permission
from engine.fields import attribute, computed, related
from engine.types import entity, record
from resolvers import notifications
from schema.accounts import User
from schema.building import mutation, subscription
from schema.live import Happening
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity("One thing that you are told of.", row=models.Notification, access=PUBLIC)
class Notification(Node):
    kind: NotificationKind = attribute("What you are told.")
    event_kind: EventKind = attribute("What happened.")
    title: str = computed(
        lambda row: wording.title(row.kind, row.facts),
        description="One line in English, without a full stop.",
        needs=("kind", "facts"),
    )
    body: str = computed(
        lambda row: wording.body(row.kind, row.facts),
        description="What happened in a sentence of English, and the reason given for it, if any.",
        needs=("kind", "facts"),
    )
    created_at: datetime = attribute("When you were told.")
    read_at: datetime | None = attribute("When you read it; null until you do.")
    subject: Node | None = related(
        loaders.anything,
        key="subject",
        description="What it is about; null where that is gone or out of your sight.",
    )
    actor: User | None = related(
        loaders.users, key="actor_id", description="Who did it; null for the server itself."
    )
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] | None = (
        related(
            loaders.organizations,
            key="organization_id",
            description="Where it happened; null where you have left it.",
        )
    )


@record("How somebody wants to be told of a kind of thing.", access=PUBLIC)
class NotificationPreference:
    kind: NotificationKind = attribute("The kind.")
    in_app: bool = attribute("Whether it is in the list of notifications, and live.")
    email: EmailTiming = attribute("When, if at all, it is sent by e-mail.")


@record("Something that you are told as it happens.", access=needs(Permission.TEMPLATE_READ))
class NotificationReceipt(Happening):
    notification: Notification | None = related(
        loaders.notification_of_event,
        key="entity_id",
        description="What you are told; null where you may no longer see it.",
        access=PARTICIPANT,
    )


@record("Notifications.", access=PUBLIC)
class NotificationMutations:
    mark_notifications_read = mutation(
        notifications.mark_read,
        returns={"viewer": User},
        access=OWNER,
    )


@record("Notifications.", access=PUBLIC)
class NotificationSubscriptions:
    notification_received = subscription(
        notifications.notification_received,
        type=NotificationReceipt,
        access=needs(Permission.TEMPLATE_READ),
    )
