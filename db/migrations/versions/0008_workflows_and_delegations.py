"""Workflows are kept for reuse, and approvers may be stood in for."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make("workflow_templates", _workflow_columns(), ("creator_id",))
    _index_workflows()
    people = ("approver_id", "stand_in_id", "creator_id")
    _make("delegations", _delegation_columns(), people)
    _index_delegations()


def downgrade() -> None:
    op.drop_table("delegations")
    op.drop_table("workflow_templates")


def _make(table: str, columns: list[sa.Column[Any]], people: tuple[str, ...]) -> None:
    """A table of changing things of an organisation; those columns name people."""
    op.create_table(
        table,
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in people),
        *columns,
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key(table, "organization_id", "organizations"),
        *(_key(table, name, "users") for name in people),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)


def _workflow_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("stages", postgresql.JSONB(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _index_workflows() -> None:
    op.create_index(
        "uq_workflow_templates_name",
        "workflow_templates",
        ["organization_id", sa.literal_column("lower(name)")],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "uq_workflow_templates_default",
        "workflow_templates",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_index(
        "ix_workflow_templates_organization",
        "workflow_templates",
        ["organization_id", "created_at", "id"],
        unique=False,
    )


def _delegation_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    ]


def _index_delegations() -> None:
    for name, column in (
        ("ix_delegations_organization", "organization_id"),
        ("ix_delegations_approver", "approver_id"),
        ("ix_delegations_stand_in", "stand_in_id"),
    ):
        op.create_index(name, "delegations", [column, "created_at", "id"], unique=False)
    op.create_index(
        "ix_delegations_open",
        "delegations",
        ["organization_id", "ends_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
