"""A version's content never changes, whoever tries."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION 'rows of % never change', TG_TABLE_NAME;
        END
        $$
    """)
    op.execute("""
        CREATE TRIGGER template_versions_never_change BEFORE UPDATE ON template_versions
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER template_versions_never_change ON template_versions")
    op.execute("DROP FUNCTION refuse_change()")
