"""Content has several languages and snippets; each of its parts has a hash.

Hashes of parts are computed on reading, from what is stored: versions never change, and those that
the release before this one writes meanwhile have them too.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

COLUMNS = ("locales", "snippets")


def upgrade() -> None:
    for name in COLUMNS:
        column = sa.Column(name, postgresql.JSONB(), server_default="[]", nullable=False)
        op.add_column("template_versions", column)
    _make_snippets()


def _make_snippets() -> None:
    op.create_table(
        "snippets",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _key("author_id", "users"),
        _key("organization_id", "organizations"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snippets")),
        sa.UniqueConstraint(
            "organization_id", "name", name=op.f("uq_snippets_organization_id_name")
        ),
    )


def downgrade() -> None:
    op.drop_table("snippets")
    for name in reversed(COLUMNS):
        op.drop_column("template_versions", name)


def _key(column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_snippets_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)
