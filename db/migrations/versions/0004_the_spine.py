"""Events are partitioned, never change, and have a place in an order."""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NIL = UUID(int=0)
BATCH = 1_000
BEFORE = (
    "id, occurred_at, kind, entity, entity_id, subject_id, organization_id, actor_id,"
    " before, after, request_id, ip"
)
FACTS = BEFORE.replace("before, after", "before::text AS before, after::text AS after")

# Whoever was granted a right to change what is kept loses it, the owner of the table included.
PROTECT = """
    CREATE FUNCTION keep_for_ever(kept regclass, rights text) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        somebody text;
    BEGIN
        EXECUTE format(
            'CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON %s'
            ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
        FOR somebody IN
            SELECT DISTINCT CASE granted.grantee WHEN 0 THEN 'PUBLIC'
                ELSE granted.grantee::regrole::text END
            FROM pg_class, aclexplode(coalesce(relacl, acldefault('r', relowner))) AS granted
            WHERE pg_class.oid = kept
        LOOP
            EXECUTE format('REVOKE %s ON %s FROM %s', rights, kept, somebody);
        END LOOP;
    END
    $$
"""
# Made beside the table and then attached: so whoever reads or writes meanwhile does not wait.
PARTITION = """
    CREATE FUNCTION make_event_partition(month date) RETURNS void LANGUAGE plpgsql AS $$
    DECLARE
        name text := 'events_' || to_char(month, 'YYYY_MM');
    BEGIN
        PERFORM pg_advisory_xact_lock(724303);
        IF to_regclass(name) IS NOT NULL THEN
            RETURN;
        END IF;
        EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING ALL)', name);
        PERFORM keep_for_ever(name::regclass, 'INSERT, UPDATE, DELETE, TRUNCATE');
        EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
            name, first_id_of(month), first_id_of((month + interval '1 month')::date));
    END
    $$
"""
FIRST_ID = """
    CREATE FUNCTION first_id_of(month date) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT (lpad(to_hex((extract(epoch FROM month::timestamp) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
    $$
"""
MONTHS = """
    SELECT make_event_partition(month::date) FROM generate_series(
        date_trunc('month', least(
            (now() AT TIME ZONE 'UTC') - interval '1 month',
            (SELECT to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
                / 1000.0) AT TIME ZONE 'UTC' FROM former_events ORDER BY id LIMIT 1))),
        date_trunc('month', (now() AT TIME ZONE 'UTC') + interval '3 months'),
        interval '1 month') AS month
"""
FILL = """
    CREATE TRIGGER events_fill_outbox AFTER INSERT ON events REFERENCING NEW TABLE AS recorded
    FOR EACH STATEMENT EXECUTE FUNCTION fill_outbox()
"""
# Processes of the release before, which run on until they are replaced, publish what is in the
# outbox without giving it a position: it has to stay there for the relay that does.
WAIT = """
    CREATE FUNCTION wait_for_position() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RETURN NULL;
    END
    $$
"""
WAITING = """
    CREATE TRIGGER outbox_waits_for_position BEFORE DELETE ON outbox FOR EACH ROW
    WHEN (current_setting('imprimatur.orders', true) IS DISTINCT FROM 'yes')
    EXECUTE FUNCTION wait_for_position()
"""


