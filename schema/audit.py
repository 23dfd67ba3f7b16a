"""The record of everything that happened, for those who audit."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import JSON

from auth.access import PLATFORM_ADMIN, PUBLIC
from db import listings, loaders, models
from db.audit import AuditFilter, AuditOrder
from domain import audit
from domain.events import EventKind
from engine import ids
from engine.connections import Connection
from engine.fields import attribute, computed, related
from engine.types import entity, record
from schema.accounts import User
from schema.building import connected
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.organizations import Organization


@record("A device that somebody was signed in on.", access=PUBLIC)
class AuditSession:
    session_id: strawberry.ID = computed(
        lambda row: str(row.id), description="Names it in every entry.", needs=("id",)
    )
    user_agent: str = attribute("What the device said of itself when somebody signed in.")
    ip: str = attribute("The address that they signed in from.")
    created_at: datetime = attribute("When they signed in.")
    last_seen_at: datetime = attribute("When it was last refreshed.")
    revoked_at: datetime | None = attribute("When it was ended; null where it was left to expire.")
    expires_at: datetime = attribute("Until when it can be refreshed.")


@record("A value that was changed. Secrets are shown as `[masked]`.", access=PUBLIC)
class AuditChange:
    path: list[str] = computed(
        lambda change: list(change.path), description="The place of the value.", needs=("path",)
    )
    before: JSON | None = attribute("What it was; null where there was none.")
    after: JSON | None = attribute("What it became; null where there is none.")


def _masked(name: str, description: str) -> Any:
    def value(row: Any) -> Any:
        return audit.masked(getattr(row, name))

    return computed(value, description=description, needs=(name,))


@entity(
    "Something that happened: who did what, when, to what, and what changed by it.",
    row=models.AuditEntry,
    access=PUBLIC,
)
class AuditEntry(Node):
    position: int | None = attribute(
        "Its place in the order of the organisation's events, from 1 and without a gap; null for"
        " the moment until it has one."
    )
    kind: EventKind = attribute("What happened.")
    occurred_at: datetime = attribute("When it happened.")
    actor: User | None = related(
        loaders.users, key="actor_id", description="Who did it; null for the server itself."
    )
    organization: Annotated["Organization", strawberry.lazy("schema.organizations")] | None = (
        related(
            loaders.organizations,
            key="organization_id",
            description="Where it happened; null where it concerns no organisation, or none of"
            " yours.",
        )
    )
    entity_type: str = attribute("The type of what it happened to.", of="entity")
    entity_id: strawberry.ID = computed(
        lambda row: ids.encode(row.entity, row.entity_id),
        description="The id of what it happened to, whether or not it is still there.",
        needs=("entity", "entity_id"),
    )
    entity: Node | None = related(
        loaders.things,
        key="thing",
        description="What it happened to, as it is now; null for what is gone, is no node, or"
        " that you may not see.",
    )
    request_id: str | None = attribute("The request that did it, as in the server's logs.")
    ip: str | None = attribute("The address that the request came from.")
    session: AuditSession | None = related(
        loaders.sessions, key="session_id", description="The device that it was done from."
    )
    impersonated_by: User | None = related(
        loaders.impersonators,
        key="impersonator_id",
        description="The administrator of the platform who acted in the place of `actor`; null"
        " where nobody did.",
    )
    access_token_id: strawberry.ID | None = computed(
        lambda row: row.token_id and ids.encode("AccessToken", row.token_id),
        description="The access token that it was done with; null where it was none.",
        needs=("token_id",),
    )
    before: JSON | None = _masked("before", "The facts before. Secrets are shown as `[masked]`.")
    after: JSON | None = _masked("after", "The facts after. Secrets are shown as `[masked]`.")
    changes: list[AuditChange] = computed(
        lambda row: audit.changes(row.before, row.after),
        description="What differs between before and after, by the place of the value.",
        needs=("before", "after"),
    )


@record("The record of what happened.", access=PUBLIC)
class AuditQueries:
    audit_log: Connection[AuditEntry] | None = connected(
        listings.audit_of_everything,
        on=None,
        filter=AuditFilter,
        order=AuditOrder,
        description="Everything that happened on the platform, in every organisation and in none,"
        " newest first unless ordered otherwise.\n\nWho may: " + PLATFORM_ADMIN.description,
        access=PLATFORM_ADMIN,
    )
