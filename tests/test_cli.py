"""The command line: what each command promises, and one line for what is not as it should be."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest

from server.settings import Settings
from server.surroundings import CHECKOUT
from tests.engines import Engines, connected, empty_database, migrated_database
from tests.folders import running

Environment = dict[str, str]
NOBODY_LISTENS = "127.0.0.1:1"


@pytest.fixture
def environment(new_dir: Path) -> Environment:
    """Nothing set but a data folder of its own and a free port."""
    names = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    return inherited | {"DATA_DIR": str(new_dir), "PORT": "0"}


@pytest.fixture
async def empty(engines: Engines, environment: Environment) -> AsyncIterator[Environment]:
    """An empty database in the environment."""
    async with empty_database(engines) as url:
        yield environment | {"DATABASE_URL": url, "REDIS_URL": engines.redis_url}


@pytest.fixture
async def migrated(engines: Engines, environment: Environment) -> AsyncIterator[Environment]:
    """A database with the schema and no rows in the environment."""
    async with migrated_database(engines) as url:
        yield environment | {"DATABASE_URL": url, "REDIS_URL": engines.redis_url}


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "server", *arguments]


def run(environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments),
        env=environment,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Serving:
    """`imprimatur serve` in a process of its own; entered, it has said that it is ready."""

    def __init__(self, environment: Environment) -> None:
        self.process = subprocess.Popen(
            command("serve"),
            env=environment,
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self.process.stdout
        lines = iter(self.process.stdout.readline, "")
        found = (re.search(r"(http://\S+)/graphql", line) for line in lines)
        self.address = next(match for match in found if match)[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()

    def told(self, sent: signal.Signals) -> int:
        """The exit code after that signal."""
        self.process.send_signal(sent)
        self.process.communicate(timeout=60)
        return self.process.returncode


def assert_one_line(done: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert [part for part in said if part not in done.stderr] == []
    assert len(done.stderr.splitlines()) == 1
    assert (done.returncode, done.stdout) == (code, "")


def test_a_wrong_setting_ends_every_command_with_its_name_and_cure(
    environment: Environment,
) -> None:
    done = run(environment | {"MAX_DEPTH": "deep"}, "doctor")
    assert_one_line(done, 2, "MAX_DEPTH=deep is wrong", "unset MAX_DEPTH to use 16.")


def test_production_without_its_settings_does_not_start(environment: Environment) -> None:
    done = run(environment | {"ENVIRONMENT": "production"}, "serve")
    assert_one_line(done, 2, "needs SECRET_KEY, DATABASE_URL, REDIS_URL")


def test_a_taken_port_is_told_before_anything_is_started(
    environment: Environment, taken: int, new_dir: Path
) -> None:
    done = run(environment | {"PORT": str(taken)}, "serve")
    assert_one_line(done, 1, f"Port {taken} of 127.0.0.1 is taken. ", "set PORT to another one")
    assert not (new_dir).exists()


def test_an_address_that_is_not_ours_is_told(environment: Environment) -> None:
    done = run(environment | {"HOST": "192.0.2.1"}, "serve")
    assert_one_line(done, 1, "of 192.0.2.1 is not on this machine. Unset HOST")


def test_an_unreachable_database_is_told_without_its_password(environment: Environment) -> None:
    url = f"postgresql://app:hunter2@{NOBODY_LISTENS}/imprimatur"
    done = run(environment | {"DATABASE_URL": url, "REDIS_URL": "redis://x"}, "serve")
    assert_one_line(done, 1, "app:***@127.0.0.1:1/imprimatur cannot be used:", "Start it, correct")
    assert "hunter2" not in done.stderr


async def test_an_unreachable_redis_is_told(migrated: Environment) -> None:
    done = run(migrated | {"REDIS_URL": f"redis://{NOBODY_LISTENS}"}, "serve")
    assert_one_line(done, 1, "Redis cannot be reached:", "correct REDIS_URL")


def test_the_schema_is_printed_as_it_is_served(environment: Environment) -> None:
    done = run(environment, "schema")
    assert done.returncode == 0
    assert "type Query {" in done.stdout


def test_the_configuration_is_printed_as_it_is_documented(environment: Environment) -> None:
    done = run(environment, "configuration")
    assert done.stdout == (CHECKOUT / "docs" / "configuration.md").read_text()


async def test_the_doctor_says_what_to_do_and_migrate_does_it(empty: Environment) -> None:
    before = run(empty, "doctor")
    assert before.returncode == 1
    assert "imprimatur migrate" in before.stdout
    assert run(empty, "migrate").returncode == 0
    after = run(empty, "doctor")
    assert (after.returncode, after.stdout.count("✓")) == (0, 7)


async def test_the_doctor_examines_everything_even_when_something_is_wrong(
    migrated: Environment,
) -> None:
    done = run(migrated | {"REDIS_URL": f"redis://{NOBODY_LISTENS}"}, "doctor")
    assert done.returncode == 1
    assert (done.stdout.count("✓"), done.stdout.count("✗")) == (6, 1)


async def test_an_administrator_is_made_once_and_keeps_the_password(migrated: Environment) -> None:
    arguments = ["create-admin", "--email", "Root@Example.com", "--password", "correct horse"]
    assert run(migrated, *arguments).returncode == 0
    async with connected(migrated["DATABASE_URL"]) as connection:
        made = await connection.fetch("SELECT email, platform_role, password_hash FROM users")
        assert [user["platform_role"] for user in made] == ["ADMIN"]
        assert run(migrated, *arguments[:-1], "another horse").returncode == 0
        kept = await connection.fetch("SELECT email, platform_role, password_hash FROM users")
        assert kept == made


async def test_an_administrator_needs_a_good_password(migrated: Environment) -> None:
    done = run(migrated, "create-admin", "--email", "root@example.com", "--password", "short")
    assert_one_line(done, 1, "That password will not do. Use at least 10 characters.")
    async with connected(migrated["DATABASE_URL"]) as connection:
        assert await connection.fetchval("SELECT count(*) FROM users") == 0


async def test_the_demonstration_is_seeded_once(migrated: Environment) -> None:
    first, second = run(migrated, "seed"), run(migrated, "seed")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout == second.stdout
    for role in ("ADMIN", "MANAGER", "EDITOR", "APPROVER", "VIEWER"):
        assert role in first.stdout


def test_a_request_to_terminate_ends_the_server_cleanly(empty: Environment) -> None:
    with Serving(empty) as serving:
        assert httpx.get(f"{serving.address}/health").status_code == 200
        assert serving.told(signal.SIGTERM) == 0


def test_a_stop_ends_the_engines_that_the_start_began(
    environment: Environment, new_dir: Path
) -> None:
    with Serving(environment) as serving:
        assert len(running(new_dir)) > 1
        assert serving.told(signal.SIGINT) == 0
        assert running(new_dir) == []
