"""The record of what happened, asked by tests."""

from typing import Any

from sqlalchemy import select

from db.models import User
from domain.permissions import PlatformRole, Role
from tests import rows
from tests.world import Person, Place, World, uuid_of

ENTRY = """
id position kind occurredAt entityType entityId requestId ip before after
actor { id } entity { id } organization { id } session { sessionId userAgent ip }
changes { path before after }
"""
LOG = f"""
query (
  $slug: String!, $filter: AuditFilter, $orderBy: [AuditOrder!], $first: Int, $after: String
) {{
  organization(slug: $slug) {{
    auditLog(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {{
      totalCount nodes {{ {ENTRY} }} pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}
"""
EVERYTHING = f"""
query ($filter: AuditFilter, $first: Int) {{
  auditLog(filter: $filter, first: $first) {{ totalCount nodes {{ {ENTRY} }} }}
}}
"""


async def log(place: Place, by: Person | None = None, **asked: Any) -> dict[str, Any]:
    """A page of the organisation's record."""
    await place.world.settled()
    given = {"slug": place.slug, **asked}
    answer = await place.world.ask(LOG, given, by=by or place[Role.ADMIN])
    assert "errors" not in answer, answer
    return dict(answer["data"]["organization"]["auditLog"])


async def kinds(place: Place, **filter: Any) -> list[str]:
    """What happened, as far as the filter says, the oldest first."""
    order = [{"field": "OCCURRED_AT"}]
    page = await log(place, filter=filter, orderBy=order, first=100)
    return [entry["kind"] for entry in page["nodes"]]


async def a_platform_admin(world: World) -> Person:
    """Somebody who administers the platform, and belongs to no organisation."""
    person = await world.person("Root")
    row = await rows.one(world, select(User).where(User.id == uuid_of(person.id)))
    await rows.change(world, row, platform_role=PlatformRole.ADMIN)
    return person
