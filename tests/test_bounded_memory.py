"""However many different things are asked, a process remembers only so much."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from db.statements import compiled
from domain.permissions import Role
from engine import ids
from engine.documents import CACHED_DOCUMENTS
from engine.execution import OperationRequest, Rejected
from tests.world import Place, World

MANY = 5_000
AT_ONCE = 100
TOLERATED = 2_000
"""Objects that come and go with whatever else the process does."""

LIST = """
query ($slug: String!, $after: String, $filter: TemplateFilter) {
  organization(slug: $slug) {
    templates(after: $after, filter: $filter) { nodes { name } totalCount }
  }
}
"""
DEFAULT_ORDER = "templates.organization_id|"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest.fixture(scope="module")
async def place(world: World) -> Place:
    return await world.organization()


def objects() -> int:
    gc.collect()
    return len(gc.get_objects())


@contextmanager
def nothing_more() -> Iterator[None]:
    """The block leaves no more objects in memory than there were."""
    before = objects()
    yield
    assert objects() - before < TOLERATED


def prepare(world: World, query: str) -> None:
    try:
        world.engine.prepare(OperationRequest(query))
    except Rejected:
        return


BY_ITSELF = 4
"""Statements that the process may send for the first time meanwhile, whatever it is asked."""


def statements(world: World) -> int:
    """How many compiled SQL statements are remembered."""
    written = world.resources.database.engine.sync_engine._compiled_cache or ()
    return compiled.cache_info().currsize + len(written)


async def answered(world: World, place: Place, query: str, **variables: Any) -> None:
    given = variables if query is NODES else {"slug": place.slug, **variables}
    answer = await world.ask(query, given, by=place[Role.ADMIN])
    assert "errors" not in answer, answer


def test_documents_that_are_all_different(world: World) -> None:
    for number in range(CACHED_DOCUMENTS):
        prepare(world, f"query Warm{number} {{ viewer {{ id }} }}")
    with nothing_more():
        for number in range(CACHED_DOCUMENTS // 4):
            prepare(world, f"query Q{number} {{ viewer {{ id }} }}")
    assert world.engine.documents.count <= CACHED_DOCUMENTS


def test_documents_that_are_all_wrong(world: World) -> None:
    prepare(world, "{ wrong }")
    with nothing_more():
        for number in range(AT_ONCE * 10):
            prepare(world, f"query {{ wrong{number} }}")
            prepare(world, f"query {{ viewer{{ id }} # {number}")


async def test_ids_that_are_all_different(world: World, place: Place) -> None:
    async def ask(first: int) -> None:
        wanted = [ids.encode("Template", UUID(int=first + n)) for n in range(AT_ONCE)]
        await answered(world, place, NODES, ids=wanted)

    await ask(MANY)
    known = statements(world)
    with nothing_more():
        for first in range(0, MANY, AT_ONCE):
            await ask(first)
    assert statements(world) <= known + BY_ITSELF


async def test_cursors_and_filters_that_are_all_different(world: World, place: Place) -> None:
    async def ask(number: int) -> None:
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
        position = [moment, UUID(int=number)]
        after = world.resources.cursors.encode(DEFAULT_ORDER, position)
        chosen = {"search": f"word{number}", "category": {"in": ["x"] * (number % 100)}}
        await answered(world, place, LIST, after=after, filter=chosen)

    for number in range(AT_ONCE):
        await ask(number)
    known = statements(world)
    with nothing_more():
        for number in range(AT_ONCE):
            await ask(number)
    assert statements(world) <= known + BY_ITSELF


def test_cursors_that_are_none(world: World) -> None:
    cursors = world.resources.cursors
    with nothing_more():
        for number in range(MANY):
            with pytest.raises(ValueError, match="not a cursor"):
                cursors.decode("templates", f"{number:08}")
