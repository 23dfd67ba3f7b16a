"""What a mail is made of: the template's three parts, and the parts it renders to."""

from dataclasses import dataclass
from enum import StrEnum


class BodyKind(StrEnum):
    """The language a template's body is written in, before Liquid is expanded."""

    MJML = "MJML"
    HTML = "HTML"


@dataclass(frozen=True, slots=True)
class Source:
    """A template's parts, each with Liquid in it; without `text` the HTML is read out as text."""

    kind: BodyKind
    subject: str
    body: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A mail as it would be sent: a subject of one line, HTML with its styles inlined, and text."""

    subject: str
    html: str
    text: str
