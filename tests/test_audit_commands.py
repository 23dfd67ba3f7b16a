"""`imprimatur audit verify`: what it says, and how it ends."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engines import Engines, connected
from tests.test_cli import Environment, assert_one_line, run
from tests.test_verification import COUNT, Archive, an_archive

VERIFY = ("audit", "verify")


@pytest.fixture
async def archive(engines: Engines) -> AsyncIterator[Archive]:
    async with an_archive(engines) as made:
        async with connected(made.url) as connection:
            await connection.execute(
                "INSERT INTO organizations (id, slug, name, authors_may_approve, created_at,"
                " updated_at, version) VALUES ($1, 'one', 'One', false, now(), now(), 1)",
                made.one,
            )
        yield made


@pytest.fixture
def environment(archive: Archive, engines: Engines, tmp_path: Path) -> Environment:
    return {
        "PATH": "/usr/bin:/bin",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": archive.url,
        "REDIS_URL": engines.redis_url,
    }


async def test_a_whole_record_ends_well(archive: Archive, environment: Environment) -> None:
    done = run(environment, *VERIFY)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{3 * COUNT} events of 3 orders were verified; 0 findings.\n"
    kept = (await archive.hash(3)).hex()
    done = run(environment, *VERIFY, "--organization", "one", "--head", kept)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        f"{COUNT} events of 1 orders were verified; 0 findings.",
        "The hash that you kept is that of position 3.",
    ]


async def test_what_is_wrong_is_said_with_its_place_and_ends_with_one(
    archive: Archive, environment: Environment
) -> None:
    await archive.forge("UPDATE events SET ip = 'x' WHERE id = $1", archive.event(4))
    await archive.forge("DELETE FROM events WHERE id = $1", archive.event(6))
    done = run(environment, *VERIFY)
    assert (done.returncode, done.stderr) == (1, "")
    where = f"organisation {archive.one}, position"
    torn = "its event and its hash do not belong together"
    assert done.stdout.splitlines() == [
        f"changed: {where} 4, event {archive.event(4)}: {torn}.",
        f"missing: {where} 6, event {archive.event(6)}: its event is gone.",
        f"{3 * COUNT} events of 3 orders were verified; 2 findings.",
    ]
    done = run(environment, *VERIFY, "--organization", "one", "--since", "7")
    assert (done.returncode, done.stdout.split(" ")[0]) == (0, "1")


async def test_a_hash_that_is_not_in_the_chain_is_a_finding(environment: Environment) -> None:
    done = run(environment, *VERIFY, "--head", "ab" * 32)
    assert done.returncode == 1
    assert done.stdout.startswith("rewritten: everything: the hash that was kept is not")


async def test_what_cannot_be_looked_at_is_told_in_one_line(environment: Environment) -> None:
    assert_one_line(run(environment, *VERIFY, "--head", "abc"), 1, "--head is not a SHA-256.")
    given = (*VERIFY, "--organization", "nowhere")
    assert_one_line(run(environment, *given), 1, "There is no organisation nowhere.")
