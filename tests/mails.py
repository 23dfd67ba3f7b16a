"""The real mails that demonstrations and tests share, read from where they are kept."""

import json
from dataclasses import dataclass
from pathlib import Path

from domain.content import BodyKind, Source
from domain.values import JsonValue
from domain.variables import Variable, VariableType, resolve

MAILS = Path(__file__).resolve().parents[1] / "server" / "seeding" / "mails"
NAMES = sorted(folder.name for folder in MAILS.iterdir())


@dataclass(frozen=True, slots=True)
class Mail:
    """A template with its variables and example values."""

    source: Source
    variables: list[Variable]
    values: dict[str, JsonValue]

    @property
    def names(self) -> set[str]:
        return {variable.name for variable in self.variables}

    def resolved(self, **changes: JsonValue) -> dict[str, JsonValue]:
        values, problems = resolve(self.variables, {**self.values, **changes})
        assert problems == []
        return values


def mail(name: str) -> Mail:
    folder = MAILS / name
    declared = json.loads((folder / "variables.json").read_text("utf-8"))
    variables = [
        Variable(**{**each, "type": VariableType(each["type"])}) for each in declared["variables"]
    ]
    return Mail(_source(folder), variables, declared["values"])


def _source(folder: Path) -> Source:
    body = next(folder.glob("body.*"))
    text = folder / "text.liquid"
    return Source(
        BodyKind(body.suffix[1:].upper()),
        (folder / "subject.liquid").read_text("utf-8"),
        body.read_text("utf-8"),
        text.read_text("utf-8") if text.exists() else None,
    )
