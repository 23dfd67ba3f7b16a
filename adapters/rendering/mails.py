"""One mail from one template: Liquid, then MJML, then inlined styles, then plain text."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from textwrap import dedent
from types import MappingProxyType
from typing import Final

import css_inline
import mjml
from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from adapters.rendering.expansion import dialect_of, expand, mistakes
from adapters.rendering.markup import faults
from adapters.rendering.masking import variants
from adapters.rendering.places import place
from domain.content import BodyKind, Rendered, Source
from domain.errors import Invalid, Problem
from domain.values import JsonValue, control_character

MAX_SUBJECT: Final = 1_000
MAX_BODY: Final = 500_000
MAX_TEXT: Final = 200_000
MAX_HTML: Final = 5_000_000

Stage = Callable[[str], None]
"""Told the part that is worked on next, so that a death can be blamed on it."""

Snippets = Mapping[str, str]
"""The partials that a template may render, by name."""

NONE: Final[Snippets] = MappingProxyType({})

_BREAKS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_NATIVE_PLACE: Final = re.compile(r" in root template(?: at position (\d+):\d+)?")

_inliner: Final = css_inline.CSSInliner(
    keep_style_tags=True,
    keep_at_rules=True,
    remove_inlined_selectors=True,
    load_remote_stylesheets=False,
)
_reading: Final = ParserConfig(display_links=True)


def check(
    source: Source, declared: Collection[str], stage: Stage, snippets: Snippets = NONE
) -> list[Problem]:
    """What is wrong with a template whatever its values are; empty where nothing is."""
    problems: list[Problem] = []
    for part, text in _parts(source):
        stage(part)
        dialect = dialect_of(part, snippets)
        problems += _size(part, text) or mistakes(part, text, dialect, declared)
    if not any(problem.path == ("body",) for problem in problems):
        stage("body")
        problems += _markup(source)
    return problems


def check_snippet(body: str, stage: Stage) -> list[Problem]:
    """What is wrong with a snippet wherever it is rendered; the markup is checked there."""
    stage("body")
    return mistakes("body", body, dialect_of("body", NONE), None)


def render(
    source: Source,
    values: Mapping[str, JsonValue],
    stage: Stage,
    snippets: Snippets = NONE,
) -> Rendered:
    """The mail for these values; raises `Invalid` with the place of what prevents it."""
    _refuse(problem for part, text in _parts(source) for problem in _size(part, text))
    stage("subject")
    subject = _one_line(_expanded("subject", source.subject, values, snippets))
    stage("body")
    html = _html(source.kind, _expanded("body", source.body, values, snippets))
    stage("text")
    if source.text is None:
        return Rendered(subject, html, _read_out(html))
    return Rendered(subject, html, _tidy(_expanded("text", source.text, values, snippets)))


def _parts(source: Source) -> list[tuple[str, str]]:
    text = [] if source.text is None else [("text", source.text)]
    return [("subject", source.subject), ("body", source.body), *text]


def _size(part: str, text: str) -> list[Problem]:
    most = {"subject": MAX_SUBJECT, "body": MAX_BODY, "text": MAX_TEXT}[part]
    if len(text) > most:
        return [Problem((part,), f"has {len(text):,} characters: shorten it to {most:,}")]
    if part == "body" and not text.strip():
        return [Problem((part,), "is empty: write what the mail says")]
    return []


def _markup(source: Source) -> list[Problem]:
    """Faults that the markup has whichever branches of the Liquid are taken."""
    found = [faults(variant, source.kind) for variant in variants(source.body)]
    if not found[0] or not (found[1] or found[2]):
        return []
    return [
        Problem(("body",), f"{place(source.body, fault.index)}: {fault.message}")
        for fault in found[1] or found[2]
    ]


def _expanded(part: str, text: str, values: Mapping[str, JsonValue], snippets: Snippets) -> str:
    result = expand(part, text, dialect_of(part, snippets), values)
    if isinstance(result, Problem):
        raise Invalid([result])
    if complaint := control_character(result):
        raise Invalid.at(part, message=f"after Liquid, it {complaint}")
    return result


def _one_line(subject: str) -> str:
    """Without line ends and control characters, so that no value adds a header."""
    line = _BREAKS.sub(" ", subject).strip()
    if len(line) > MAX_SUBJECT:
        message = f"becomes {len(line):,} characters long: shorten it to {MAX_SUBJECT:,}"
        raise Invalid.at("subject", message=message)
    return line


def _html(kind: BodyKind, body: str) -> str:
    _refuse(
        Problem(("body",), f"after Liquid, {place(body, fault.index)}: {fault.message}")
        for fault in faults(body, kind)
    )
    return _inlined(_compiled(body) if kind is BodyKind.MJML else body)


def _compiled(body: str) -> str:
    try:
        # Of itself, MJML has mails load their fonts from a third party; `mj-font` still can.
        return str(mjml.mjml2html(body, fonts={}))
    except ValueError as error:
        raise Invalid.at("body", message=_native_complaint(str(error), body)) from error


def _native_complaint(complaint: str, body: str) -> str:
    """The renderer's own words; its positions are bytes in the expanded body."""
    at = _NATIVE_PLACE.search(complaint)
    words = _NATIVE_PLACE.sub("", complaint)
    if at is None or at[1] is None:
        return f"MJML: {words}: correct the markup"
    before = body.encode()[: int(at[1])].decode(errors="ignore")
    return f"after Liquid, {place(body, len(before))}: MJML: {words}: correct the markup"


def _inlined(html: str) -> str:
    _small_enough(html)
    try:
        inlined = str(_inliner.inline(html))
    except css_inline.InlineError as error:
        raise Invalid.at("body", message=f"its styles: {error}: correct the CSS") from error
    _small_enough(inlined)
    return inlined


def _small_enough(html: str) -> None:
    if len(html) > MAX_HTML:
        message = f"becomes {len(html):,} characters of HTML, of {MAX_HTML:,} at most: shorten it"
        raise Invalid.at("body", message=message)


def _read_out(html: str) -> str:
    paragraphs = _tidy(get_text(html, _reading)).split("\n\n")
    return "\n\n".join(dedent(paragraph) for paragraph in paragraphs)


def _tidy(text: str) -> str:
    """With LF line ends, no spaces at their ends, and one blank line at most between others."""
    if len(text) > MAX_HTML:
        raise Invalid.at("text", message=f"becomes longer than {MAX_HTML:,} characters: shorten it")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip() + "\n"


def _refuse(problems: Iterable[Problem]) -> None:
    if found := list(problems):
        raise Invalid(found)
