"""What somebody may do to a thing, and why."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.access import AUTHENTICATED, PUBLIC
from domain.permissions import Permission, PlatformRole
from domain.permits import AccessLevel, Ground
from engine.fields import attribute, computed
from engine.types import record
from resolvers import permits
from schema.building import query

if TYPE_CHECKING:
    from schema.memberships import Membership


@record("Whether something is allowed.", access=PUBLIC)
class Permit:
    allowed: bool = attribute("Whether it is.")
    reason: str = attribute("Why, or why not, in a sentence to the person who is to do it.")


@record("What somebody may do to a thing, and what decided it.", access=PUBLIC)
class AccessExplanation:
    allowed: bool = computed(
        lambda given: given.permit.allowed, description="Whether it is allowed.", needs=("permit",)
    )
    reason: str = computed(
        lambda given: given.permit.reason,
        description="What the person would be told.",
        needs=("permit",),
    )
    rule: Ground = computed(
        lambda given: given.permit.ground, description="Which rule decided.", needs=("permit",)
    )
    level: AccessLevel = attribute("Who may do it at all.")
    permission: Permission | None = attribute(
        "The permission that it needs where the thing belongs; null where it needs none."
    )
    membership: Annotated["Membership", strawberry.lazy("schema.organizations")] | None = attribute(
        "Theirs where the thing belongs; null where they have none, or it belongs nowhere."
    )
    role: str | None = attribute("The name of their role there.")
    platform_role: PlatformRole = attribute("Their role on the platform.")


@record("What somebody may do.", access=PUBLIC)
class PermitQueries:
    explain_access = query(permits.explain, type=AccessExplanation, access=AUTHENTICATED)
