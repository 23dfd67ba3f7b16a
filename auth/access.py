"""Who may ask for a field: the levels, read from the permission table of the domain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from domain.actor import Actor
from domain.errors import Forbidden, NotAdministrator
from domain.permissions import Permission, PlatformRole


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
    _ = asking.actor.signed_in
    if asking.actor.platform_role is not PlatformRole.ADMIN:
        raise NotAdministrator


def _owner_or_admin(asking: Asking, source: Any) -> None:
    if asking.actor.platform_role is not PlatformRole.ADMIN:
        _owner(asking, source)


PUBLIC = Access("PUBLIC", "everybody.")
"""Whoever sees the object sees the field; which objects one sees is decided by visibility."""

AUTHENTICATED = Access("AUTHENTICATED", "everybody who is signed in.", _signed_in)
OWNER = Access("OWNER", "the person concerned.", _owner, reads=("id",), is_personal=True)
"""Not an access token of theirs; nor, at a root, who impersonates them."""

OWNER_OR_ADMIN = Access(
    "OWNER_OR_ADMIN",
    "the person concerned, and administrators of the platform.",
    _owner_or_admin,
    reads=("id",),
    is_personal=True,
)
"""What administrators need to know of an account; what is private is OWNER's."""

PARTICIPANT = Access("PARTICIPANT", "those whom it concerns.", _signed_in, is_personal=True)
"""For rows that not everybody sees who has the same roles: which, is decided by visibility."""

PLATFORM_ADMIN = Access("PLATFORM_ADMIN", "administrators of the platform.", _platform_admin)


def needs(permission: Permission) -> Access:
    """Whoever has the permission in the organisation of the row."""

    def check(asking: Asking, source: Any) -> None:
        _ = asking.actor.signed_in
        if source is not None:
            asking.actor.require(permission, source.organization_id)

    description = f"members whose role has the permission {permission.name}."
    return Access(permission.name, description, check, permission, ("organization_id",))
