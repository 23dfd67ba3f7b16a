"""Who belongs to organisations."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import OWNER, PUBLIC, needs
from db import loaders, models
from domain.permissions import Permission
from engine.fields import attribute, facet, related
from engine.types import entity, record
from resolvers import memberships
from schema.accounts import User
from schema.building import mutation
from schema.nodes import Node
from schema.roles import MemberRole

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity("One person in one organisation.", row=models.Membership, access=PUBLIC)
class Membership(Node):
    role: MemberRole = facet("What they may do.")
    created_at: datetime = attribute("When they joined.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    user: User = related(loaders.users, key="user_id", description="The person.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="The organisation."
    )


@record("Members.", access=PUBLIC)
class MembershipMutations:
    change_member_role = mutation(
        memberships.change_role,
        returns={"membership": Membership},
        access=needs(Permission.MEMBER_MANAGE),
    )
    remove_member = mutation(
        memberships.remove,
        returns={"membership": Membership},
        access=needs(Permission.MEMBER_MANAGE),
    )
    leave_organization = mutation(
        memberships.leave, returns={"membership": Membership}, access=OWNER
    )
