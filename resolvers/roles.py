"""The roles that organisations make for themselves."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from db import loaders, organizations, roles
from db.models import CustomRole, new_id
from domain import roles as rules
from domain.errors import Invalid, NotFound, refuse
from domain.events import EventKind
from domain.ids import CustomRoleId, OrganizationId
from domain.permissions import BUILT_IN, Grant, Permission, Role
from domain.unset import UNSET, Unset, or_else
from resolvers import approvers
from resolvers.context import Context
from resolvers.inputs import IfVersion
from resolvers.work import Work

TAKEN = Invalid.at("name", message="Another role of the organisation has this name.")


@dataclass(frozen=True, slots=True)
class CreateRole:
    """A new role."""

    organization: Annotated[OrganizationId, "Where it belongs."]
    name: Annotated[
        str, "What people call it; up to 60 characters, and neither another nor a built-in has it."
    ]
    permissions: Annotated[
        tuple[Permission, ...],
        "All that it allows, ORGANIZATION_READ among it; nothing that your own role does not.",
    ]
    description: Annotated[str, "What it is for; up to 10,000 characters."] = ""


@dataclass(frozen=True, slots=True)
class UpdateRole:
    """What to change; what is left out stays as it is."""

    role: Annotated[CustomRoleId, "The role."]
    name: Annotated[str | Unset, "What people call it."] = UNSET
    description: Annotated[str | Unset, "What it is for."] = UNSET
    permissions: Annotated[tuple[Permission, ...] | Unset, "All that it allows."] = UNSET
    if_version: IfVersion = None


@dataclass(frozen=True, slots=True)
class DeleteRole:
    """What to delete."""

    role: Annotated[CustomRoleId, "The role; nobody may have it, or be invited to it."]
    if_version: IfVersion = None


async def create(ctx: Context, input: CreateRole) -> CustomRole:
    """Make a role of the organisation's own, which cannot grant more than yours."""
    refuse(list(rules.check_role(input.name, input.description, input.permissions)))
    async with ctx.transaction() as work:
        place = await work.find(loaders.organizations, input.organization, at="organization")
        await organizations.lock(work.session, place.id)
        rules.check_room(await roles.count(work.session, place.id))
        row = CustomRole(id=new_id(), organization_id=place.id)
        _change(row, input.name, input.description, input.permissions)
        rules.check_editor(work.actor.grants[OrganizationId(place.id)], row.grant)
        async with work.unique("uq_custom_roles_name", TAKEN):
            work.session.add(row)
        work.record(EventKind.ROLE_CREATED, row, after=_facts(row))
    return row


async def update(ctx: Context, input: UpdateRole) -> CustomRole:
    """Change a role for everybody who has it or is invited to it, at once. It can neither allow
    more than your own role, nor have done so before. What waits for members who may no longer
    decide goes to who can take over, as when their role is changed.
    """
    async with ctx.transaction() as work:
        row = await _lock(work, input.role, input.if_version)
        before, granted = _facts(row), row.grant
        permissions = or_else(input.permissions, tuple(granted.permissions))
        name = or_else(input.name, row.name)
        description = or_else(input.description, row.description)
        refuse(list(rules.check_role(name, description, permissions)))
        async with work.unique("uq_custom_roles_name", TAKEN):
            _change(row, name, description, permissions)
        rules.check_editor(work.actor.grants[OrganizationId(row.organization_id)], row.grant)
        work.record(EventKind.ROLE_UPDATED, row, before=before, after=_facts(row))
        holders = await _carry_over(work, row, granted)
    if ctx.actor.user_id in holders:
        own_role_changed(ctx, OrganizationId(row.organization_id), row.grant)
    return row


async def delete(ctx: Context, input: DeleteRole) -> CustomRole:
    """Delete a role that nobody has and nobody is invited to. Answers it once more."""
    async with ctx.transaction() as work:
        row = await _lock(work, input.role, input.if_version)
        members = await roles.members(work.session, row.id)
        rules.check_unused(
            CustomRoleId(row.id), members, await roles.invitations(work.session, row.id)
        )
        await roles.forget(work.session, row.id)
        work.record(EventKind.ROLE_DELETED, row, before=_facts(row))
        await work.session.delete(row)
    return row


async def chosen(
    work: Work, organization: UUID, built_in: Role | None, custom: CustomRoleId | None
) -> Role | CustomRole:
    """The one role that an input names; hold the organisation, so that it stays as it is."""
    named = rules.one_of(built_in, custom)
    if isinstance(named, Role):
        return named
    row = await work.find(loaders.roles, named, at="customRole")
    if row.organization_id != organization:
        raise NotFound("There is no such CustomRole.", ("customRole",))
    return row


def grant_of(given: Role | CustomRole) -> Grant:
    """What a role lets somebody do."""
    return given.grant if isinstance(given, CustomRole) else BUILT_IN[given]


def own_role_changed(ctx: Context, organization: OrganizationId, grant: Grant) -> None:
    """The caller's role is another from here on; the scopes of a token narrow it as the old one."""
    held = ctx.actor.grants[organization].permissions
    ctx.role_changed(organization, grant.within(held))


async def _lock(work: Work, id: UUID, if_version: int | None) -> CustomRole:
    """The role, of which the actor has all that it allows, with its organisation held first."""
    seen = await work.find(loaders.roles, id, at="role")
    await organizations.lock(work.session, seen.organization_id)
    row = await work.lock(loaders.roles, id, at="role", if_version=if_version)
    rules.check_editor(work.actor.grants[OrganizationId(row.organization_id)], row.grant)
    return row


async def _carry_over(work: Work, row: CustomRole, before: Grant) -> set[UUID]:
    """Let the role's copies be as it is; whoever has it."""
    await work.session.flush()
    holders = await roles.copy(work.session, row)
    if Permission.APPROVAL_DECIDE in before.permissions - row.grant.permissions:
        for user in holders:
            await approvers.release_approver(work, row.organization_id, user)
    return set(holders)


def _change(
    row: CustomRole, name: str, description: str, permissions: tuple[Permission, ...]
) -> None:
    row.name, row.description = name.strip(), description
    row.permissions = sorted({permission.name for permission in permissions})


def _facts(row: CustomRole) -> dict[str, Any]:
    return {"name": row.name, "description": row.description, "permissions": row.permissions}
