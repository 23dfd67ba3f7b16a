"""The image and the composition of services, as far as they can be told without an engine."""

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from server import health
from server.settings import NEEDED_IN_PRODUCTION, Settings

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = {name.upper() for name in Settings.model_fields}
THEIRS = {
    "builder": {"PATH", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_NO_CACHE_DIR"},
    "": {"PATH", "PYTHONDONTWRITEBYTECODE"},
    "postgres": {"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"},
    "valkey": set[str](),
    "mail": {"MP_DATABASE"},
}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile, in the stage of that name; the last one has none."""

    stage: str
    name: str
    rest: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.rest)


def _instructions() -> Iterator[Instruction]:
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    stage = ""
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        name, _, rest = line.partition(" ")
        if name == "FROM":
            stage = rest.partition(" AS ")[2]
        if name:
            yield Instruction(stage, name, rest)


INSTRUCTIONS = list(_instructions())


def _all(name: str, stage: str | None = None) -> list[Instruction]:
    return [
        each
        for each in INSTRUCTIONS
        if each.name == name and (stage is None or each.stage == stage)
    ]


def _copied() -> list[str]:
    """What is copied from the checkout."""
    words = [each.words for each in _all("COPY") if not each.rest.startswith("--from=")]
    return [source for sources in words for source in sources[:-1]]


def _is_ignored(path: str) -> bool:
    """As Docker decides: the last pattern that matches the path or a folder above it."""
    ignored = False
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for line in lines:
        pattern = line.removeprefix("!").removeprefix("**/")
        above = [path, *map(str, PurePosixPath(path).parents)]
        if any(fnmatch(each, pattern) and each != "." for each in above):
            ignored = not line.startswith("!")
    return ignored


def _variables() -> list[tuple[str, str]]:
    return [(each.stage, word.partition("=")[0]) for each in _all("ENV") for word in each.words]


def test_the_dockerfile_has_nothing_that_hadolint_objects_to() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    command = [str(hadolint), "--no-color", str(ROOT / "Dockerfile")]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (found.stdout, found.stderr, found.returncode) == ("", "", 0)


@pytest.mark.parametrize("path", _copied())
def test_what_is_copied_exists_and_reaches_the_engine(path: str) -> None:
    assert (ROOT / path).exists()
    assert not _is_ignored(path)


@pytest.mark.parametrize(
    "path", [".data", ".env", ".git", "tests", "web/node_modules", "compose.yaml"]
)
def test_what_the_image_is_not_made_of_stays_outside(path: str) -> None:
    assert _is_ignored(path)
    assert not _is_ignored("server/seeding/mails/password-reset/body.html")
    assert not _is_ignored("domain/common_passwords.txt")


def test_every_room_is_in_the_image() -> None:
    rooms = PROJECT["tool"]["importlinter"]["root_packages"]
    assert set(rooms) <= set(_copied())


def test_the_image_runs_what_make_run_installs() -> None:
    [lock, project] = [each.rest for each in _all("RUN", "builder") if "pip install" in each.rest]
    assert lock == "pip install --require-hashes -r requirements.lock"
    assert "--no-deps --no-build-isolation --editable ." in project
    assert PROJECT["project"]["scripts"] == {"imprimatur": "server.cli:app"}
    assert [each.rest for each in _all("ENTRYPOINT")] == ['["imprimatur"]']
    assert [each.rest for each in _all("CMD")] == ['["serve"]']


def test_the_lock_has_what_the_build_needs() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for name in PROJECT["build-system"]["requires"]:
        assert re.search(rf"^{name}==", lock, re.MULTILINE), "run make lock"


def test_every_variable_of_the_image_is_a_setting() -> None:
    for stage, name in _variables():
        assert name in (OURS if stage == "" else set()) | THEIRS[stage]
    assert {("", "ENVIRONMENT"), ("", "HOST"), ("", "DATA_DIR")} <= set(_variables())


def test_base_images_have_a_tag_and_the_python_of_the_project() -> None:
    bases = [each.words[0] for each in _all("FROM")]
    tags = [base.partition(":")[2] for base in bases]
    assert all(re.match(r"\d+(\.\d+)?-", tag) for tag in tags), bases
    pythons = {base.partition(":")[2].partition("-")[0] for base in bases if "python" in base}
    assert pythons == {PROJECT["project"]["requires-python"].removeprefix(">=")}
    assert bases[-1].endswith("-slim-bookworm")


def test_the_last_stage_neither_installs_nor_runs_as_root() -> None:
    runs = [each.rest for each in _all("RUN", "")]
    assert not any(word in run for run in runs for word in ("apt", "pip", "npm", "gcc"))
    [user] = _all("USER", "")
    number = user.rest.partition(":")[0]
    assert int(number) > 0
    assert any(f"--uid {number} " in run for run in runs)
    data = next(word for each in _all("ENV", "") for word in each.words if "DATA_DIR" in word)
    [volume] = _all("VOLUME", "")
    assert data == f"DATA_DIR={volume.rest}"


def test_the_image_asks_for_a_path_that_is_served_on_the_port_it_exposes() -> None:
    [check] = _all("HEALTHCHECK", "")
    [port] = _all("EXPOSE", "")
    served = [route.path for route in health.ROUTES]
    assert "/health/live" in served
    assert "/health/live" in check.rest
    assert port.rest == str(Settings.model_fields["port"].default)
    assert f"'{port.rest}'" in check.rest


def test_the_program_of_the_health_check_is_python() -> None:
    [check] = _all("HEALTHCHECK", "")
    words = yaml.safe_load(check.rest.partition("CMD ")[2])
    assert words[:2] == ["python", "-c"]
    compile(words[2], "health check", "exec")


@pytest.mark.parametrize("name", SERVICES)
def test_every_variable_of_a_service_is_known(name: str) -> None:
    known = OURS if name in {"api", "worker"} else THEIRS[name]
    assert SERVICES[name].get("environment", {}).keys() <= known


def test_production_gets_all_that_it_needs() -> None:
    needed = {name.upper() for name in NEEDED_IN_PRODUCTION}
    assert needed <= SERVICES["api"]["environment"].keys()


def test_services_refer_to_services_and_volumes_that_there_are() -> None:
    for service in SERVICES.values():
        for other, how in service.get("depends_on", {}).items():
            assert how == {"condition": "service_healthy"}
            assert "healthcheck" in SERVICES[other]
        named = {volume.partition(":")[0] for volume in service.get("volumes", [])}
        assert named <= COMPOSE["volumes"].keys()
    for name in ("DATABASE_URL", "REDIS_URL"):
        url = SERVICES["api"]["environment"][name]
        assert re.search(r"[@/](\w+):\d+/", url)[1] in SERVICES["api"]["depends_on"]  # type: ignore[index] # no match fails as well


def test_the_api_writes_only_where_a_volume_or_memory_is() -> None:
    [volume] = _all("VOLUME", "")
    assert SERVICES["api"]["volumes"] == [f"data:{volume.rest}"]
    assert SERVICES["api"]["read_only"]


def test_images_are_pinned_and_no_secret_is_committed() -> None:
    for name, service in SERVICES.items():
        assert re.search(r":v?\d+\.?\d*[\w.-]*$", service["image"]), name
        for variable, value in service.get("environment", {}).items():
            if re.search(r"SECRET|PASSWORD|PRIVATE_KEY|DATABASE_URL", variable):
                assert re.search(r"\$\{[A-Z_]+:\?", value), variable


def test_the_image_is_tagged_with_the_version_of_the_project() -> None:
    assert SERVICES["api"]["image"] == f"imprimatur:{PROJECT['project']['version']}"


def test_ports_are_opened_to_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not SERVICES["postgres"].get("ports")
