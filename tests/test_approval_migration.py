"""Approvals from before there were stages, and a release that knows none, beside this one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command

from db import migrations
from tests.engines import Engines, connected, empty_database

AT = datetime(2026, 5, 4, tzinfo=UTC)
STAGES = """
SELECT stage.position, stage.rule, stage.required, stage.status, cardinality(stage.covers) AS parts
FROM approval_stages AS stage JOIN approval_steps AS step ON step.stage_id = stage.id
WHERE stage.approval_id = $1 ORDER BY stage.position
"""


@pytest.fixture
async def empty(engines: Engines) -> AsyncIterator[str]:
    async with empty_database(engines) as url:
        yield url


async def run(url: str, act: Callable[..., Any], *arguments: str) -> None:
    # In a thread: alembic runs an event loop of its own.
    await asyncio.to_thread(act, migrations.config(url), *arguments)


async def insert(connection: asyncpg.Connection, table: str, **values: Any) -> UUID:
    """A row as the release before wrote it."""
    row = {"id": uuid4(), "created_at": AT, **values}
    names = ", ".join(row)
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - names of our own tables
        *row.values(),
    )
    return UUID(str(row["id"]))


async def an_approval(connection: asyncpg.Connection, *statuses: str) -> UUID:
    """An approval whose steps have these statuses; the second is optional."""
    changing = {"updated_at": AT, "version": 1}
    user = await connection.fetchval("SELECT id FROM users")
    place = await connection.fetchval("SELECT id FROM organizations")
    version = await connection.fetchval("SELECT id FROM template_versions")
    template = await connection.fetchval("SELECT id FROM templates")
    of = {"organization_id": place, **changing}
    approval = await insert(
        connection,
        "approvals",
        template_id=template,
        version_id=version,
        content_hash="c0ffee",
        submitter_id=user,
        status="IN_PROGRESS",
        **of,
    )
    for n, status in enumerate(statuses, 1):
        decided_at = AT if status == "APPROVED" else None
        facts = {"position": n, "status": status, "required": n != 2, "decided_at": decided_at}
        await insert(
            connection, "approval_steps", approval_id=approval, approver_id=user, **facts, **of
        )
    return approval


async def a_template(connection: asyncpg.Connection) -> None:
    changing = {"updated_at": AT, "version": 1}
    texts = ("email", "password_hash", "first_name", "last_name", "bio", "locale", "timezone")
    person = dict.fromkeys(texts, "x")
    flags = {"platform_role": "USER", "status": "ACTIVE", "email_verified": False}
    user = await insert(connection, "users", **person, **flags, **changing)
    place = await insert(
        connection, "organizations", slug="a", name="A", authors_may_approve=False, **changing
    )
    template, version = uuid4(), uuid4()
    by = {"organization_id": place, "author_id": user}
    await insert(
        connection,
        "templates",
        **{**by, **changing, "id": template, "name": "Letter", "description": "", "tags": []},
        status="IN_REVIEW",
        metadata="{}",
        current_version_id=version,
        search_text="letter",
    )
    await insert(
        connection,
        "template_versions",
        **{**by, "id": version, "template_id": template, "number": 1, "kind": "HTML"},
        subject="Hello",
        body="<p>Hello</p>",
        variables="[]",
        content_hash="c0ffee",
    )


async def test_what_there_is_gets_a_stage_a_step_and_an_older_release_goes_on(empty: str) -> None:
    await run(empty, command.upgrade, "0006")
    async with connected(empty) as connection:
        await a_template(connection)
        old = await an_approval(connection, "APPROVED", "SKIPPED", "WAITING")
    await run(empty, command.upgrade, "0007")
    async with connected(empty) as connection:
        new = await an_approval(connection, "WAITING", "PENDING")
        for approval, statuses in (
            (old, ["APPROVED", "SKIPPED", "ACTIVE"]),
            (new, ["ACTIVE", "PENDING"]),
        ):
            assert [tuple(row) for row in await connection.fetch(STAGES, approval)] == [
                (n, "ALL", n != 2, status, 5) for n, status in enumerate(statuses, 1)
            ]
        decide = "UPDATE approval_steps SET status = $2 WHERE approval_id = $1 AND position = $3"
        await connection.execute(decide, new, "REJECTED", 1)
        rows = await connection.fetch(STAGES, new)
        assert [row["status"] for row in rows] == ["REJECTED", "PENDING"]
        decided = "SELECT content_hash FROM approval_steps WHERE approval_id = $1 ORDER BY position"
        assert [row[0] for row in await connection.fetch(decided, old)] == ["c0ffee", None, None]
    await run(empty, command.downgrade, "0006")
    async with connected(empty) as connection:
        assert await connection.fetchval("SELECT count(*) FROM approval_steps") == 5
