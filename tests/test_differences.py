"""Differences between contents: true, in order, and of bounded size and cost."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from domain.content import BodyKind, Content, ContentPart, LocaleVariant, Source, TextPart
from domain.differences import MOST_LINES, MOST_WIDTH, LineKind, changes, differences
from domain.matching import MOST_EDITS, Block, blocks
from domain.variables import Variable, VariableType

CONTENT = Content(
    Source(BodyKind.HTML, "Hi", "one\ntwo\nthree", None),
    [Variable("name", VariableType.STRING)],
    [LocaleVariant("de", "Hallo", "eins\nzwei")],
)
texts = st.lists(st.sampled_from("abc"), max_size=25)


def shown(before: str | None, after: str | None) -> list[str]:
    marks = {LineKind.CONTEXT: " ", LineKind.REMOVED: "-", LineKind.ADDED: "+"}
    return [f"{marks[line.kind]}{line.content}" for line in changes(before, after)]


def longest_common(before: list[str], after: list[str]) -> int:
    """By the textbook's table."""
    table = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for i, old in enumerate(before):
        for j, new in enumerate(after):
            longer = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if old == new else longer
    return table[-1][-1]


@given(texts, texts)
def test_what_stays_is_the_same_and_as_long_as_can_be(before: list[str], after: list[str]) -> None:
    ends = [Block(0, 0, 0, 0), *blocks(before, after)]
    ends.append(Block(len(before), len(before), len(after), len(after)))
    kept = 0
    for one, other in pairwise(ends):
        stayed = before[one.old_end : other.old]
        assert stayed == after[one.new_end : other.new]
        kept += len(stayed)
    assert kept == longest_common(before, after)


@given(texts, texts)
def test_every_line_is_where_it_says(before: list[str], after: list[str]) -> None:
    old, new = "\n".join(before), "\n".join(after)
    lines = list(changes(old, new))
    for line in lines:
        assert line.before is None or old.split("\n")[line.before - 1] == line.content
        assert line.after is None or new.split("\n")[line.after - 1] == line.content
    assert (lines == []) == (old == new)
    assert len({(line.before, line.after) for line in lines}) == len(lines)


def test_a_change_has_three_lines_around_it() -> None:
    before = "\n".join("abcdefghij")
    assert shown(before, before.replace("e", "E")) == [
        " b", " c", " d", "-e", "+E", " f", " g", " h",
    ]  # fmt: skip


def test_a_text_that_comes_or_goes_is_all_new_or_all_gone() -> None:
    assert shown(None, "a\nb") == ["+a", "+b"]
    assert shown("a\nb", None) == ["-a", "-b"]
    assert shown(None, "") == ["+"]
    assert shown(None, None) == []
    assert shown("a", "a\n") == [" a", "+"]


def test_every_change_is_told_in_its_part() -> None:
    after = Content(
        Source(BodyKind.HTML, "Hi", "one\n2\nthree", "Text"),
        [Variable("name", VariableType.STRING, required=True), Variable("x", VariableType.URL)],
        [LocaleVariant("fr", "Salut", "un")],
    )
    found = differences(CONTENT, after)
    assert found.parts == [ContentPart.SOURCE, ContentPart.VARIABLES, ContentPart.LOCALES]
    assert [(each.locale, each.part) for each in found.texts] == [
        (None, TextPart.BODY),
        (None, TextPart.TEXT),
        ("fr", TextPart.SUBJECT),
        ("fr", TextPart.BODY),
        ("de", TextPart.SUBJECT),
        ("de", TextPart.BODY),
    ]
    assert [(each.name, each.before is None) for each in found.variables] == [
        ("name", False),
        ("x", True),
    ]
    assert (found.added_locales, found.removed_locales) == (["fr"], ["de"])
    assert not found.is_truncated


def test_the_same_content_has_no_differences() -> None:
    found = differences(CONTENT, replace(CONTENT))
    assert (found.parts, found.texts, found.variables, found.is_truncated) == ([], [], [], False)


def test_what_is_shown_is_bounded_whatever_changed() -> None:
    """Every line of two large texts is another one, and one line is very long."""
    old = "\n".join(f"a{n % 7}" for n in range(100_000))
    new = "\n".join(["x" * 300_000, *(f"b{n % 5}" for n in range(60_000))])
    source = replace(CONTENT.source, body=old)
    found = differences(
        replace(CONTENT, source=source), replace(CONTENT, source=replace(source, body=new))
    )
    [text] = found.texts
    assert len(text.lines) == MOST_LINES
    assert found.is_truncated
    assert max(len(line.content) for line in text.lines) <= MOST_WIDTH


def test_exactly_as_many_lines_as_there_is_room_for_are_all() -> None:
    new = "\n".join(f"b{n}" for n in range(MOST_LINES - 3))
    before = replace(CONTENT, source=replace(CONTENT.source, body="x\ny\nz"))
    after = replace(CONTENT, source=replace(CONTENT.source, body=new))
    found = differences(before, after)
    assert sum(len(text.lines) for text in found.texts) == MOST_LINES
    assert not found.is_truncated


def test_after_too_many_edits_the_middle_is_another_one() -> None:
    before = ["head", *("a", "b") * MOST_EDITS, "tail"]
    after = ["head", *("b", "c") * MOST_EDITS, "tail"]
    assert list(blocks(before, after)) == [Block(1, len(before) - 1, 1, len(after) - 1)]
