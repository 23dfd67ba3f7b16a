"""What a mail is made of: a template's content in its parts, and the parts it renders to."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from domain.variables import Variable


class BodyKind(StrEnum):
    """The language a template's body is written in, before Liquid is expanded."""

    MJML = "MJML"
    HTML = "HTML"


class ContentPart(StrEnum):
    """The parts of a content that have a hash of their own."""

    SOURCE = "SOURCE"
    VARIABLES = "VARIABLES"
    LOCALES = "LOCALES"
    SNIPPETS = "SNIPPETS"
    ASSETS = "ASSETS"


class TextPart(StrEnum):
    """A text of a source, which has lines."""

    SUBJECT = "SUBJECT"
    BODY = "BODY"
    TEXT = "TEXT"


@dataclass(frozen=True, slots=True)
class Source:
    """A template's parts, each with Liquid in it; without `text` the HTML is read out as text."""

    kind: BodyKind
    subject: str
    body: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class LocaleVariant:
    """The source in another language, named by its BCP 47 tag; of the same kind and variables."""

    locale: str
    subject: str
    body: str
    text: str | None = None

    def source(self, kind: BodyKind) -> Source:
        return Source(kind, self.subject, self.body, self.text)


@dataclass(frozen=True, slots=True)
class PinnedSnippet:
    """A partial that the sources may render, with the very bytes that it had when it was pinned."""

    name: str
    body: str


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that decides which bytes are sent."""

    source: Source
    variables: Sequence[Variable]
    locales: Sequence[LocaleVariant] = ()
    snippets: Sequence[PinnedSnippet] = ()


Texts = Mapping[tuple[str | None, TextPart], str | None]
"""Every text of a content, by its locale (None for the main source) and part."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it would be sent: a subject of one line, HTML with its styles inlined, and text."""

    subject: str
    html: str
    text: str


def content_hash(content: Content) -> str:
    """SHA-256, in hexadecimal, that names everything that decides what is sent.

    It is the hash of the content's manifest: the canonical JSON of `part_hashes`. Content of a
    source and variables alone is named by the canonical JSON of these two instead, as it was before
    content had other parts: so the same content has the same hash for ever, and approvals and
    evidence that name it stay true. The two forms share no text, so no two contents share a hash.

    Canonical: UTF-8, keys sorted, no spaces (after RFC 8785).
    """
    if content.locales or content.snippets:
        return _hash(part_hashes(content))
    variables = [_variable(each) for each in content.variables]
    return _hash({**asdict(content.source), "variables": variables})


def part_hashes(content: Content) -> dict[str, str]:
    """SHA-256, in hexadecimal, of the canonical JSON of each part.

    Whole numbers are written as integers, so that a part has the same hash before and after it was
    stored. Variants and snippets count by their names, not by their order; a variant is read in the
    source's kind, so that it belongs to it. There are no assets: theirs is the hash of no items.
    """
    kind = content.source.kind.value
    locales = sorted(content.locales, key=lambda each: each.locale)
    snippets = sorted(content.snippets, key=lambda each: each.name)
    parts: dict[ContentPart, Any] = {
        ContentPart.SOURCE: asdict(content.source),
        ContentPart.VARIABLES: [_common(_variable(each)) for each in content.variables],
        ContentPart.LOCALES: [{**asdict(each), "kind": kind} for each in locales],
        ContentPart.SNIPPETS: [asdict(each) for each in snippets],
        ContentPart.ASSETS: [],
    }
    return {part.value: _hash(value) for part, value in parts.items()}


def changed_parts(before: Mapping[str, str], after: Mapping[str, str]) -> frozenset[ContentPart]:
    """The parts whose hashes differ; one whose hash is unknown counts as changed."""
    return frozenset(
        part for part in ContentPart if part not in before or before[part] != after.get(part)
    )


def texts_of(content: Content) -> Texts:
    sources: dict[str | None, Source] = {None: content.source}
    for variant in content.locales:
        sources[variant.locale] = variant.source(content.source.kind)
    return {
        (locale, part): text
        for locale, source in sources.items()
        for part, text in (
            (TextPart.SUBJECT, source.subject),
            (TextPart.BODY, source.body),
            (TextPart.TEXT, source.text),
        )
    }


def lines_of(text: str | None) -> list[str]:
    """The lines of a text; one that is not there has none."""
    return [] if text is None else text.split("\n")


def _variable(variable: Variable) -> dict[str, Any]:
    return {
        "name": variable.name,
        "type": variable.type.value,
        "required": variable.required,
        "default": variable.default,
        "description": variable.description,
    }


def _common(value: Any) -> Any:
    """A JSON value with every whole number as an integer, as the database may give it back."""
    if isinstance(value, dict):
        return {key: _common(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_common(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _hash(value: Any) -> str:
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
