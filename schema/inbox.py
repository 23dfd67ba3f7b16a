"""What waits for one's decision, live."""

from auth.access import PARTICIPANT, PUBLIC, needs
from db import loaders
from domain.permissions import Permission
from engine.fields import related
from engine.types import record
from resolvers import inbox
from schema.approvals import ApprovalStep, ApprovalWorkflow
from schema.building import answered, subscription
from schema.live import Happening


@record("A change of what waits for you.", access=needs(Permission.TEMPLATE_READ))
class MyApprovalsChange(Happening):
    count = answered(inbox.count, type=int, access=PARTICIPANT)
    step = answered(inbox.step, type=ApprovalStep | None, access=PARTICIPANT)
    approval: ApprovalWorkflow = related(
        loaders.approvals, key="entity_id", description="The approval as it is now."
    )


@record("What waits for one's decision.", access=PUBLIC)
class InboxSubscriptions:
    my_approvals_changed = subscription(
        inbox.changed, type=MyApprovalsChange, access=needs(Permission.TEMPLATE_READ)
    )
