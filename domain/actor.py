"""Who is asking."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import Forbidden, NotAdministrator, Unauthenticated
from domain.ids import AccessTokenId, OrganizationId, SessionId, UserId
from domain.permissions import Grant, Permission, PlatformRole, lacking


@dataclass(frozen=True, slots=True)
class Actor:
    """A request's caller and what each of their organisations grants them.

    `grants` are already narrowed to the scopes of an access token. `slugs` are the names of their
    organisations in addresses. `expires_at` is when the credential ends, and with it every live
    stream. `impersonator_id` is the administrator who acts in their place.
    """

    user_id: UserId | None = None
    session_id: SessionId | None = None
    token_id: AccessTokenId | None = None
    impersonator_id: UserId | None = None
    platform_role: PlatformRole = PlatformRole.USER
    grants: Mapping[OrganizationId, Grant] = field(default_factory=dict)
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
    def in_session(self) -> UserId:
        """The caller's id; raises `Forbidden` where an access token acts for them."""
        user = self.signed_in
        if self.token_id is not None:
            raise Forbidden("An access token may not do this: it needs a session.")
        return user

    @property
    def in_person(self) -> UserId:
        """The caller's id; raises `Forbidden` for whatever else acts for them."""
        user = self.in_session
        if self.impersonator_id is not None:
            raise Forbidden("Who impersonates somebody may not do this: only they themselves.")
        return user

    @property
    def administering(self) -> UserId:
        """The caller's id; raises `Forbidden` for who does not administer the platform."""
        user = self.signed_in
        if self.platform_role is not PlatformRole.ADMIN:
            raise NotAdministrator
        return user

    @property
    def view(self) -> Hashable:
        """The same for all who see the same rows: grants decide or, without any, who one is."""
        grants = frozenset(self.grants.items())
        return self.platform_role, grants, None if grants else self.user_id, self.is_server

    def may(self, permission: Permission, organization: OrganizationId) -> bool:
        grant = self.grants.get(organization)
        return grant is not None and permission in grant.permissions

    def require(self, permission: Permission, organization: OrganizationId) -> None:
        """Raises `Forbidden`, which says what is missing, unless the caller has the permission."""
        if not self.may(permission, organization):
            raise Forbidden(lacking(permission, self.grants.get(organization)))

    def organizations_granting(self, permission: Permission) -> list[OrganizationId]:
        """Where the caller has a permission, in a stable order."""
        return sorted(org for org, held in self.grants.items() if permission in held.permissions)


ANONYMOUS = Actor()
SERVER = Actor(is_server=True)
"""Who does what is done by itself, such as jobs."""
