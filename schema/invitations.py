"""Invitations to organisations."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import OWNER, PUBLIC, needs
from db import loaders, models
from domain import invitations as rules
from domain.invitations import InvitationStatus
from domain.permissions import Permission
from engine.fields import attribute, computed, facet, related
from engine.types import entity, record
from resolvers import invitations
from schema.accounts import User
from schema.building import mutation
from schema.memberships import Membership
from schema.nodes import Node
from schema.roles import MemberRole

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity(
    "A place in an organisation that waits for one address.", row=models.Invitation, access=PUBLIC
)
class Invitation(Node):
    email: str = attribute("The address that is invited.")
    role: MemberRole = facet("The role that they will have.")
    status: InvitationStatus = computed(
        lambda row: rules.status(row.accepted_at, row.revoked_at, row.expires_at, models.now()),
        description="What became of it.",
        needs=("accepted_at", "revoked_at", "expires_at"),
    )
    created_at: datetime = attribute("When it was first sent.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    expires_at: datetime = attribute("Until when it can be accepted.")
    accepted_at: datetime | None = attribute("When it was accepted.")
    revoked_at: datetime | None = attribute("When it was taken back.")
    inviter: User = related(
        loaders.users, key="inviter_id", description="Who invited, or sent it again last."
    )
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where they are invited to."
    )


@record("Invitations.", access=PUBLIC)
class InvitationMutations:
    invite_member = mutation(
        invitations.invite,
        returns={"invitation": Invitation},
        access=needs(Permission.MEMBER_INVITE),
    )
    resend_invitation = mutation(
        invitations.resend,
        returns={"invitation": Invitation},
        access=needs(Permission.MEMBER_INVITE),
    )
    revoke_invitation = mutation(
        invitations.revoke,
        returns={"invitation": Invitation},
        access=needs(Permission.MEMBER_INVITE),
    )
    accept_invitation = mutation(
        invitations.accept, returns={"membership": Membership}, access=OWNER
    )
