"""The roles that organisations make for themselves."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing
from domain.permissions import Grant, custom


class CustomRole(Changing):
    """A name for a set of permissions. Memberships and invitations carry a copy of both."""

    __tablename__ = "custom_roles"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column()
    description: Mapped[str] = mapped_column(default="")
    permissions: Mapped[list[str]]

    @property
    def grant(self) -> Grant:
        return custom(self.name, self.permissions)

    __table_args__ = (
        Index("uq_custom_roles_name", organization_id, func.lower(name), unique=True),
    )
