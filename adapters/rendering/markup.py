"""Checks markup before a native renderer sees it: closed, known, not too deep, not too much."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from adapters.rendering import grammar as language
from adapters.rendering.grammar import Grammar
from adapters.rendering.places import place
from adapters.rendering.tags import Kind, Token, tokens
from domain.content import BodyKind

MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 10_000
MAX_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a character of a text."""

    index: int
    message: str


def faults(text: str, kind: BodyKind) -> list[Fault]:
    """What is wrong with a body, the first twenty faults at most; takes linear time."""
    reader = _Reader(text, language.MJML if kind is BodyKind.MJML else language.HTML)
    found: list[Fault] = []
    for fault in reader.read():
        found.append(fault)
        if len(found) == MAX_FAULTS:
            break
    return found


@dataclass(slots=True)
class _Reader:
    text: str
    grammar: Grammar
    open: list[Token] = field(default_factory=list)
    elements: int = 0
    complete: bool = False

    def read(self) -> Iterator[Fault]:
        for token in tokens(self.text, self.grammar):
            yield from self._fault(token)
            if token.kind is Kind.FAULT or self._too_much():
                yield from self._limits(token)
                return
        yield from self._left_open()
        if self.grammar.xml and not self.complete:
            yield Fault(0, "there is no <mjml> element: write <mjml><mj-body>…</mj-body></mjml>")

    def _fault(self, token: Token) -> Iterator[Fault]:
        match token.kind:
            case Kind.OPEN | Kind.EMPTY:
                yield from self._start(token)
            case Kind.CLOSE:
                yield from self._end(token)
            case Kind.TEXT:
                yield from self._characters(token)
            case Kind.FAULT:
                yield Fault(token.start, token.name)

    def _start(self, token: Token) -> Iterator[Fault]:
        self.elements += 1
        ended = self.grammar.ends.get(token.name, frozenset())
        while self.open and self.open[-1].name in ended:
            self.open.pop()
        if token.name.lower() in language.UNWANTED:
            yield Fault(token.start, f"<{token.name}> does not work in mails: remove it")
        if self.grammar.xml:
            yield from self._misplaced(token)
        if token.kind is Kind.OPEN:
            self.open.append(token)

    def _end(self, token: Token) -> Iterator[Fault]:
        names = [opened.name for opened in self.open]
        if token.name not in names:
            yield Fault(token.start, f"</{token.name}> closes nothing: remove it")
            return
        while self.open[-1].name != token.name:
            yield from self._unclosed(self.open.pop(), token)
        self.open.pop()

    def _unclosed(self, opened: Token, by: Token) -> Iterator[Fault]:
        if opened.name not in self.grammar.may_stay_open:
            yield Fault(
                by.start,
                f"</{by.name}> comes before the end of <{opened.name}> "
                f"({place(self.text, opened.start)}): add </{opened.name}>",
            )

    def _left_open(self) -> Iterator[Fault]:
        for opened in self.open:
            if opened.name not in self.grammar.may_stay_open:
                yield Fault(opened.start, f"<{opened.name}> is never closed: add </{opened.name}>")

    def _too_much(self) -> bool:
        return len(self.open) > MAX_DEPTH or self.elements > MAX_ELEMENTS

    def _limits(self, token: Token) -> Iterator[Fault]:
        if len(self.open) > MAX_DEPTH:
            yield Fault(
                token.start, f"elements are nested more than {MAX_DEPTH} deep: flatten them"
            )
        if self.elements > MAX_ELEMENTS:
            yield Fault(token.start, f"has more than {MAX_ELEMENTS:,} elements: shorten it")

    def _misplaced(self, token: Token) -> Iterator[Fault]:
        parents = [opened.name for opened in self.open]
        if not parents and not self.complete and token.name == "mjml":
            self.complete = True
        elif complaint := _complaint(token.name, parents):
            yield Fault(token.start, complaint)

    def _characters(self, token: Token) -> Iterator[Fault]:
        """Text is lost in MJML where only components may stand."""
        parent = self.open[-1].name if self.open else None
        if not self.grammar.xml or not token.name.strip():
            return
        if parent is None:
            yield Fault(self._first_character(token), "only <mjml> may stand here: remove the text")
        elif parent in language.MJML_TAGS - language.MJML_HTML - language.MJML_TEXT:
            yield Fault(
                self._first_character(token),
                f"text in <{parent}> would be lost: put it into <mj-text>",
            )

    def _first_character(self, token: Token) -> int:
        return token.start + len(token.name) - len(token.name.lstrip())


def _complaint(name: str, parents: list[str]) -> str | None:
    """Why a tag may not stand where it does in MJML."""
    if name == "mj-include":
        return "<mj-include> is not loaded: paste what it would include"
    if not parents:
        return f"<{name}> stands outside: everything is in one <mjml> element"
    if parents[-1] in language.MJML_TEXT:
        return f"<{name}> may not stand in <{parents[-1]}>, which holds text only: remove the tag"
    if not language.MJML_HTML.isdisjoint(parents):
        return _complaint_in_html(name, parents[-1])
    if name.startswith("mj") and name not in language.MJML_TAGS:
        return _unknown(name)
    return _complaint_in_component(name, parents[-1])


def _complaint_in_html(name: str, parent: str) -> str | None:
    if name in language.MJML_TAGS or name.startswith("mj-"):
        return f"<{name}> has no effect in <{parent}>, which holds HTML: move it out"
    return None


def _complaint_in_component(name: str, parent: str) -> str | None:
    if parent == "mj-attributes" and name in language.MJML_TAGS:
        return None
    if name in language.MJML_CHILDREN.get(parent, frozenset()):
        return None
    homes = sorted(home for home, children in language.MJML_CHILDREN.items() if name in children)
    belongs = " or ".join(f"<{home}>" for home in homes) or "<mj-text> or <mj-raw>"
    return f"<{name}> may not stand in <{parent}>: move it into {belongs}"


def _unknown(name: str) -> str:
    close = get_close_matches(name, language.MJML_TAGS, 1)
    cure = f"did you mean <{close[0]}>?" if close else "use a component of MJML 4"
    return f"<{name}> is not known to MJML: {cure}"
