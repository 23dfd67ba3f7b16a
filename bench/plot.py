"""The plot of a run, as SVG: a panel a question, a bar a server."""

from collections.abc import Iterator
from html import escape
from typing import Final

from bench.comparing import Comparison
from bench.contenders import CORE, OURS, TUTORIAL
from bench.measuring import Figures
from bench.queries import QUERIES

WIDTH: Final = 860
_LABELS: Final = 230
_BAR: Final = 16
_STEP: Final = 22
_TITLE: Final = 40
_GAP: Final = 18
_SPACE: Final = WIDTH - _LABELS - 110
"""The longest bar; a number stands behind it."""
_STYLE: Final = """
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 } .small { fill: #57606a }
  .ours { fill: #0550ae } .other { fill: #8c959f } .postgres { fill: #d0d7de }
"""


def svg(comparison: Comparison) -> str:
    """Bars of CPU time; those of the slowest leave the panel, their numbers stand all the same."""
    height = _TITLE + len(QUERIES) * _panel_height(comparison)
    panels = (
        _panel(comparison, query, _TITLE + index * _panel_height(comparison))
        for index, query in enumerate(QUERIES)
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>CPU milliseconds a request</title><style>{_STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            *_legend(),
            *(line for panel in panels for line in panel),
            "</svg>\n",
        ]
    )


def _panel_height(comparison: Comparison) -> int:
    return _TITLE + len(comparison.contenders) * _STEP + _GAP


def _legend() -> Iterator[str]:
    yield _text(12, 24, "CPU milliseconds a request; less is better", "title")
    for x, kind, words in (
        (WIDTH - 330, "ours", "server, ours"),
        (WIDTH - 220, "other", "server"),
        (WIDTH - 140, "postgres", "PostgreSQL for it"),
    ):
        yield _bar(x, 14, 12, kind)
        yield _text(x + 18, 24, words, "small")


def _panel(comparison: Comparison, query: str, top: int) -> Iterator[str]:
    found = comparison.figures[query]
    yield _text(12, top + 22, f"{query}: {QUERIES[query]}", "title")
    longest = max(each.total for name, each in found.items() if name not in {CORE, TUTORIAL})
    for index, (name, label) in enumerate(comparison.contenders.items()):
        y = top + _TITLE + index * _STEP
        yield _text(12, y + 12, label, "")
        yield from _cost(found[name], y, _SPACE / longest, "ours" if name == OURS else "other")


def _cost(figures: Figures, y: int, scale: float, kind: str) -> Iterator[str]:
    server = min(figures.server * scale, float(_SPACE))
    postgres = min(figures.postgres * scale, _SPACE - server)
    yield _bar(_LABELS, y, server, kind)
    yield _bar(_LABELS + server, y, postgres, "postgres")
    numbers = f"{figures.server:.2f} + {figures.postgres:.2f}"
    leaves = figures.total * scale > _SPACE + 1
    yield _text(_LABELS + server + postgres + 6, y + 12, f"{'→ ' * leaves}{numbers}", "small")


def _bar(x: float, y: int, width: float, kind: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_BAR}" class="{kind}"/>'


def _text(x: float, y: int, words: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y}" class="{kind}">{escape(words)}</text>'
