"""Splits markup into tags and text in one linear pass, exactly as the renderers do.

Where a renderer could read a tag in another way than this pass does, the tag is a fault. So
nobody can hide ten thousand nested elements in what looks like one attribute or one comment.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final, NamedTuple

from adapters.rendering.grammar import VOID, Grammar

# Only single characters repeat possessively: Python before 3.11.5 matches groups that do wrongly.
# Each alternative begins with a character of its own, so that backtracking stays linear.
_NAME: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:._-]*+)")
_HTML_ATTRIBUTES: Final = re.compile(
    r"""(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s"'=<>`]++))?)*\s*+(/?)>"""
)
_XML_ATTRIBUTES: Final = re.compile(
    r"""(?:\s++[^\s"'<>/=]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'))?)*\s*+(/?)>"""
)
_HTML_COMMENT: Final = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL)
_XML_COMMENT: Final = re.compile(r"<!--(?!-?>)([^-]*+(?:-[^-]++)*)-->")
_CONDITION: Final = re.compile(r"<!--\[if [^\]<>]*+\]>(?:<!-->)?|(?:<!--\s?)?<!\[endif\]-->")


class Kind(Enum):
    """What was read."""

    OPEN = auto()
    CLOSE = auto()
    EMPTY = auto()
    TEXT = auto()
    FAULT = auto()


class Token(NamedTuple):
    """A piece of markup; `name` is a tag's name, a text's characters or a fault's message."""

    kind: Kind
    name: str
    start: int
    end: int


def tokens(text: str, grammar: Grammar) -> Iterator[Token]:
    """The tags and texts in order; ends with the first fault, for nothing after it is certain."""
    position = 0
    while (start := text.find("<", position)) != -1:
        if start > position and not (between := text[position:start]).isspace():
            yield Token(Kind.TEXT, between, position, start)
        token = _token(text, start, grammar)
        yield token
        if token.kind is Kind.FAULT:
            return
        position = token.end
        if token.kind is Kind.OPEN and token.name in grammar.raw_text:
            position = _end_of_raw_text(text, token)
    if position < len(text):
        yield Token(Kind.TEXT, text[position:], position, len(text))


def _token(text: str, start: int, grammar: Grammar) -> Token:
    if name := _NAME.match(text, start):
        return _tag(text, start, name, grammar)
    if text.startswith(("<!", "<?", "</"), start):
        return _declaration(text, start, grammar)
    if grammar.xml:
        return _fault(start, 'a lone "<" starts no tag: write &lt;')
    return Token(Kind.TEXT, "<", start, start + 1)


def _tag(text: str, start: int, name: re.Match[str], grammar: Grammar) -> Token:
    attributes = _XML_ATTRIBUTES if grammar.xml else _HTML_ATTRIBUTES
    rest = attributes.match(text, name.end())
    tag = name[2] if grammar.xml else name[2].lower()
    if rest is None:
        return _fault(start, _broken_tag(name[0], grammar))
    if name[1]:
        return Token(Kind.CLOSE, tag, start, rest.end())
    if tag in VOID or (rest[1] and tag.startswith("mj")):
        return Token(Kind.EMPTY, tag, start, rest.end())
    if rest[1]:
        return _fault(start, f"<{tag}/> does not close itself in a mail: write <{tag}></{tag}>")
    return Token(Kind.OPEN, tag, start, rest.end())


def _broken_tag(opening: str, grammar: Grammar) -> str:
    quoted = 'write attributes as name="value"' if grammar.xml else "close the quotes"
    return f'{opening} is not a complete tag: end it with ">" and {quoted}'


def _declaration(text: str, start: int, grammar: Grammar) -> Token:
    if grammar.xml:
        return _xml_declaration(text, start)
    if text.startswith("<!--", start):
        return _skip(
            _HTML_COMMENT.match(text, start), start, "the comment is never closed: add -->"
        )
    end = text.find(">", start)
    if end == -1:
        return _fault(start, 'the declaration is never closed: add ">"')
    return Token(Kind.TEXT, "", start, end + 1)


def _xml_declaration(text: str, start: int) -> Token:
    if condition := _CONDITION.match(text, start):
        return Token(Kind.TEXT, "", start, condition.end())
    if text.startswith("<!--", start):
        return _skip(
            _XML_COMMENT.match(text, start), start, "a comment ends with --> and has no -- before"
        )
    return _fault(start, "MJML has no declarations, CDATA or document types: remove it")


def _skip(match: re.Match[str] | None, start: int, complaint: str) -> Token:
    if match is None:
        return _fault(start, complaint)
    return Token(Kind.TEXT, "", start, match.end())


def _end_of_raw_text(text: str, token: Token) -> int:
    end = re.compile(rf"</{token.name}(?=[\s/>])", re.IGNORECASE).search(text, token.end)
    return end.start() if end else len(text)


def _fault(start: int, message: str) -> Token:
    return Token(Kind.FAULT, message, start, start + 1)