def upgrade() -> None:
    op.drop_constraint("fk_outbox_event_id_events", "outbox")
    op.alter_column("outbox", "sequence", type_=sa.BigInteger())
    op.execute("ALTER SEQUENCE outbox_sequence_seq AS bigint")
    _set_former_events_aside()
    _make_events({"postgresql_partition_by": "RANGE (id)"}, sa.Column("session_id", sa.Uuid()))
    op.create_index("ix_events_organization", "events", ["organization_id", "id"])
    op.create_index("ix_events_entity", "events", ["entity_id", "id"])
    op.create_index("ix_events_subject", "events", ["subject_id", "id"])
    for statement in (PROTECT, FIRST_ID, PARTITION, MONTHS):
        op.execute(statement)
    _move_former_events()
    op.execute("SELECT keep_for_ever('events', 'UPDATE, DELETE, TRUNCATE')")
    _make_orders()
    _order_published()
    op.execute("SELECT keep_for_ever('event_positions', 'UPDATE, DELETE, TRUNCATE')")
    for statement in (FILL, WAIT, WAITING):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TRIGGER outbox_waits_for_position ON outbox")
    op.execute("DROP FUNCTION wait_for_position()")
    for table in ("event_followers", "event_heads", "event_positions"):
        op.drop_table(table)
    for function in ("make_event_partition(date)", "first_id_of(date)"):
        op.execute(f"DROP FUNCTION {function}")
    _set_former_events_aside()
    _make_events({})
    op.create_index("ix_events_organization", "events", ["organization_id", "occurred_at", "id"])
    _move_former_events()
    op.execute("DROP FUNCTION keep_for_ever(regclass, text)")
    op.execute(FILL)
    op.execute("ALTER SEQUENCE outbox_sequence_seq AS integer")
    op.alter_column("outbox", "sequence", type_=sa.Integer())
    op.create_foreign_key("fk_outbox_event_id_events", "outbox", "events", ["event_id"], ["id"])


def _set_former_events_aside() -> None:
    op.execute("DROP TRIGGER events_fill_outbox ON events")
    op.rename_table("events", "former_events")
    op.execute("ALTER INDEX pk_events RENAME TO pk_former_events")
    op.drop_index("ix_events_organization", "former_events")


def _make_events(options: dict[str, Any], *more: sa.Column[Any]) -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        *more,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        **options,
    )


def _move_former_events() -> None:
    op.execute(f"INSERT INTO events ({BEFORE}) SELECT {BEFORE} FROM former_events")  # noqa: S608 - our own columns
    op.drop_table("former_events")


def _make_orders() -> None:
    op.create_table(
        "event_positions",
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_event_positions")),
        sa.UniqueConstraint("event_id", name=op.f("uq_event_positions_event_id")),
        sa.UniqueConstraint(
            "organization_id", "position", name=op.f("uq_event_positions_organization_id_position")
        ),
    )
    op.create_table(
        "event_heads",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("forgotten", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_event_heads")),
    )
    op.create_table(
        "event_followers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_followers")),
    )


def _order_published() -> None:
    """Events that were published before there were positions get theirs in the order of ids."""
    heads: dict[UUID, tuple[int, bytes]] = defaultdict(lambda: (0, b""))
    sequence = 0
    for rows in _published():
        ordered = []
        for sequence, row in enumerate(rows, sequence + 1):  # noqa: B020 - counts on
            place = {"organization_id": row.organization_id or NIL, "event_id": row.id}
            position, previous = heads[place["organization_id"]]
            head = position + 1, _link(previous, dict(row._mapping), position + 1)  # noqa: SLF001
            heads[place["organization_id"]] = head
            ordered.append({**place, "sequence": sequence, "position": head[0], "hash": head[1]})
        op.bulk_insert(_table("event_positions"), ordered)
    op.bulk_insert(
        _table("event_heads"),
        [{"organization_id": id, "position": at, "hash": hash} for id, (at, hash) in heads.items()],
    )


def _published() -> Iterator[list[Any]]:
    statement = sa.text(
        f"SELECT {FACTS} FROM events WHERE id > :after"  # noqa: S608 - our own columns
        " AND NOT EXISTS (SELECT FROM outbox WHERE event_id = id) ORDER BY id LIMIT :most"
    )
    after = NIL
    while rows := list(op.get_bind().execute(statement, {"after": after, "most": BATCH})):
        yield rows
        after = rows[-1].id


def _table(name: str) -> sa.Table:
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())


def _link(previous: bytes, row: dict[str, Any], position: int) -> bytes:
    """As `events/chain.py` made it when this was written."""
    facts: dict[str, object] = {
        name: value.isoformat() if name == "occurred_at" else str(value)
        for name, value in row.items()
        if value is not None
    }
    facts["position"] = position
    return sha256(previous + orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).digest()
