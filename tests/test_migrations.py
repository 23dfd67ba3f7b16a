"""The revisions make exactly the tables that the models describe, and can be taken back."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from db import migrations
from db.models import Model
from tests.engines import Engines, connected, empty_database

OBJECTS = """
SELECT 'table ' || tablename FROM pg_tables WHERE schemaname = 'public'
UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'function ' || proname || md5(prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'type ' || typname FROM pg_type
    WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
UNION ALL SELECT 'constraint ' || conname || pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' '
    || is_nullable || ' ' || coalesce(column_default, '')
    FROM information_schema.columns WHERE table_schema = 'public'
"""
LEFT_BEHIND = "alembic_version"
PARTITION = re.compile(r"events_\d{4}_\d{2}")


@pytest.fixture
async def empty(engines: Engines) -> AsyncIterator[str]:
    async with empty_database(engines) as url:
        yield url


async def run(url: str, act: Callable[..., Any], *arguments: str) -> None:
    # In a thread: alembic runs an event loop of its own.
    await asyncio.to_thread(act, migrations.config(url), *arguments)


async def objects(url: str) -> set[str]:
    """Everything in the database that a revision can make."""
    async with connected(url) as connection:
        return {row[0] for row in await connection.fetch(OBJECTS)}


async def test_the_models_are_what_the_migrations_make(database_url: str) -> None:
    await run(database_url, command.check)


async def test_every_table_of_the_models_is_made(empty: str) -> None:
    await run(empty, command.upgrade, "head")
    tables = {each.removeprefix("table ") for each in await objects(empty) if "table " in each[:6]}
    tables = {table for table in tables if not PARTITION.fullmatch(table)}
    assert tables == set(Model.metadata.tables) | {LEFT_BEHIND}


async def test_up_down_and_up_again_makes_the_same(empty: str) -> None:
    await run(empty, command.upgrade, "head")
    first = await objects(empty)
    await run(empty, command.downgrade, "base")
    assert {each for each in await objects(empty) if LEFT_BEHIND not in each} == set()
    await run(empty, command.upgrade, "head")
    assert await objects(empty) == first
    await run(empty, command.check)


async def test_every_revision_can_be_taken_back_by_itself(empty: str) -> None:
    revisions = [each.revision for each in script(empty).walk_revisions()][::-1]
    made = [await objects(empty)]
    for revision in revisions:
        await run(empty, command.upgrade, revision)
        made.append(await objects(empty))
    for expected in made[-2:0:-1]:
        await run(empty, command.downgrade, "-1")
        assert await objects(empty) == expected


def test_the_revisions_form_one_line(database_url: str) -> None:
    assert len(script(database_url).get_heads()) == 1
    assert [
        each.revision for each in script(database_url).walk_revisions() if each.is_merge_point
    ] == []


def script(url: str) -> ScriptDirectory:
    config: Config = migrations.config(url)
    return ScriptDirectory.from_config(config)
