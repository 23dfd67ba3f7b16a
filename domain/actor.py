"""Who is asking."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import Forbidden, Unauthenticated
from domain.ids import OrganizationId, SessionId, UserId
from domain.permissions import GRANTS, Permission, PlatformRole, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A request's caller and what each of their organisations grants them.

    `slugs` are the names of their organisations in addresses. `expires_at` is when the access
    token ends, and with it every live stream.
    """

    user_id: UserId | None = None
    session_id: SessionId | None = None
    platform_role: PlatformRole = PlatformRole.USER
    roles: Mapping[OrganizationId, Role] = field(default_factory=dict)
    slugs: Mapping[str, OrganizationId] = field(default_factory=dict)
    expires_at: datetime | None = None
    is_server: bool = False
    """Whether this is the server itself, which is nobody and may change everything."""

    @property
    def signed_in(self) -> UserId:
        """The caller's id; raises `Unauthenticated` for nobody."""
        if self.user_id is None:
            raise Unauthenticated("Sign in first: send `Authorization: Bearer <accessToken>`.")
        return self.user_id

    @property
    def view(self) -> Hashable:
        """The same for all who see the same rows: roles decide or, without any, who one is."""
        roles = frozenset(self.roles.items())
        return self.platform_role, roles, None if roles else self.user_id, self.is_server

    def may(self, permission: Permission, organization: OrganizationId) -> bool:
        role = self.roles.get(organization)
        return role is not None and permission in GRANTS[role]

    def require(self, permission: Permission, organization: OrganizationId) -> None:
        if not self.may(permission, organization):
            raise Forbidden(f"This needs the permission {permission.name} in the organisation.")

    def organizations_granting(self, permission: Permission) -> list[OrganizationId]:
        """Where the caller has a permission, in a stable order."""
        return sorted(org for org, role in self.roles.items() if permission in GRANTS[role])


ANONYMOUS = Actor()
SERVER = Actor(is_server=True)
"""Who does what is done by itself, such as jobs."""
