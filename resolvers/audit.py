"""The record of what happened, handed out whole."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from db import audit_export, loaders
from db.audit_export import Extent
from domain import audit
from domain.errors import NotFound
from domain.events import EventKind
from domain.ids import OrganizationId
from domain.permissions import Permission
from domain.verification import Head
from engine import ids
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class Export:
    """What is handed out: a part of one organisation's record, up to its head as it was."""

    organization: OrganizationId
    slug: str
    extent: Extent
    head: Head


async def begin_export(ctx: Context, named: str, extent: Extent) -> Export:
    """Leave to export the record of an organisation, by its slug or id; that is recorded first.

    Raises `Unauthenticated` for nobody, `NotFound` for an organisation that the caller does not
    see, and `Forbidden` for who may not read its record.
    """
    _ = ctx.actor.signed_in
    async with ctx.needing(Permission.AUDIT_READ).transaction() as work:
        row = await work.find(loaders.organizations, _named(ctx, named), at="organization")
        head = await audit_export.head(work.session, row.id)
        work.record(EventKind.AUDIT_EXPORTED, row, after=_told(extent, head))
    return Export(OrganizationId(row.id), row.slug, extent, head)


async def exported(ctx: Context, export: Export) -> AsyncIterator[list[dict[str, Any]]]:
    """The entries in their order, some hundred at a time, and in the end what they amount to.

    Before each page it is asked anew who the caller is: raises `Unauthenticated` when they are
    signed out, and `Forbidden` when they may no longer read the record.
    """
    extent, count = export.extent, 0
    while True:
        ctx = await ctx.renewed()
        ctx.actor.require(Permission.AUDIT_READ, export.organization)
        async with ctx.database.read() as session:
            rows = await audit_export.page(
                session, export.organization, extent, export.head.position
            )
        if not rows:
            break
        yield [_entry(row) for row in rows]
        extent, count = replace(extent, after=rows[-1].position), count + len(rows)
    yield [_summary(export, count)]


def _named(ctx: Context, named: str) -> UUID:
    """The id that a text is, or that belongs to the slug that it is."""
    try:
        entity, id = ids.decode(named)
    except ids.MalformedId:
        entity, id = "", None
    known = id if entity == "Organization" else ctx.actor.slugs.get(named)
    if known is None:
        raise NotFound("There is no such Organization.", ("organization",))
    return known


def _entry(row: Any) -> dict[str, Any]:
    return {
        "position": row.position,
        "hash": row.hash.hex(),
        "id": ids.encode("AuditEntry", row.id),
        "kind": row.kind,
        "occurredAt": row.occurred_at.isoformat(),
        "actor": row.actor_id and ids.encode("User", row.actor_id),
        "entityType": row.entity,
        "entityId": ids.encode(row.entity, row.entity_id),
        "impersonator": row.impersonator_id and ids.encode("User", row.impersonator_id),
        "accessToken": row.token_id and ids.encode("AccessToken", row.token_id),
        "session": row.session_id and str(row.session_id),
        "requestId": row.request_id,
        "ip": row.ip,
        "before": audit.masked(row.before),
        "after": audit.masked(row.after),
    }


def _summary(export: Export, count: int) -> dict[str, Any]:
    head = export.head
    return {
        "summary": {
            "organization": export.slug,
            "count": count,
            "after": export.extent.after,
            "head": {"position": head.position, "hash": head.hash.hex()},
            "forgotten": head.forgotten,
        }
    }


def _told(extent: Extent, head: Head) -> dict[str, Any]:
    """What is recorded of an export."""
    return {
        "after": extent.after,
        "upTo": head.position,
        "kinds": [kind.value for kind in extent.kinds],
        "from": extent.since and extent.since.isoformat(),
        "to": extent.until and extent.until.isoformat(),
    }
