"""Accounts are confirmed by mail, and used by access tokens and with second factors."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

WORDS = "regexp_replace(first_name || ' ' || last_name || ' ' || email, '[^[:alnum:]]+', ' ', 'g')"


def upgrade() -> None:
    _change_users()
    op.add_column("sessions", _column("impersonator_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_sessions_impersonator_id_users", "sessions", "users", ["impersonator_id"], ["id"]
    )
    for name in ("token_id", "impersonator_id"):
        op.add_column("events", _column(name, sa.Uuid(), nullable=True))
    op.create_index("ix_events_actor", "events", ["actor_id", "id"])
    _make_access_tokens()
    _make_confirmations()
    _make_two_factor()
    _make_attempts()
    _make_signing_keys()


def _change_users() -> None:
    op.alter_column("users", "password_hash", existing_type=sa.Text(), nullable=True)
    theme = sa.Column("theme", sa.String(40), server_default="SYSTEM", nullable=False)
    op.add_column("users", theme)
    op.add_column("users", _column("avatar", sa.Text(), nullable=True))
    search = sa.Computed(f"to_tsvector('simple'::regconfig, {WORDS})", persisted=True)
    op.add_column("users", sa.Column("search", postgresql.TSVECTOR(), search, nullable=False))
    op.create_index("ix_users_created", "users", ["created_at", "id"])
    op.create_index("ix_users_search", "users", ["search"], postgresql_using="gin")


def _make_access_tokens() -> None:
    op.create_table(
        "access_tokens",
        *_changing("access_tokens"),
        _column("user_id", sa.Uuid()),
        _column("organization_id", sa.Uuid(), nullable=True),
        _column("name", sa.Text()),
        _column("scopes", postgresql.ARRAY(sa.Text())),
        _column("token_hash", sa.LargeBinary()),
        _column("hint", sa.Text()),
        _moment("expires_at", nullable=True),
        _moment("last_used_at", nullable=True),
        _moment("revoked_at", nullable=True),
        _key("access_tokens", "organization_id", "organizations"),
        _key("access_tokens", "user_id", "users", ondelete="CASCADE"),
        _unique("access_tokens", "token_hash"),
    )
    for name in ("organization_id", "user_id"):
        op.create_index(f"ix_access_tokens_{name}", "access_tokens", [name])


def _make_confirmations() -> None:
    op.create_table(
        "confirmations",
        *_entity("confirmations"),
        _column("purpose", sa.String(40)),
        _column("user_id", sa.Uuid(), nullable=True),
        _column("email", sa.Text()),
        _column("token_hash", sa.LargeBinary()),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        _moment("expires_at"),
        _key("confirmations", "user_id", "users", ondelete="CASCADE"),
        _unique("confirmations", "token_hash"),
    )
    op.create_index("ix_confirmations_email", "confirmations", [sa.text("lower(email)")])
    for name in ("expires_at", "user_id"):
        op.create_index(f"ix_confirmations_{name}", "confirmations", [name])


def _make_two_factor() -> None:
    op.create_table(
        "two_factor",
        *_entity("two_factor"),
        _column("user_id", sa.Uuid()),
        _column("secret", sa.LargeBinary()),
        _moment("confirmed_at", nullable=True),
        _column("last_step", sa.BigInteger()),
        _column("recovery_hashes", postgresql.ARRAY(sa.LargeBinary())),
        _key("two_factor", "user_id", "users", ondelete="CASCADE"),
        _unique("two_factor", "user_id"),
    )


def _make_attempts() -> None:
    op.create_table(
        "attempts",
        _column("key_hash", sa.LargeBinary()),
        _column("failures", sa.Integer()),
        _moment("began_at"),
        _moment("failed_at"),
        _moment("blocked_until", nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name="pk_attempts"),
    )
    op.create_index("ix_attempts_failed_at", "attempts", ["failed_at"])


def _make_signing_keys() -> None:
    op.create_table(
        "signing_keys",
        *_entity("signing_keys"),
        _column("kid", sa.Text()),
        _column("algorithm", sa.Text()),
        _column("private_key", sa.LargeBinary()),
        _column("public_key", sa.Text()),
        _moment("signs_from"),
        _moment("retires_at", nullable=True),
        _unique("signing_keys", "kid"),
    )


def downgrade() -> None:
    for table in ("signing_keys", "attempts", "two_factor", "confirmations", "access_tokens"):
        op.drop_table(table)
    op.drop_index("ix_events_actor", "events")
    for name in ("impersonator_id", "token_id"):
        op.drop_column("events", name)
    op.drop_column("sessions", "impersonator_id")
    for name in ("search", "avatar", "theme"):
        op.drop_column("users", name)
    op.drop_index("ix_users_created", "users")
    # No password is good against this.
    op.execute("UPDATE users SET password_hash = '-' WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", existing_type=sa.Text(), nullable=False)


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
