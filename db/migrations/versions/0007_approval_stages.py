"""Approvals go by stages; what there is gets a stage a step.

A release that knows no stages goes on writing steps: the triggers make a stage for each of them, of
the step's own id, and keep it in step.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

EVERYTHING = "ARRAY['SOURCE', 'VARIABLES', 'LOCALES', 'SNIPPETS', 'ASSETS']"
STAGE_OF_STATUS = "CASE {0}status WHEN 'WAITING' THEN 'ACTIVE' ELSE {0}status END"
STAGE_COLUMNS = """
    id, organization_id, approval_id, position, rule, required, status, covers, active_since,
    due_at, created_at, updated_at, version
"""
STAGE_VALUES = f"""
    {{0}}id, {{0}}organization_id, {{0}}approval_id, {{0}}position, 'ALL', {{0}}required,
    {STAGE_OF_STATUS}, {EVERYTHING},
    CASE {{0}}status WHEN 'WAITING' THEN {{0}}updated_at END,
    {{0}}due_at, {{0}}created_at, {{0}}updated_at, 1
"""


def upgrade() -> None:
    _add_to_approvals()
    _create_stages()
    _create_checklist_items()
    _add_to_steps()
    of_step = STAGE_VALUES.format("")
    op.execute(
        f"INSERT INTO approval_stages ({STAGE_COLUMNS}) SELECT {of_step} FROM approval_steps"  # noqa: S608 - our own columns
    )
    op.execute("UPDATE approval_steps SET stage_id = id")
    op.execute("""
        UPDATE approval_steps AS step
        SET content_hash = approval.content_hash, decided_version_id = approval.version_id
        FROM approvals AS approval
        WHERE approval.id = step.approval_id AND step.decided_at IS NOT NULL
    """)
    op.alter_column("approval_steps", "stage_id", nullable=False)
    op.create_index("ix_approval_steps_stage_id", "approval_steps", ["stage_id"])
    _create_triggers()


def downgrade() -> None:
    op.execute("DROP TRIGGER stage_of_step_is_made ON approval_steps")
    op.execute("DROP TRIGGER stage_of_step_is_kept ON approval_steps")
    op.execute("DROP FUNCTION make_stage_of_step()")
    op.execute("DROP FUNCTION keep_stage_of_step()")
    op.drop_table("checklist_items")
    for column in STEP_COLUMNS:
        op.drop_column("approval_steps", column)
    op.drop_table("approval_stages")
    for column in APPROVAL_COLUMNS:
        op.drop_column("approvals", column)
    op.execute("UPDATE approvals SET status = 'WITHDRAWN' WHERE status = 'EXPIRED'")


APPROVAL_COLUMNS = (
    "previous_id",
    "expires_in_hours",
    "expires_at",
    "forced_by_id",
    "force_reason",
)
STEP_COLUMNS = (
    "stage_id",
    "delegated_from_id",
    "decided_version_id",
    "content_hash",
    "part_hashes",
)


def _reference(table: str, name: str, to: str, *, nullable: bool = True) -> sa.Column:
    constraint = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_{table}_{name}_{to}"))
    return sa.Column(name, sa.Uuid(), constraint, nullable=nullable)


def _entity(table: str) -> tuple[sa.Column, ...]:
    moment = sa.DateTime(timezone=True)
    return (
        _reference(table, "organization_id", "organizations", nullable=False),
        _reference(table, "approval_id", "approvals", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _add_to_approvals() -> None:
    op.add_column("approvals", _reference("approvals", "previous_id", "approvals"))
    op.add_column("approvals", sa.Column("expires_in_hours", sa.Integer()))
    op.add_column("approvals", sa.Column("expires_at", sa.DateTime(timezone=True)))
    op.add_column("approvals", _reference("approvals", "forced_by_id", "users"))
    op.add_column("approvals", sa.Column("force_reason", sa.Text()))


def _create_stages() -> None:
    moment, table = sa.DateTime(timezone=True), "approval_stages"
    op.create_table(
        table,
        *_entity(table),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("at_least", sa.Integer()),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("covers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("due_in_hours", sa.Integer()),
        sa.Column("remind_after_hours", sa.Integer()),
        _reference(table, "escalate_to_id", "users"),
        sa.Column("active_since", moment),
        sa.Column("due_at", moment),
        sa.Column("reminded_at", moment),
        sa.Column("escalated_at", moment),
        _reference(table, "changed_since_id", "template_versions"),
        sa.UniqueConstraint(
            "approval_id", "position", name=op.f("uq_approval_stages_approval_id_position")
        ),
    )


def _create_checklist_items() -> None:
    table = "checklist_items"
    op.create_table(
        table,
        *_entity(table),
        _reference(table, "step_id", "approval_steps", nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        _reference(table, "done_by_id", "users"),
    )
    op.create_index("ix_checklist_items_approval_id", table, ["approval_id"])


def _add_to_steps() -> None:
    table = "approval_steps"
    op.add_column(table, _reference(table, "stage_id", "approval_stages"))
    op.add_column(table, _reference(table, "delegated_from_id", "users"))
    op.add_column(table, _reference(table, "decided_version_id", "template_versions"))
    op.add_column(table, sa.Column("content_hash", sa.Text()))
    op.add_column(table, sa.Column("part_hashes", postgresql.JSONB()))


def _create_triggers() -> None:
    op.execute(f"""
        CREATE FUNCTION make_stage_of_step() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO approval_stages ({STAGE_COLUMNS})
            VALUES ({STAGE_VALUES.format("NEW.")});
            NEW.stage_id = NEW.id;
            RETURN NEW;
        END
        $$
    """)  # noqa: S608 - our own columns
    op.execute("""
        CREATE TRIGGER stage_of_step_is_made BEFORE INSERT ON approval_steps
        FOR EACH ROW WHEN (NEW.stage_id IS NULL) EXECUTE FUNCTION make_stage_of_step()
    """)
    op.execute(f"""
        CREATE FUNCTION keep_stage_of_step() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE approval_stages SET status = {STAGE_OF_STATUS.format("NEW.")} WHERE id = NEW.id;
            RETURN NULL;
        END
        $$
    """)  # noqa: S608 - our own columns
    op.execute("""
        CREATE TRIGGER stage_of_step_is_kept AFTER UPDATE OF status ON approval_steps
        FOR EACH ROW WHEN (NEW.stage_id = NEW.id AND NEW.status <> OLD.status)
        EXECUTE FUNCTION keep_stage_of_step()
    """)
