"""Every event enters the outbox in its own transaction, and wakes the relay."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Ids are UUIDv7: in their order, the events of one statement keep the order they were made in.
    # PostgreSQL folds the notifications of a transaction into one, sent when it commits.
    op.execute("""
        CREATE FUNCTION fill_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO outbox (event_id) SELECT id FROM recorded ORDER BY id;
            PERFORM pg_notify('imprimatur_outbox', '');
            RETURN NULL;
        END
        $$
    """)
    op.execute("""
        CREATE TRIGGER events_fill_outbox AFTER INSERT ON events
        REFERENCING NEW TABLE AS recorded
        FOR EACH STATEMENT EXECUTE FUNCTION fill_outbox()
    """)


def downgrade() -> None:
    op.execute("DROP TRIGGER events_fill_outbox ON events")
    op.execute("DROP FUNCTION fill_outbox()")
