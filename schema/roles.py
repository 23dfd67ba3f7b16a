"""Roles: what members may do, and those that organisations make for themselves."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.access import PUBLIC, needs
from db import groups, loaders, models
from domain.permissions import Grant, Permission, Role
from engine.connections import Connection
from engine.fields import attribute, computed, related
from engine.types import entity, record
from resolvers import roles
from schema.building import connected, mutation
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.memberships import Membership
    from schema.organizations import Organization

GRANTING = ("role", "custom_name", "custom_permissions")


def granted_by(row: Any) -> Grant:
    return models.granted(row.role, row.custom_name, row.custom_permissions)


def _in_order(grant: Grant) -> list[Permission]:
    return sorted(grant.permissions, key=lambda permission: permission.name)


@entity(
    "A role that an organisation made for itself: a name for what it allows.",
    row=models.CustomRole,
    access=PUBLIC,
)
class CustomRole(Node):
    name: str = attribute("What people call it.")
    description: str = attribute("What it is for.")
    permissions: list[Permission] = computed(
        lambda row: _in_order(models.granted(None, "", row.permissions)),
        description="Everything that it allows.",
        needs=("permissions",),
    )
    created_at: datetime = attribute("When it was created.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Counts the changes; give it as `ifVersion`.")
    members: Connection[Annotated["Membership", strawberry.lazy("schema.memberships")]] = connected(
        groups.members_with_role, description="Who has it, in the order in which they joined."
    )
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] = related(
        loaders.organizations, key="organization_id", description="Where it belongs."
    )


@record("What a member may do.", access=PUBLIC)
class MemberRole:
    name: str = computed(
        lambda row: granted_by(row).name,
        description="Such as ADMIN or EDITOR, or the name that the organisation gave it.",
        needs=GRANTING,
    )
    permissions: list[Permission] = computed(
        lambda row: _in_order(granted_by(row)),
        description="Everything that the role allows.",
        needs=GRANTING,
    )
    built_in: Role | None = attribute(
        "Which built-in role it is; null for a custom one.", of="role"
    )
    custom: CustomRole | None = related(
        loaders.roles,
        key="custom_role_id",
        description="Which of the organisation's own roles it is; null for a built-in one.",
    )


@record("Roles.", access=PUBLIC)
class RoleMutations:
    create_role = mutation(
        roles.create, returns={"role": CustomRole}, access=needs(Permission.ROLE_MANAGE)
    )
    update_role = mutation(
        roles.update, returns={"role": CustomRole}, access=needs(Permission.ROLE_MANAGE)
    )
    delete_role = mutation(
        roles.delete, returns={"role": CustomRole}, access=needs(Permission.ROLE_MANAGE)
    )
