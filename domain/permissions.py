"""Who may do what: the one table that fields, row visibility and the tests read."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Self


class Permission(Enum):
    ORGANIZATION_READ = "organization.read"
    ORGANIZATION_UPDATE = "organization.update"
    MEMBER_INVITE = "member.invite"
    MEMBER_MANAGE = "member.manage"
    ROLE_MANAGE = "role.manage"
    TEAM_MANAGE = "team.manage"
    TOKEN_MANAGE = "token.manage"
    TEMPLATE_READ = "template.read"
    TEMPLATE_WRITE = "template.write"
    TEMPLATE_ARCHIVE = "template.archive"
    COMMENT_WRITE = "comment.write"
    COMMENT_MODERATE = "comment.moderate"
    APPROVAL_SUBMIT = "approval.submit"
    APPROVAL_DECIDE = "approval.decide"
    APPROVAL_MANAGE = "approval.manage"
    APPROVAL_FORCE = "approval.force"
    WORKFLOW_MANAGE = "workflow.manage"
    AUDIT_READ = "audit.read"
    WEBHOOK_MANAGE = "webhook.manage"


class Role(StrEnum):
    """The built-in roles of every organisation."""

    ADMIN = "ADMIN"
    MANAGER = "MANAGER"
    EDITOR = "EDITOR"
    APPROVER = "APPROVER"
    VIEWER = "VIEWER"


class PlatformRole(StrEnum):
    USER = "USER"
    MODERATOR = "MODERATOR"
    ADMIN = "ADMIN"


_READING = frozenset({Permission.ORGANIZATION_READ, Permission.TEMPLATE_READ})
_WRITING = _READING | {
    Permission.TEMPLATE_WRITE,
    Permission.COMMENT_WRITE,
    Permission.APPROVAL_SUBMIT,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _READING,
    Role.APPROVER: _READING | {Permission.COMMENT_WRITE, Permission.APPROVAL_DECIDE},
    Role.EDITOR: _WRITING,
    Role.MANAGER: _WRITING
    | {
        Permission.MEMBER_INVITE,
        Permission.TEAM_MANAGE,
        Permission.TEMPLATE_ARCHIVE,
        Permission.COMMENT_MODERATE,
        Permission.APPROVAL_DECIDE,
        Permission.APPROVAL_MANAGE,
        Permission.WORKFLOW_MANAGE,
    },
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What a role lets somebody do in one organisation; for a custom one there is no `role`.

    `withheld` is what the role has, but an access token's scopes do not.
    """

    name: str
    permissions: frozenset[Permission]
    role: Role | None = None
    withheld: frozenset[Permission] = frozenset()

    def within(self, scopes: Collection[Permission]) -> Self:
        """No more of it than the scopes: what an access token is given."""
        given = self.permissions & frozenset(scopes)
        return replace(self, permissions=given, withheld=self.permissions - given)


BUILT_IN = {role: Grant(role.value, granted, role) for role, granted in GRANTS.items()}


def custom(name: str, permissions: Collection[str]) -> Grant:
    """A role that an organisation made; what a newer release knows of it is left out."""
    known = frozenset(Permission[each] for each in permissions if each in Permission.__members__)
    return Grant(name, known)


def roles_with(permission: Permission) -> frozenset[Role]:
    return frozenset(role for role, granted in GRANTS.items() if permission in granted)


def lacking(permission: Permission, grant: Grant | None) -> str:
    """Why somebody with that grant in an organisation does not have a permission there."""
    if grant is None:
        return f"This needs the permission {permission.name}: you are no member there."
    if permission in grant.withheld:
        return f"Your access token's scopes do not include {permission.name}."
    return f"Your role {grant.name} does not have the permission {permission.name}."
