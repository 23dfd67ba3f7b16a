"""Organisations have roles of their own, and teams; invitations can be taken back."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ROLES = {
    "custom_role_id": sa.Uuid(),
    "custom_name": sa.Text(),
    "custom_permissions": postgresql.ARRAY(sa.Text()),
}
GRANTING = ("memberships", "invitations")


def upgrade() -> None:
    _make_named("custom_roles", _column("permissions", postgresql.ARRAY(sa.Text())))
    for table in GRANTING:
        _let_grant(table)
    # What the release before this one writes has them too.
    now, one = sa.text("now()"), sa.text("1")
    updated = sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now)
    for column in (updated, sa.Column("version", sa.Integer(), server_default=one)):
        column.nullable = False
        op.add_column("invitations", column)
    op.add_column("invitations", _moment("revoked_at", nullable=True))
    _make_named("teams")
    _make_team_members()


def _make_named(table: str, *more: sa.Column[Any]) -> None:
    op.create_table(
        table,
        *_changing(table),
        _column("organization_id", sa.Uuid()),
        _column("name", sa.Text()),
        _column("description", sa.Text()),
        *more,
        _key(table, "organization_id", "organizations"),
    )
    columns = ["organization_id", sa.text("lower(name)")]
    op.create_index(f"uq_{table}_name", table, columns, unique=True)


def _let_grant(table: str) -> None:
    for name, type in ROLES.items():
        op.add_column(table, _column(name, type, nullable=True))
    op.create_foreign_key(
        f"fk_{table}_custom_role_id_custom_roles",
        table,
        "custom_roles",
        ["custom_role_id"],
        ["id"],
    )
    op.create_index(f"ix_{table}_custom_role_id", table, ["custom_role_id"])
    op.alter_column(table, "role", existing_type=sa.String(40), nullable=True)


def _make_team_members() -> None:
    op.create_table(
        "team_members",
        *_entity("team_members"),
        _column("organization_id", sa.Uuid()),
        _column("team_id", sa.Uuid()),
        _column("user_id", sa.Uuid()),
        _key("team_members", "organization_id", "organizations"),
        _key("team_members", "team_id", "teams", ondelete="CASCADE"),
        _key("team_members", "user_id", "users"),
        _unique("team_members", "team_id", "user_id"),
    )
    op.create_index("ix_team_members_team", "team_members", ["team_id", "created_at", "id"])
    op.create_index("ix_team_members_user", "team_members", ["user_id", "organization_id"])


def downgrade() -> None:
    op.drop_table("team_members")
    op.drop_table("teams")
    for name in ("revoked_at", "version", "updated_at"):
        op.drop_column("invitations", name)
    for table in GRANTING:
        # Whose role nobody knows any more may only read.
        op.execute(sa.text(f"UPDATE {table} SET role = 'VIEWER' WHERE role IS NULL"))  # noqa: S608 - our own tables
        op.alter_column(table, "role", existing_type=sa.String(40), nullable=False)
        for name in ROLES:
            op.drop_column(table, name)
    op.drop_table("custom_roles")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _column(name: str, type: Any, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, type, nullable=nullable)


def _entity(table: str) -> list[Any]:
    return [
        _column("id", sa.Uuid()),
        _moment("created_at"),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    ]


def _changing(table: str) -> list[Any]:
    return [*_entity(table), _moment("updated_at"), _column("version", sa.Integer())]


def _key(table: str, column: str, to: str, **options: Any) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}_{to}"
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, **options)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")
