"""What MJML and HTML allow, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID: Final = _words("area base br col embed hr img input link meta source track wbr")
"""HTML elements that have no content and no end tag."""

UNWANTED: Final = _words(
    "applet embed frameset iframe listing math noembed noframes object plaintext script select svg "
    "template textarea xmp"
)
"""HTML elements that mail clients drop or refuse; several change how the markup in them is read."""

_CONTENT: Final = _words(
    "mj-accordion mj-button mj-carousel mj-divider mj-image mj-navbar mj-raw mj-social "
    "mj-spacer mj-table mj-text"
)

MJML_CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": _words("mj-attributes mj-breakpoint mj-font mj-preview mj-raw mj-style mj-title"),
    "mj-body": frozenset({"mj-section", "mj-wrapper", "mj-hero", "mj-raw"}),
    "mj-wrapper": frozenset({"mj-section", "mj-hero", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-group", "mj-raw"}),
    "mj-group": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _CONTENT,
    "mj-hero": _CONTENT,
    "mj-accordion": frozenset({"mj-accordion-element", "mj-raw"}),
    "mj-accordion-element": frozenset({"mj-accordion-title", "mj-accordion-text", "mj-raw"}),
    "mj-carousel": frozenset({"mj-carousel-image"}),
    "mj-navbar": frozenset({"mj-navbar-link", "mj-raw"}),
    "mj-social": frozenset({"mj-social-element", "mj-raw"}),
}
"""Which components stand in which, after the documentation of MJML 4."""

MJML_HTML: Final = _words(
    "mj-accordion-text mj-accordion-title mj-button mj-navbar-link mj-raw mj-social-element "
    "mj-table mj-text"
)
"""Components whose content is HTML."""

MJML_TEXT: Final = frozenset({"mj-preview", "mj-style", "mj-title"})
"""Components whose content is text without any tag."""

_EMPTY: Final = _words("mj-breakpoint mj-carousel-image mj-divider mj-font mj-image mj-spacer")
_DEFAULTS: Final = frozenset({"mj-all", "mj-class"})

MJML_TAGS: Final = (
    frozenset(MJML_CHILDREN) | MJML_HTML | MJML_TEXT | _EMPTY | _DEFAULTS | {"mj-attributes"}
)

_BLOCKS: Final = _words(
    "address article aside blockquote center div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr main nav ol p pre section table ul"
)
_ROW: Final = frozenset({"td", "th", "tr"})
_TABLE_PART: Final = _ROW | {"tbody", "thead", "tfoot", "colgroup", "caption"}


@dataclass(frozen=True, slots=True)
class Grammar:
    """How tags nest in one language."""

    xml: bool
    """Names in exact case, attributes quoted, every element closed."""
    ends: Mapping[str, frozenset[str]]
    """The open elements that a start tag ends without their end tags."""
    may_stay_open: frozenset[str]
    """Elements whose end tag may be left out."""
    raw_text: frozenset[str]
    """Elements whose content is not markup."""


MJML: Final = Grammar(xml=True, ends={}, may_stay_open=frozenset(), raw_text=frozenset())

HTML: Final = Grammar(
    xml=False,
    ends={
        **dict.fromkeys(_BLOCKS, frozenset({"p"})),
        "li": frozenset({"li", "p"}),
        "dt": frozenset({"dt", "dd", "p"}),
        "dd": frozenset({"dt", "dd", "p"}),
        "td": frozenset({"td", "th", "p"}),
        "th": frozenset({"td", "th", "p"}),
        "tr": _ROW | {"p", "colgroup", "caption"},
        "tbody": _TABLE_PART | {"p"},
        "thead": _TABLE_PART | {"p"},
        "tfoot": _TABLE_PART | {"p"},
        "option": frozenset({"option"}),
        "optgroup": frozenset({"option", "optgroup"}),
        "body": frozenset({"head"}),
    },
    may_stay_open=_words(
        "html head body p li dt dd option optgroup rt rp colgroup caption "
        "thead tbody tfoot tr td th"
    ),
    raw_text=frozenset({"script", "style", "title"}),
)
"""HTML as browsers read it, after the WHATWG's rules for optional tags."""
