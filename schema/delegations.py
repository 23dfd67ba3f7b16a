"""Who decides for whom while they are away."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import PARTICIPANT, PUBLIC, needs
from db import loaders, models
from domain.permissions import Permission
from engine.fields import attribute, related
from engine.types import entity, record
from resolvers import delegations
from schema.accounts import User
from schema.building import mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity(
    "One person's approvals in one organisation go to another for a while. The two see it, and"
    " managers of approvals.",
    row=models.Delegation,
    access=PARTICIPANT,
)
class Delegation(Node):
    reason: str = attribute("Why.")
    from_: datetime = attribute("When it begins.", name="from", of="begins_at")
    until: datetime = attribute(
        "When it ends, or ended where that was before its time.", of="ends_at"
    )
    started_at: datetime | None = attribute("When it took effect; null before it does.")
    ended_at: datetime | None = attribute("When it was over; null until it is.")
    created_at: datetime = attribute("When it was arranged.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    approver: User = related(
        loaders.users, key="approver_id", description="Whose approvals go to the stand-in."
    )
    to: User = related(
        loaders.users, key="stand_in_id", description="Who decides meanwhile, or whose stand-in."
    )
    creator: User = related(loaders.users, key="creator_id", description="Who arranged it.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where it holds."
    )


_DECIDES = needs(Permission.APPROVAL_DECIDE)


@record("Delegations.", access=PUBLIC)
class DelegationMutations:
    create_delegation = mutation(
        delegations.create, returns={"delegation": Delegation}, access=_DECIDES
    )
    end_delegation = mutation(delegations.end, returns={"delegation": Delegation}, access=_DECIDES)
