"""What the documents say is so: examples, links, targets and commands."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from server.cli import app as command_line
from server.seeding.demo import seed_demo
from server.settings import Settings, load
from tests.engines import Engines, migrated_database
from tests.reader import reading, walk
from tests.tour import ROOT, blocks, prose

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
STANDARD = {6: [3, 12, 4, 4, 5, 3, 0, 4], 7: [3, 4, 2, 5, 2, 2], 8: [2, 3, 1, 1]}
"""How many requirements of levels 1 and 2 the sections of OWASP ASVS 5.0 have, by chapter."""

NAMES = [str(path.relative_to(ROOT)) for path in DOCUMENTS]


async def test_the_tour_of_the_api_answers_as_written(engines: Engines, settings: Settings) -> None:
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url, "worker": True})
        async with reading(own) as reader:
            await walk("docs/api.md", reader)
        assert {"letter", "approval", "cursor"} <= reader.known.keys()


async def test_the_first_query_of_the_readme_answers_as_written(
    engines: Engines, settings: Settings
) -> None:
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        await seed_demo(own)
        async with reading(own) as reader:
            await walk("README.md", reader)
    assert reader.known


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the command needs openssl")
def test_the_secrets_that_the_readme_makes_are_good_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [command] = [block.text for block in blocks(ROOT / "README.md") if block.role == "env"]
    told = """printf '%s\\0' "$SECRET_KEY" "$POSTGRES_PASSWORD" """
    script = f"{command}\n. ./.env\n{told}"
    done = subprocess.run(["sh", "-ec", script], cwd=tmp_path, check=True, capture_output=True)
    secret, password, _ = done.stdout.decode().split("\0")
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("SECRET_KEY", secret)
    monkeypatch.setenv("DATABASE_URL", f"postgresql://imprimatur:{password}@postgres/imprimatur")
    monkeypatch.setenv("REDIS_URL", "redis://valkey:6379/0")
    assert not load().is_development


def _links(document: Path) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if not target.startswith(("http:", "https:")):
            yield target


def _anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose(document), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    document = ROOT / name
    for link in _links(document):
        path, _, anchor = link.partition("#")
        target = document.parent / path if path else document
        assert target.exists(), link
        assert not anchor or anchor in _anchors(target), link


@pytest.mark.parametrize("name", NAMES)
def test_every_target_and_command_that_is_named_exists(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"^make ([a-z-]+)", text, re.MULTILINE)) <= targets
    commands = set(get_command(command_line).commands)  # type: ignore[attr-defined] # it is a group
    assert set(re.findall(r"`imprimatur ([a-z-]+)", text)) <= commands


@pytest.mark.parametrize("name", NAMES)
def test_every_path_that_is_named_exists(name: str) -> None:
    rooms = "domain|db|auth|events|engine|adapters|resolvers|schema|server|tests|docs|web"
    paths = re.findall(rf"`((?:{rooms})/[\w./-]*)`", prose(ROOT / name))
    made = {"web/dist/"}
    assert [path for path in paths if path not in made and not (ROOT / path).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    decisions = ROOT / "docs" / "decisions"
    index = decisions / "0001-the-shape.md"
    assert {path.name for path in decisions.glob("*.md")} <= {*_links(index), index.name}


def test_every_requirement_of_the_standard_is_judged() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    row = r"^\| (\d\.\d\.\d+) \| .+ \| (?:met|not applicable|missing) \| \S"
    assert re.findall(row, text, re.MULTILINE) == [
        f"{chapter}.{section}.{number}"
        for chapter, sections in STANDARD.items()
        for section, most in enumerate(sections, 1)
        for number in range(1, most + 1)
    ]
