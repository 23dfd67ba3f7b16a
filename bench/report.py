"""The page and the table that people read."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Final

from bench import goals, plot
from bench.comparing import Comparison
from bench.fanout import MANY, FanOut
from bench.goals import Goal
from bench.growth import PAGES
from bench.live import FLOOR
from bench.measuring import Figures
from bench.queries import QUERIES
from bench.results import Results

_PAGE: Final = Path(__file__).parent / "page.md"
_COLUMNS: Final = (
    "server",
    "PostgreSQL",
    "sum",
    "±",
    "requests/s",
    "p50",
    "p99",
    "statements",
)


def write(results: Results, docs: Path) -> None:
    """docs/performance.md and its plot."""
    (docs / "images" / "performance.svg").write_text(plot.svg(results.comparison), "utf-8")
    (docs / "performance.md").write_text(page(results), "utf-8")


def page(results: Results) -> str:
    found = results.machine
    return Template(_PAGE.read_text("utf-8")).substitute(
        {name: getattr(found, name) for name in found.__slots__},
        rounds=results.comparison.rounds,
        job=f"{results.comparison.job * 1000:.1f}",
        slice=f"{results.comparison.slice:g}",
        contenders="\n".join(f"- {label}" for label in results.comparison.contenders.values()),
        summary=summary(results.comparison),
        tables="\n\n".join(section(results.comparison, query) for query in QUERIES),
        goals=goal_table(results),
        memory=memory(results.comparison),
        pages=pages(results),
        rows=rows(results),
        documents=documents(results),
        fanout=fanout(results.fanout),
        many=MANY,
        profile=results.profile,
    )


def text(results: Results) -> str:
    """For the terminal: what each costs, and which goals are reached."""
    parts = (
        summary(results.comparison),
        fanout(results.fanout),
        goal_table(results),
        memory(results.comparison),
    )
    return "\n".join(f"\n{part}" for part in parts)


def fanout_text(found: FanOut) -> str:
    return f"{fanout(found)}\n\n{_goal_table(goals.of_fanout(found))}"


def fanout(found: FanOut | None) -> str:
    """What telling many costs: each server, and as a ratio to the bare socket."""
    if found is None:
        return "Not measured yet."
    floor = found.told[FLOOR]
    lines = [
        [
            found.contenders[name],
            f"{told.cpu:.0f}",
            f"{told.cpu / floor.cpu:.1f}",
            f"{told.memory / 1000:.0f}",
            f"{told.last * 1000:.0f}",
        ]
        for name, told in found.told.items()
    ]
    return _table(["", "µs a message", "of the floor's", "kB a socket", "last, ms"], lines)


def summary(comparison: Comparison) -> str:
    """CPU milliseconds of the server a request, and of server and PostgreSQL together."""
    lines = []
    for name, label in comparison.contenders.items():
        found = [comparison.figures[query][name] for query in QUERIES]
        lines.append([label, *(f"{each.server:.2f} / {each.total:.2f}" for each in found)])
    return _table(["server / with PostgreSQL", *QUERIES], lines)


def section(comparison: Comparison, query: str) -> str:
    """Everything about one question."""
    lines = [
        [label, *_line(comparison.figures[query][name]), f"{comparison.statements[query][name]:g}"]
        for name, label in comparison.contenders.items()
    ]
    return f"### {query}: {QUERIES[query]}\n\n{_table(['', *_COLUMNS], lines)}"


def _line(figures: Figures) -> list[str]:
    milliseconds = (figures.server, figures.postgres, figures.total)
    return [
        *(f"{each:.2f}" for each in milliseconds),
        f"{figures.spread:.0%}",
        f"{figures.rate:,.0f}",
        f"{figures.p50:.1f}",
        f"{figures.p99:.1f}",
    ]


def goal_table(results: Results) -> str:
    return _goal_table(goals.goals(results))


def _goal_table(found: Iterable[Goal]) -> str:
    lines = [
        [goal.what, goal.measured, goal.wanted, "yes" if goal.reached else "**no**"]
        for goal in found
    ]
    return _table(["goal", "measured", "wanted", "reached"], lines)


def memory(comparison: Comparison) -> str:
    found = comparison.memory.items()
    lines = [[comparison.contenders[name], f"{peak / goals.MEBIBYTE:.0f}"] for name, peak in found]
    return _table(["peak memory", "MiB"], lines)


def pages(results: Results) -> str:
    lines = [
        [query, *(f"{found[size].server:.2f} / {found[size].total:.2f}" for size in PAGES)]
        for query, found in results.growth.pages.items()
    ]
    return _table(["templates on the page", *map(str, PAGES)], lines)


def rows(results: Results) -> str:
    lines = [
        [query, *(f"{each.server:.2f} / {each.total:.2f}" for each in pair)]
        for query, pair in results.growth.rows.items()
    ]
    return _table(["templates in the table", "2,000", "20,000"], lines)


def documents(results: Results) -> str:
    found = results.growth.memory
    sizes = [f"{resident / goals.MEBIBYTE:.0f}" for resident in found.values()]
    return _table(["documents", *(f"{count:,}" for count in found)], [["MiB", *sizes]])


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Laid out in columns: as legible in a terminal as on a page."""
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_row(line, widths) for line in (head, rule, *lines))


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    padded = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
    return f"| {' | '.join(padded)} |"
