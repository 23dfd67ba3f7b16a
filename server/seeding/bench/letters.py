"""Mails put together from copy: what one is about, and its content version after version."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from string import Template as Pattern

from domain.content import BodyKind, Source
from domain.variables import Variable
from server.seeding.bench import words
from server.seeding.bench.draws import chance
from server.seeding.bench.people import Staff

_LIQUID = re.compile(r"\{[{%](.*?)[%}]\}")
_WORD = re.compile(r"\w+")
_SEASONS = ("winter", "spring", "summer", "autumn")


@dataclass(frozen=True, slots=True)
class Letter:
    """What stays the same through all versions of a template."""

    kind: words.MailKind
    body: BodyKind
    look: Mapping[str, str]
    sender: str
    name: str
    description: str
    tags: list[str]
    has_text: bool
    strict: bool

    @property
    def metadata(self) -> dict[str, str]:
        campaign = f"{self.look['season']}-{self.look['year']}"
        return {"campaign": campaign, "office": self.look["place"], "language": "en"}


def conceive(rng: Random, staff: Staff, at: datetime) -> Letter:
    """A mail that somebody in the organisation might begin to write at that time."""
    kind = rng.choice(words.kinds())
    look = _look(rng, staff, at)
    return Letter(
        kind=kind,
        body=rng.choices((BodyKind.MJML, BodyKind.HTML), (3, 1))[0],
        look=look,
        sender=staff.name,
        name=_one(rng, kind.names, look),
        description=_one(rng, kind.descriptions, look),
        tags=rng.sample(kind.tags, rng.randint(1, 3)),
        has_text=chance(rng, 0.3),
        strict=chance(rng, 0.4),
    )


def _look(rng: Random, staff: Staff, at: datetime) -> dict[str, str]:
    pages = words.pages()
    return {
        "season": _SEASONS[at.month % 12 // 3],
        "month": f"{at:%B}",
        "year": f"{at.year}",
        "place": rng.choice(pages.places),
        "audience": rng.choice(pages.audiences),
        "font": rng.choice(pages.fonts),
        "accent": rng.choice(pages.accents),
        "paper": rng.choice(pages.papers),
        "domain": f"{staff.slug}.example",
        "sender": html.escape(staff.name),
        "address": html.escape(staff.address),
    }


def _fill(pattern: str, values: Mapping[str, str]) -> str:
    return Pattern(pattern).substitute(values)


def _one(rng: Random, patterns: list[str], values: Mapping[str, str]) -> str:
    filled = _fill(rng.choice(patterns), values)
    return filled[0].upper() + filled[1:]


def compose(rng: Random, letter: Letter) -> tuple[Source, list[Variable]]:
    """One way to write it, and the variables that it uses."""
    kind, look = letter.kind, letter.look
    subject = _one(rng, kind.subjects, look)
    opening, *others = (_fill(paragraph, look) for paragraph in kind.paragraphs)
    middle = rng.sample(others, rng.randint(1, len(others)))
    parts = {
        **look,
        "headline": _one(rng, kind.headlines, look),
        "preview": subject,
        "first": opening,
        "button": rng.choice(kind.buttons),
        "target": kind.target,
        "closing": _one(rng, kind.closings, look),
        "footer": _footer(kind, look),
    }
    body = _body(letter.body, [opening, rng.choice(kind.lists), *middle], parts)
    text = _text({**parts, "sender": letter.sender}) if letter.has_text else None
    source = Source(letter.body, subject, body, text)
    return source, _variables(source, strict=letter.strict)


def _footer(kind: words.MailKind, look: Mapping[str, str]) -> str:
    purpose = "transactional" if "transactional" in kind.tags else "subscribed"
    return _fill(words.pages().footers[purpose], look)


def _body(kind: BodyKind, paragraphs: list[str], parts: Mapping[str, str]) -> str:
    pages = words.pages()
    patterns = pages.MJML if kind is BodyKind.MJML else pages.HTML
    wrapped = (_fill(patterns["paragraph"], {"words": paragraph}) for paragraph in paragraphs)
    return _fill(patterns["page"], {**parts, "paragraphs": "\n".join(wrapped)})


def _text(parts: Mapping[str, str]) -> str:
    return _fill(words.pages().TEXT["page"], parts)


def _variables(source: Source, *, strict: bool) -> list[Variable]:
    whole = "\n".join((source.subject, source.body, source.text or ""))
    used = {word for liquid in _LIQUID.findall(whole) for word in _WORD.findall(liquid)}
    known = words.variables()
    return [_declared(known[name], strict=strict) for name in known if name in used]


def _declared(variable: Variable, *, strict: bool) -> Variable:
    if not strict or variable.required:
        return variable
    return Variable(variable.name, variable.type, required=True, description=variable.description)
