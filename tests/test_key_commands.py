"""`imprimatur keys`: what an operator sees of the keys, and does about them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server import cli, key_commands
from server.cli import app
from server.settings import Settings
from server.signing_keys import UNOPENED
from tests.engines import Engines, migrated_database

FORMER, CURRENT = "f" * 32, "c" * 32


@pytest.fixture
async def commands(
    engines: Engines, new_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator["Commands"]:
    """An installation with a schema, in which no process was ever started."""
    async with migrated_database(engines) as url:
        for name in Settings.model_fields:
            monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.setenv("DATABASE_URL", url)
        monkeypatch.setenv("REDIS_URL", engines.redis_url)
        monkeypatch.setenv("DATA_DIR", str(new_dir))
        for console in (cli.out, key_commands.out):
            monkeypatch.setattr(console, "_width", 200)
        yield Commands(monkeypatch)


class Commands:
    """Commands of one operator, in this process: each starts an event loop of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, arguments)

    def done(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.exit_code == 0, done.output
        return done.stdout

    def statuses(self) -> dict[str, str]:
        """What the list says of each key."""
        lines = [line.split() for line in self.done("keys", "list").splitlines()[1:]]
        return {kid: status for kid, _, status, *_ in lines}

    @contextmanager
    def sealing_with(self, *keys: str) -> Iterator[None]:
        with self.monkeypatch.context() as patched:
            patched.setenv("ENCRYPTION_KEYS", ",".join(keys))
            yield


def test_keys_are_rotated_and_retired(commands: Commands) -> None:
    assert commands.statuses() == {}
    first = commands.done("keys", "rotate").split()[0]
    assert commands.statuses() == {first: "signs"}
    second = commands.done("keys", "rotate").split()[0]
    assert commands.statuses() == {first: "signs", second: "waits"}
    third = commands.done("keys", "rotate", "--now").split()[0]
    assert commands.statuses() == {first: "verifies", second: "waits", third: "signs"}
    assert "is retired" in commands.done("keys", "retire", third)
    statuses = commands.statuses()
    assert statuses.pop(third) == "retired"
    assert sorted(statuses.values()) == ["signs", "verifies", "waits"]
    unknown = commands("keys", "retire", third)
    assert unknown.exit_code == 1
    assert f"No key {third} is in force. Find its name with" in unknown.output


def test_the_doctor_tells_which_key_signs_and_when_none_can(commands: Commands) -> None:
    assert "none yet: the first process that starts makes one" in commands.done("doctor")
    with commands.sealing_with(FORMER):
        kid = commands.done("keys", "rotate").split()[0]
        assert f"{kid} signs" in commands.done("doctor")
    with commands.sealing_with(CURRENT):
        examined = commands("doctor")
        assert examined.exit_code == 1
        assert "another key has sealed them" in examined.output
        refused = commands("keys", "reseal")
        assert (refused.exit_code, UNOPENED in refused.output) == (1, True)
    with commands.sealing_with(CURRENT, FORMER):
        assert commands.done("keys", "reseal").startswith("1 sealed again")
    with commands.sealing_with(CURRENT):
        assert f"{kid} signs" in commands.done("doctor")
        assert commands.done("keys", "reseal").startswith("0 sealed again")
