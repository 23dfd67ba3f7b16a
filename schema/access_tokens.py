"""Access tokens of scripts and services."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import OWNER, PUBLIC
from db import loaders, models
from db.access_tokens import permissions
from domain.permissions import Permission
from engine.fields import attribute, computed, related
from engine.types import entity, record
from resolvers import access_tokens
from schema.accounts import User
from schema.building import mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@entity(
    "A secret with which a script or a service acts for somebody, within its scopes.",
    row=models.AccessToken,
    access=PUBLIC,
)
class AccessToken(Node):
    name: str = attribute("What it is for.")
    hint: str = attribute("The last four characters of the token, to know it again by.")
    scopes: list[Permission] = computed(
        lambda row: sorted(permissions(row.scopes), key=lambda each: each.name),
        description="What it may do, as far as its owner may do it at that moment.",
        needs=("scopes",),
    )
    created_at: datetime = attribute("When it was made.")
    updated_at: datetime = attribute("When it was last changed.")
    expires_at: datetime | None = attribute("Until when it is good; null for ever.")
    last_used_at: datetime | None = attribute("When it was last used, to the minute.")
    revoked_at: datetime | None = attribute("When it was revoked.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    owner: User = related(loaders.users, key="user_id", description="For whom it acts.")
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] | None = (
        related(
            loaders.organizations,
            key="organization_id",
            description="The only organisation that it is good in; null for all of its owner's.",
        )
    )


_TOKEN = Annotated[str, "For the header `Authorization: Bearer …`. Shown this once."]


@record("Access tokens.", access=PUBLIC)
class AccessTokenMutations:
    create_access_token = mutation(
        access_tokens.create, returns={"access_token": AccessToken, "token": _TOKEN}, access=OWNER
    )
    revoke_access_token = mutation(
        access_tokens.revoke, returns={"access_token": AccessToken}, access=OWNER
    )
