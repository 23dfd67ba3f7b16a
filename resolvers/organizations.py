"""Organisations themselves; who belongs to them is in `resolvers/memberships.py`."""

from dataclasses import dataclass
from typing import Annotated

from db import loaders
from db.models import Membership, Organization, new_id
from domain import organizations as rules
from domain.errors import Invalid, NotFound, refuse
from domain.events import EventKind
from domain.ids import OrganizationId
from domain.permissions import BUILT_IN, Role
from domain.unset import UNSET, Unset, or_else
from resolvers.context import Context
from resolvers.inputs import IfVersion


@dataclass(frozen=True, slots=True)
class CreateOrganization:
    """A new organisation, whose first ADMIN you are."""

    slug: Annotated[str, "Its name in addresses: 1 to 63 of `a-z 0-9 -`; taken ones are refused."]
    name: Annotated[str, "Its name for people, up to 200 characters."]


@dataclass(frozen=True, slots=True)
class UpdateOrganization:
    """What to change; what is left out stays as it is."""

    organization: Annotated[OrganizationId, "The organisation."]
    name: Annotated[str | Unset, "Its name for people, up to 200 characters."] = UNSET
    authors_may_approve: Annotated[
        bool | Unset, "Whether authors may approve content that they wrote themselves."
    ] = UNSET
    if_version: IfVersion = None


def organization(
    ctx: Context, slug: Annotated[str, "The organisation's name in addresses."]
) -> str:
    """One of your organisations; NOT_FOUND for any other."""
    return slug


def absent() -> NotFound:
    return NotFound("There is no such Organization.", ("slug",))


async def create(ctx: Context, input: CreateOrganization) -> Organization:
    """Found an organisation; you become its first ADMIN."""
    refuse(list(rules.check_organization(input.slug, input.name)))
    row = Organization(id=new_id(), slug=input.slug, name=input.name.strip())
    taken = Invalid.at("slug", message="This slug is taken; choose another.")
    async with ctx.transaction() as work:
        async with work.unique("uq_organizations_slug", taken):
            work.session.add(row)
        work.session.add(Membership(organization_id=row.id, user_id=work.by, role=Role.ADMIN))
        work.record(EventKind.ORGANIZATION_CREATED, row, after={"slug": row.slug, "name": row.name})
    ctx.role_changed(OrganizationId(row.id), BUILT_IN[Role.ADMIN])
    return row


async def update(ctx: Context, input: UpdateOrganization) -> Organization:
    """Change an organisation's name or its settings."""
    async with ctx.transaction() as work:
        row = await work.lock(
            loaders.organizations,
            input.organization,
            at="organization",
            if_version=input.if_version,
        )
        before = {"name": row.name, "authorsMayApprove": row.authors_may_approve}
        row.name = or_else(input.name, row.name).strip()
        refuse(list(rules.check_organization(row.slug, row.name)))
        row.authors_may_approve = or_else(input.authors_may_approve, row.authors_may_approve)
        after = {"name": row.name, "authorsMayApprove": row.authors_may_approve}
        work.record(EventKind.ORGANIZATION_UPDATED, row, before=before, after=after)
    return row
