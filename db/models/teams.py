"""Members of an organisation who work together."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.models.entity import Changing, Entity


class Team(Changing):
    __tablename__ = "teams"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str] = mapped_column()
    description: Mapped[str] = mapped_column(default="")

    __table_args__ = (Index("uq_teams_name", organization_id, func.lower(name), unique=True),)


class TeamMember(Entity):
    """One person in one team; they leave it with the organisation."""

    __tablename__ = "team_members"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))

    __table_args__ = (
        UniqueConstraint("team_id", "user_id"),
        Index("ix_team_members_team", "team_id", "created_at", "id"),
        Index("ix_team_members_user", "user_id", "organization_id"),
    )
