"""What is said in mails to people who use the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_STYLE = "font-family:sans-serif;max-width:36em;line-height:1.5"


@dataclass(frozen=True, slots=True)
class Said:
    """One notification as a mail tells it; without a link where there is nowhere to go."""

    organization: str
    title: str
    body: str
    link: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail's subject, and what it says, as plain text and as HTML."""

    subject: str
    text: str
    html: str


def letter(said: Said) -> Letter:
    """A mail of one notification."""
    return Letter(said.title, f"{_text(said)}\n", _page(_html(said)))


def notice(subject: str, *paragraphs: str, link: str | None = None) -> Letter:
    """A mail that concerns an account itself."""
    text = "\n\n".join(part for part in (*paragraphs, link) if part)
    html = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    if link is not None:
        html += f'<p><a href="{escape(link)}">{escape(link)}</a></p>'
    return Letter(subject, f"{text}\n", _page(html))


def digest(all_said: Sequence[Said]) -> Letter:
    """A mail of everything that gathered, an organisation after the other."""
    places = dict.fromkeys(said.organization for said in all_said)
    count = len(all_said)
    subject = all_said[0].title if count == 1 else f"{count} things happened while you were away"
    groups = [(place, [s for s in all_said if s.organization == place]) for place in places]
    text = "\n\n".join(
        "\n\n".join([f"== {place} ==", *(_text(said) for said in group)]) for place, group in groups
    )
    html = "".join(
        f"<h2>{escape(place)}</h2>" + "".join(map(_html, group)) for place, group in groups
    )
    return Letter(subject, f"{text}\n", _page(html))


def _text(said: Said) -> str:
    return "\n\n".join(part for part in (said.title, said.body, said.link) if part)


def _html(said: Said) -> str:
    title = escape(said.title)
    if said.link is not None:
        title = f'<a href="{escape(said.link)}">{title}</a>'
    body = "".join(f"<p>{escape(part)}</p>" for part in said.body.split("\n") if part)
    return f"<h3>{title}</h3>{body}"


def _page(content: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"></head>'
        f'<body style="{_STYLE}">{content}</body></html>'
    )
