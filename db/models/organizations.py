"""Organisations, who belongs to them, and who is invited."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column, synonym

from db.models.entity import Changing, choice, now
from db.models.roles import CustomRole
from domain.permissions import BUILT_IN, Grant, Role, custom


class Organization(Changing):
    __tablename__ = "organizations"

    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    authors_may_approve: Mapped[bool] = mapped_column(default=False)

    organization_id: Mapped[UUID] = synonym("id")


class Granting:
    """What a role grants: a built-in `role`, or a copy of a custom one's name and permissions."""

    role: Mapped[Role | None] = mapped_column(choice(Role))
    custom_role_id: Mapped[UUID | None] = mapped_column(ForeignKey("custom_roles.id"), index=True)
    custom_name: Mapped[str | None]
    custom_permissions: Mapped[list[str] | None]

    @property
    def grant(self) -> Grant:
        return granted(self.role, self.custom_name, self.custom_permissions)

    def give(self, given: "Role | CustomRole | Granting") -> None:
        """Let it grant that, and nothing else."""
        columns = _columns(given)
        self.role, self.custom_role_id, self.custom_name, self.custom_permissions = columns


def granted(role: Role | None, name: str | None, permissions: list[str] | None) -> Grant:
    """What those columns of a `Granting` row grant."""
    return BUILT_IN[role] if role is not None else custom(name or "", permissions or ())


def _columns(
    given: Role | CustomRole | Granting,
) -> tuple[Role | None, UUID | None, str | None, list[str] | None]:
    match given:
        case Granting():
            return given.role, given.custom_role_id, given.custom_name, given.custom_permissions
        case CustomRole():
            return None, given.id, given.name, given.permissions
    return given, None, None, None


class Membership(Granting, Changing):
    """One person in one organisation, in one role; who has left stays known as a former member."""

    __tablename__ = "memberships"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    left_at: Mapped[datetime | None] = mapped_column()

    __table_args__ = (
        Index(
            "uq_memberships_present",
            "organization_id",
            "user_id",
            unique=True,
            postgresql_where=left_at.is_(None),
        ),
        Index("ix_memberships_organization", "organization_id", "created_at", "id"),
    )


class Invitation(Granting, Changing):
    """A place in an organisation that waits for one address; its token is kept as a SHA-256."""

    __tablename__ = "invitations"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    email: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    inviter_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    # The release before this one writes none of these two.
    updated_at: Mapped[datetime] = mapped_column(
        default=now, onupdate=now, server_default=func.now()
    )
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __table_args__ = (
        Index("ix_invitations_organization_id", "organization_id", "created_at", "id"),
    )
