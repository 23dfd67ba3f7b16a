"""What would come of a mutation that is only tried."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PUBLIC
from domain.events import EventKind
from engine import ids
from engine.fields import attribute, computed
from engine.types import record

if TYPE_CHECKING:
    from schema.accounts import User
    from schema.approvals import ApprovalWorkflow
    from schema.webhooks import Webhook


@record("Something that would be recorded.", access=PUBLIC)
class PlannedEvent:
    kind: EventKind = attribute("What would happen.")
    entity_type: str = attribute(
        "The type of the thing that it would have happened to.", of="entity"
    )
    entity_id: strawberry.ID = computed(
        lambda event: ids.encode(event.entity, event.entity_id),
        description="The id of the thing concerned; a new thing will have another one.",
        needs=("entity", "entity_id"),
    )


@record("What a mutation would bring about if it were done.", access=PUBLIC)
class MutationEffects:
    events: list[PlannedEvent] = attribute("What would be recorded, in order.")
    notified: list[Annotated["User", strawberry.lazy("schema.accounts")]] = attribute(
        "Who would be notified."
    )
    voided_approvals: list[Annotated["ApprovalWorkflow", strawberry.lazy("schema.approvals")]] = (
        attribute("The approvals that would be voided, whole or in part; as they would be then.")
    )
    webhooks: list[Annotated["Webhook", strawberry.lazy("schema.webhooks")]] = attribute(
        "The endpoints that would be told, of those that you may see."
    )
