"""Expands Liquid within limits, and tells where a template is wrong."""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from liquid import Environment
from liquid.builtin.loaders.dict_loader import CachingDictLoader
from liquid.exceptions import (
    ContextDepthError,
    LiquidError,
    LocalNamespaceLimitError,
    LoopIterationLimitError,
    OutputStreamLimitError,
    TemplateNotFoundError,
)
from liquid.span import Span
from liquid.static_analysis import TemplateAnalysis
from liquid.template import BoundTemplate
from liquid.undefined import FalsyStrictUndefined

from adapters.rendering.drops import drop, money_filter
from adapters.rendering.masking import spans, unended
from adapters.rendering.partials import SnippetTag
from adapters.rendering.places import place
from domain.errors import Problem
from domain.values import JsonValue

MAX_LOOPS: Final = 20_000
MAX_OUTPUT: Final = 2_000_000
MAX_LOCALS: Final = 4_000_000
_CACHED: Final = 100_000
_GLOBALS: Final = frozenset({"now", "today"})
_WITHOUT_TAGS: Final = ("include",)
_WITHOUT_FILTERS: Final = ("safe",)
_END_MISSING: Final = re.compile(r"expected tag end|unexpected tag 'end of expression'")


class Dialect(Environment):
    """Liquid with limits: values are never markup, and nothing but `snippets` can be loaded."""

    loop_iteration_limit = MAX_LOOPS
    output_stream_limit = MAX_OUTPUT
    local_namespace_limit = MAX_LOCALS

    def __init__(self, *, escapes: bool, snippets: Mapping[str, str]) -> None:
        loader = CachingDictLoader(dict(snippets), auto_reload=False)
        super().__init__(autoescape=escapes, undefined=FalsyStrictUndefined, loader=loader)
        self.snippets = snippets
        for tag in _WITHOUT_TAGS:
            del self.tags[tag]
        for name in _WITHOUT_FILTERS:
            del self.filters[name]
        self.add_tag(SnippetTag)
        self.add_filter("money", money_filter)


def dialect_of(part: str, snippets: Mapping[str, str]) -> Dialect:
    """Bodies escape every value; subjects and text parts do not."""
    return _dialect(part == "body", tuple(sorted(snippets.items())))


@lru_cache(maxsize=16)
def _dialect(escapes: bool, snippets: tuple[tuple[str, str], ...]) -> Dialect:
    return Dialect(escapes=escapes, snippets=dict(snippets))


def expand(
    part: str, source: str, dialect: Dialect, values: Mapping[str, JsonValue]
) -> str | Problem:
    """The text that a template's part becomes with these values, or why it does not."""
    try:
        drops = {name: drop(value) for name, value in values.items()}
        return _parsed(source, dialect).render(**drops)
    except LiquidError as error:
        return Problem((part,), _message(error, source, dialect))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - a filter fails in any way on hostile arguments
        return Problem((part,), f"cannot be expanded ({error}): simplify the Liquid in it")


def mistakes(
    part: str, source: str, dialect: Dialect, declared: Collection[str] | None
) -> list[Problem]:
    """What can be known to be wrong with a part's Liquid, and the snippets in it, without values.

    Where it is None what is declared, the part stands alone: that is known where it is rendered.
    """
    try:
        analysis = _parsed(source, dialect).analyze(include_partials=declared is not None)
    except LiquidError as error:
        return [Problem((part,), _message(error, source, dialect))]
    except RecursionError:
        return [Problem((part,), "an expression is nested too deep: simplify the Liquid in it")]
    return [
        *([] if declared is None else _undeclared(part, source, dialect, analysis, declared)),
        *_unknown_filters(part, source, analysis, dialect),
    ]


def _parsed(source: str, dialect: Dialect) -> BoundTemplate:
    if len(source) > _CACHED:
        return dialect.from_string(source)
    return _cached(source, dialect)


@lru_cache(maxsize=32)
def _cached(source: str, dialect: Dialect) -> BoundTemplate:
    return dialect.from_string(source)


def _undeclared(
    part: str,
    source: str,
    dialect: Dialect,
    analysis: TemplateAnalysis,
    declared: Collection[str],
) -> list[Problem]:
    return [
        Problem((part,), f"{_at(source, used[0].span, dialect)}: {_not_declared(name, declared)}")
        for name, used in analysis.globals.items()
        if name not in declared and name not in _GLOBALS
    ]


def _not_declared(name: str, declared: Collection[str]) -> str:
    return f'"{name}" is not declared: declare the variable{_or_write(name, declared)}'


def _unknown_filters(
    part: str, source: str, analysis: TemplateAnalysis, dialect: Dialect
) -> list[Problem]:
    return [
        Problem(
            (part,),
            f'{_at(source, spans[0], dialect)}: there is no filter "{name}": '
            f"remove it{_or_write(name, dialect.filters)}",
        )
        for name, spans in analysis.filters.items()
        if name not in dialect.filters
    ]


def _or_write(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f', or write "{close[0]}"' if close else ""


def _at(source: str, span: Span, dialect: Dialect) -> str:
    return _place(source, str(span.template_name), span.index, dialect)


def _place(source: str, name: str, index: int, dialect: Dialect) -> str:
    """Line and column, in the source or in the snippet of that name."""
    snippet = dialect.snippets.get(name)
    return place(source, index) if snippet is None else f"{name}, {place(snippet, index)}"


def _message(error: LiquidError, source: str, dialect: Dialect) -> str:
    if error.token is None:
        return _cure(error)
    if error.token.start_index >= 0:
        name = str(error.template_name or "")
        return f"{_place(source, name, error.token.start_index, dialect)}: {_cure(error)}"
    if (block := unended(source)) and _END_MISSING.search(str(error.message)):
        return f"{place(source, block.start)}: add the missing {{% end{block.tag} %}}"
    return f"{place(source, _stop(error, source, dialect))}: {_cure(error)}"


def _stop(error: LiquidError, source: str, dialect: Dialect) -> int:
    """The start of the tag at which the parser stopped without telling which it was."""

    def fails(span: tuple[int, int]) -> bool:
        try:
            dialect.from_string(source[: span[1]])
        except LiquidError as other:
            return bool(other.message == error.message)
        return False

    tags = spans(source)
    first = bisect_left(tags, True, key=fails)
    return tags[min(first, len(tags) - 1)][0] if tags else 0


def _cure(error: LiquidError) -> str:
    match error:
        case LoopIterationLimitError():
            return f"loops more than {MAX_LOOPS:,} times: shorten the list or the range"
        case OutputStreamLimitError():
            return f"expands to more than {MAX_OUTPUT:,} bytes: shorten what it writes"
        case LocalNamespaceLimitError():
            return f"keeps more than {MAX_LOCALS:,} bytes in its own variables: assign less"
        case ContextDepthError():
            return "renders snippets within snippets without end: render fewer"
        case TemplateNotFoundError():
            return f'there is no snippet "{error.message}": create it, or remove this'
        case _:
            return str(error.message)
