"""People, and how they sign in."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import OWNER, OWNER_OR_ADMIN, PARTICIPANT, PUBLIC
from db import account_lists, groups, listings, loaders, models
from db.delegations import DelegationFilter
from db.inbox import InboxFilter
from db.notifications import NotificationFilter
from domain import avatars
from domain.accounts import UserStatus
from domain.permissions import PlatformRole
from engine.connections import Connection
from engine.fields import attribute, computed, facet, related
from engine.types import entity, record
from resolvers import accounts, impersonation
from schema.building import answered, connected, lookup
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.access_tokens import AccessToken
    from schema.approvals import ApprovalStep
    from schema.avatars import Avatar
    from schema.delegations import Delegation
    from schema.devices import Session
    from schema.memberships import Membership
    from schema.notifications import Notification
    from schema.settings import UserSettings
    from schema.teams import Team
    from schema.two_factor import TwoFactor


@record("How a person is called.", access=PUBLIC)
class PersonName:
    first: str = attribute("Given name.", of="first_name")
    last: str = attribute("Family name.", of="last_name")
    full: str = computed(
        lambda user: f"{user.first_name} {user.last_name}",
        description="Given name and family name.",
        needs=("first_name", "last_name"),
    )


@entity("A person with an account.", row=models.User, access=PUBLIC)
class User(Node):
    email: str = attribute("The address they sign in with.")
    name: PersonName = facet("How they are called.")
    bio: str = attribute("What they say about themselves.")
    avatar: Annotated["Avatar", strawberry.lazy("schema.avatars")] | None = computed(
        lambda user: avatars.addresses(user.avatar),
        description="The picture that they show themselves by; null where there is none.",
        needs=("avatar",),
    )
    locale: str | None = attribute(
        "The language they read, as a BCP 47 tag.", access=OWNER_OR_ADMIN
    )
    timezone: str | None = attribute(
        "The time zone they live in, by its IANA name.", access=OWNER_OR_ADMIN
    )
    status: UserStatus = attribute("Whether the account can be used.")
    platform_role: PlatformRole | None = attribute(
        "What they may do on the platform.", access=OWNER_OR_ADMIN
    )
    email_verified: bool | None = attribute(
        "Whether the address is known to be theirs.", access=OWNER_OR_ADMIN
    )
    last_login_at: datetime | None = attribute("When they last signed in.", access=OWNER_OR_ADMIN)
    impersonated_by = answered(
        impersonation.impersonated_by,
        type=Annotated["User", strawberry.lazy("schema.accounts")] | None,
        access=OWNER,
    )
    created_at: datetime = attribute("When the account was opened.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    memberships: Connection[Annotated["Membership", strawberry.lazy("schema.memberships")]] = (
        connected(
            listings.organizations_of_user,
            description="The organisations they belong to, as far as you belong to them too.",
        )
    )
    teams: Connection[Annotated["Team", strawberry.lazy("schema.teams")]] = connected(
        groups.teams_of_user,
        description="The teams that they are in, by name, in organisations of yours.",
    )
    notifications: (
        Connection[Annotated["Notification", strawberry.lazy("schema.notifications")]] | None
    ) = connected(
        listings.notifications_of_user,
        filter=NotificationFilter,
        description="What they were told, newest first.",
        access=OWNER,
    )
    unread_notification_count: int | None = related(
        loaders.unread_notifications,
        key="id",
        description="How many notifications they have not read.",
        access=OWNER,
    )
    settings: Annotated["UserSettings", strawberry.lazy("schema.settings")] | None = facet(
        "How they want things to be for them.", access=OWNER
    )
    two_factor: Annotated["TwoFactor", strawberry.lazy("schema.two_factor")] | None = related(
        loaders.two_factor_of_user,
        key="id",
        description="What they are asked for besides their password; null for nothing.",
        access=OWNER,
    )
    sessions: Connection[Annotated["Session", strawberry.lazy("schema.devices")]] | None = (
        connected(
            account_lists.sessions_of_user,
            description="Where they are signed in, the latest first.",
            access=OWNER,
        )
    )
    access_tokens: (
        Connection[Annotated["AccessToken", strawberry.lazy("schema.access_tokens")]] | None
    ) = connected(
        account_lists.access_tokens_of_user,
        description="With what scripts and services act for them, newest first.",
        access=OWNER,
    )
    my_approvals: Connection[Annotated["ApprovalStep", strawberry.lazy("schema.approvals")]] = (
        connected(
            listings.inbox_of_user,
            filter=InboxFilter,
            description="What waits for their decision, first what is due first; only your own.",
            access=PARTICIPANT,
        )
    )
    delegations: Connection[Annotated["Delegation", strawberry.lazy("schema.delegations")]] = (
        connected(
            listings.delegations_of_user,
            filter=DelegationFilter,
            description="When others decide for them, newest first, as far as you may see it.",
            access=PARTICIPANT,
        )
    )
    standing_in: Connection[Annotated["Delegation", strawberry.lazy("schema.delegations")]] = (
        connected(
            listings.delegations_to_user,
            filter=DelegationFilter,
            description="When they decide for others, newest first, as far as you may see it.",
            access=PARTICIPANT,
        )
    )


@record("Accounts.", access=PUBLIC)
class AccountQueries:
    viewer = lookup(accounts.viewer, source=loaders.users, type=User | None, access=PUBLIC)
