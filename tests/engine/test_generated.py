"""Whatever is asked of the real schema, by whomever: both executors answer alike.

Other operations in every run, which ends with its seed: GENERATED_SEED=… repeats it.
GENERATED_OPERATIONS=… says how many there are of each kind.
"""

import os
from collections.abc import AsyncIterator
from random import Random
from statistics import mean
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from schema import schema
from server.settings import Settings
from tests.engine.grown import Grown
from tests.engine.real import Real, real
from tests.engines import Engines
from tests.generated import Generated, steered_queries
from tests.seeded import seeded_database

PARTS: Final = 6
OPERATIONS: Final = int(os.environ.get("GENERATED_OPERATIONS", "60"))
SEED: Final = int(os.environ["GENERATED_SEED"])
"""Chosen for the whole run where it begins."""

FAULTS: Final = {"INTERNAL", "UNAVAILABLE"}
REACHED: Final[list[float]] = []
"""The share of each part that had something to answer."""


@pytest.fixture(scope="module")
async def product(engines: Engines, redis_url: str, settings: Settings) -> AsyncIterator[Real]:
    async with seeded_database(engines) as url:
        over = settings.model_copy(update={"database_url": url})
        async with real(over) as made:
            yield made


def generated(part: int) -> list[Generated]:
    """The operations of one part of the run."""
    found: list[Generated] = []

    def collect(asked: Generated) -> None:
        found.append(asked)

    limited = settings(
        max_examples=OPERATIONS // PARTS,
        derandomize=False,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    seed(SEED + part)(limited(given(steered_queries(schema._schema))(collect)))()
    return found


@pytest.mark.parametrize("part", range(PARTS))
async def test_what_could_be_asked_is_answered_alike(product: Real, part: int) -> None:
    await compared(product, generated(part), part)


@pytest.mark.parametrize("part", range(PARTS))
async def test_what_reaches_far_is_answered_alike(product: Real, part: int) -> None:
    growing = Random(SEED + part)  # noqa: S311 - what is asked is no secret
    count = range(OPERATIONS // PARTS)
    grown = [Grown(schema._schema, growing).query() for _ in count]
    REACHED.append(await compared(product, grown, part) / len(grown))


def test_most_of_what_reaches_far_had_something_to_answer() -> None:
    assert len(REACHED) == PARTS
    assert mean(REACHED) > 1 / 2


async def compared(product: Real, operations: list[Generated], part: int) -> int:
    """Asks them all; how many had something to answer."""
    chance, answered = Random(SEED + part), 0  # noqa: S311 - who asks for what is no secret
    for asked in operations:
        answer = await product.ask(asked, chance)
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert not codes & FAULTS, (asked, answer)
        answered += any((answer.get("data") or {}).values())
    return answered
