"""The copy that mails, people and remarks are put together from, kept in `texts/`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from domain.variables import Variable, VariableType

_TEXTS = Path(__file__).parent / "texts"


@dataclass(frozen=True, slots=True)
class People:
    """Names of people and of organisations (slug, name, postal address)."""

    first_names: list[str]
    last_names: list[str]
    locales: list[str]
    timezones: list[str]
    bios: list[str]
    organizations: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Pages:
    """What a mail looks like; `$names` in `MJML`, `HTML` and `TEXT` are filled in."""

    places: list[str]
    audiences: list[str]
    fonts: list[str]
    accents: list[str]
    papers: list[str]
    footers: dict[str, str]
    MJML: dict[str, str]
    HTML: dict[str, str]
    TEXT: dict[str, str]


@dataclass(frozen=True, slots=True)
class MailKind:
    """A grammar of mails about one thing: each list holds ways to say the same."""

    category: str
    names: list[str]
    descriptions: list[str]
    subjects: list[str]
    headlines: list[str]
    paragraphs: list[str]
    lists: list[str]
    buttons: list[str]
    target: str
    closings: list[str]
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Remarks:
    """What colleagues say about a template, and approvers with their verdict."""

    openings: list[str]
    remarks: list[str]
    endings: list[str]
    approvals: list[str]
    requests: list[str]
    rejections: list[str]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text("utf-8"))


@cache
def people() -> People:
    return People(**_read(_TEXTS / "people.toml"))


@cache
def pages() -> Pages:
    return Pages(**_read(_TEXTS / "pages.toml"))


@cache
def remarks() -> Remarks:
    return Remarks(**_read(_TEXTS / "remarks.toml"))


@cache
def kinds() -> tuple[MailKind, ...]:
    return tuple(MailKind(**_read(path)) for path in sorted((_TEXTS / "mails").glob("*.toml")))


@cache
def variables() -> dict[str, Variable]:
    """Every variable that the copy uses, by name; one without a default is required."""
    found = _read(_TEXTS / "variables.toml").items()
    return {name: _variable(name, **declaration) for name, declaration in found}


def _variable(name: str, *, type: str, description: str, default: Any = None) -> Variable:
    return Variable(name, VariableType(type), default is None, default, description)
