"""Comments may be on a line, on a step, or an answer to another."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

PLAIN = ("part", "locale", "line", "end_line", "quote", "resolved_at", "deleted_at")
LISTED = {
    "parent_id": ("comments", "ix_comments_parent"),
    "step_id": ("approval_steps", "ix_comments_step"),
    "anchored_version_id": ("template_versions", "ix_comments_anchored_version"),
}


def upgrade() -> None:
    for column in _columns():
        op.add_column("comments", column)
    for name, (table, index) in LISTED.items():
        _refer(name, table)
        present = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            index, "comments", [name, "created_at", "id"], unique=False, postgresql_where=present
        )
    _refer("resolver_id", "users")


def downgrade() -> None:
    """Places are lost; answers stay, but not the deleted comments that they are answers to."""
    op.drop_column("comments", "parent_id")
    op.execute("DELETE FROM comments WHERE deleted_at IS NOT NULL")
    for name in ("step_id", "anchored_version_id", "resolver_id", *PLAIN):
        op.drop_column("comments", name)


def _columns() -> list[sa.Column[Any]]:
    moment = sa.DateTime(timezone=True)
    return [
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in (*LISTED, "resolver_id")),
        sa.Column("part", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("end_line", sa.Integer(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=True),
        sa.Column("resolved_at", moment, nullable=True),
        sa.Column("deleted_at", moment, nullable=True),
    ]


def _refer(name: str, table: str) -> None:
    key = op.f(f"fk_comments_{name}_{table}")
    op.create_foreign_key(key, "comments", table, [name], ["id"])
