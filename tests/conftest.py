"""Starts this run's engines once, in the process that hands out the tests."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import randbelow
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings

from tests.engines import Engines, migrated_database, running_engines
from tests.folders import folder_for_all, started

pytest_plugins = ["tests.spine", "tests.world", "tests.browser"]
# The same examples in every run: what passes here passes everywhere.
hypothesis_settings.register_profile("repeatable", derandomize=True, deadline=None)
hypothesis_settings.load_profile("repeatable")

ENGINES = pytest.StashKey[Engines]()


def _engines_of(config: pytest.Config) -> Engines:
    if ENGINES not in config.stash:
        running = ExitStack()
        config.add_cleanup(running.close)
        config.stash[ENGINES] = running.enter_context(running_engines())
    return config.stash[ENGINES]


def pytest_configure(config: pytest.Config) -> None:
    # The workers of a run inherit the seed of its random part.
    os.environ.setdefault("GENERATED_SEED", str(randbelow(2**32)))
    # A terminated run stops its engines too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    handed: dict[str, Any] = getattr(config, "workerinput", {})
    if "engines" in handed:
        config.stash[ENGINES] = Engines(**handed["engines"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"GENERATED_SEED={os.environ['GENERATED_SEED']}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["engines"] = _engines_of(node.config).as_dict()


@pytest.fixture(scope="session")
def engines(request: pytest.FixtureRequest) -> Engines:
    return _engines_of(request.config)


@pytest.fixture(scope="session")
async def database_url(engines: Engines) -> AsyncIterator[str]:
    """A database of the worker's own, migrated and empty."""
    async with migrated_database(engines) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url(engines: Engines, request: pytest.FixtureRequest) -> str:
    """A numbered database of the worker's own; channels are common to all workers."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return engines.bus(int(worker.removeprefix("gw")))


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """The data folder of a first start."""
    with folder_for_all() as folder:
        yield folder


@pytest.fixture(scope="session")
def stopped_dir() -> Iterator[Path]:
    """A data folder that has been used, to be copied."""
    with folder_for_all() as folder:
        with started(folder):
            pass
        yield folder


@pytest.fixture
def data_dir(new_dir: Path, stopped_dir: Path) -> Path:
    """The data folder of a later start."""
    subprocess.run(["cp", "-a", stopped_dir, new_dir], check=True)
    return new_dir
