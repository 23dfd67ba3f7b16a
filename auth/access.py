"""Who may ask for a field: the levels, read from the permission table of the domain."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from domain.actor import Actor
from domain.errors import Forbidden
from domain.permissions import Permission, PlatformRole
from domain.permits import AccessLevel, Rule


class Asking(Protocol):
    @property
    def actor(self) -> Actor: ...


Check = Callable[[Asking, Any], None]


@dataclass(frozen=True, slots=True)
class Access:
    """A level of access. `check` gets the row, or None at a root, and raises a refusal.

    `reads` are the attributes of the row that it looks at; where there are none it is asked
    once for all rows. `is_personal` says that it matters who exactly asks, not only what they
    may do. `permission` is checked again for every row that a mutation locks.
    """

    name: str
    description: str
    check: Check | None = None
    permission: Permission | None = None
    reads: tuple[str, ...] = ()
    is_personal: bool = False


def _signed_in(asking: Asking, source: Any) -> None:
    _ = asking.actor.signed_in


def _owner(asking: Asking, source: Any) -> None:
    if source is None:
        _ = asking.actor.in_person
    elif asking.actor.in_session != source.id:
        raise Forbidden("Only the person concerned may see this.")


def _platform_admin(asking: Asking, source: Any) -> None:
    _ = asking.actor.administering


def _owner_or_admin(asking: Asking, source: Any) -> None:
    if asking.actor.platform_role is not PlatformRole.ADMIN:
        _owner(asking, source)


PUBLIC = Access("PUBLIC", "everybody.")
"""Whoever sees the object sees the field; which objects one sees is decided by visibility."""

AUTHENTICATED = Access("AUTHENTICATED", "everybody who is signed in.", _signed_in)
OWNER = Access(
    "OWNER",
    "everybody who is signed in, in person: no access token, and nobody who impersonates them.",
    _owner,
    reads=("id",),
    is_personal=True,
)
"""The person whose row it is, in person; at a root, whoever is signed in, as it is about them."""

OWNER_OR_ADMIN = Access(
    "OWNER_OR_ADMIN",
    "the person concerned, and administrators of the platform.",
    _owner_or_admin,
    reads=("id",),
    is_personal=True,
)
"""What administrators need to know of an account; what is private is OWNER's."""

PARTICIPANT = Access(
    "PARTICIPANT",
    "everybody who is signed in, for what concerns them.",
    _signed_in,
    is_personal=True,
)
"""For rows that not everybody sees who has the same roles: which, is decided by visibility."""

PLATFORM_ADMIN = Access("PLATFORM_ADMIN", "administrators of the platform.", _platform_admin)


@cache
def needs(permission: Permission) -> Access:
    """Whoever has the permission in the organisation of the row."""

    def check(asking: Asking, source: Any) -> None:
        _ = asking.actor.signed_in
        if source is not None:
            asking.actor.require(permission, source.organization_id)

    description = f"members whose role has the permission {permission.name}."
    return Access(permission.name, description, check, permission, ("organization_id",))


def wanted(rule: Rule) -> Access:
    """The access that a mutation has to declare which does what the rule is about."""
    if rule.permission is not None:
        return needs(rule.permission)
    return _OF_LEVEL[rule.level]


_OF_LEVEL = {
    AccessLevel.AUTHENTICATED: AUTHENTICATED,
    AccessLevel.OWNER: OWNER,
    AccessLevel.PLATFORM_ADMIN: PLATFORM_ADMIN,
}
