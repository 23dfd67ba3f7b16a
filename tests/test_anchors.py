"""Where a comment is: its place must exist, and is followed to other versions."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.anchors import MOST_LINES, MOST_QUOTE, Anchor, followed, quoted, with_lines
from domain.content import TextPart
from domain.errors import Invalid
from domain.ids import VersionId

TEXT = "one\ntwo\nthree\nfour\nfive"
AT = ("anchor",)


def anchor(line: int, end_line: int | None = None, quote: str | None = None) -> Anchor:
    end = end_line or line
    words = quoted(TEXT, line, end, quote, AT)
    return Anchor(VersionId(uuid4()), TextPart.BODY, None, line, end, words)


@pytest.mark.parametrize(
    ("line", "end_line", "path"),
    [
        (0, 0, "line"),
        (-(2**31), 1, "line"),
        (6, 6, "line"),
        (2**31 - 1, 2**31 - 1, "line"),
        (3, 2, "endLine"),
        (1, 6, "endLine"),
        (1, 2**31 - 1, "endLine"),
    ],
)
def test_lines_that_are_not_there_are_told(line: int, end_line: int, path: str) -> None:
    with pytest.raises(Invalid) as told:
        with_lines(TEXT, line, end_line, AT)
    assert told.value.path == (*AT, path)


def test_a_text_that_is_not_there_has_no_lines() -> None:
    with pytest.raises(Invalid) as told:
        with_lines(None, 1, 1, AT)
    assert told.value.path == (*AT, "part")


def test_so_many_lines_and_words_and_no_more() -> None:
    text = "\n".join("x" * 100 for _ in range(MOST_LINES + 1))
    assert with_lines(text, 1, MOST_LINES, AT) == text
    with pytest.raises(Invalid):
        with_lines(text, 1, MOST_LINES + 1, AT)
    with pytest.raises(Invalid) as told:
        quoted(text, 1, MOST_LINES, None, AT)
    assert told.value.path == (*AT, "quote")
    assert quoted("x" * MOST_QUOTE, 1, 1, None, AT) == "x" * MOST_QUOTE


@pytest.mark.parametrize("quote", ["", "Two", "one", "two\nfour", "two\n"])
def test_words_that_are_not_on_the_lines_are_told(quote: str) -> None:
    with pytest.raises(Invalid) as told:
        quoted(TEXT, 2, 2, quote, AT)
    assert told.value.path == (*AT, "quote")


@pytest.mark.parametrize(
    ("place", "after", "line"),
    [
        (anchor(3), TEXT, 3),
        (anchor(3), f"zero\n{TEXT}", 4),
        (anchor(3), "three\nfour\nfive", 1),
        (anchor(3), "one\ntwo\n3\nfour\nfive", None),
        (anchor(3), "five\nthree", 2),
        (anchor(3), "", None),
        (anchor(3), None, None),
        (anchor(3, quote="hre"), "one\ntwo\nThe three of us\nfour\nfive", 3),
        (anchor(3, quote="hre"), "one\ntwo\nThe\nthree of us\nfour\nfive", 4),
        (anchor(2, 4), "one\ntwo\nthree\nfour\nfive\nsix", 2),
        (anchor(2, 4), "one\ntwo\nthree\nnew\nfour\nfive", None),
        (anchor(2, 4), "new\none\ntwo\nthree\nfour", 3),
        (anchor(1), "one more\nx\none", 3),
        (anchor(5), "one\ntwo\nthree\nfour\nnew\nfive", 6),
    ],
)
def test_a_place_is_followed_by_its_lines_and_then_by_its_words(
    place: Anchor, after: str | None, line: int | None
) -> None:
    assert followed(place, TEXT, after) == line


def test_of_several_places_with_the_words_the_nearest_is_meant() -> None:
    text = "same\na\nb\nhere: same\nc\nd\nsame"
    place = Anchor(VersionId(uuid4()), TextPart.BODY, None, 4, 4, "same")
    after = "same\na\nb\nthere: same!\nc\nd\nsame"
    assert followed(place, text, after) == 4


lines = st.lists(st.sampled_from(["a", "b", "c", "dd", ""]), min_size=1, max_size=15)


@given(lines, lines, st.integers(0, 14))
def test_wherever_a_place_is_now_its_words_are_there(
    before: list[str], after: list[str], at: int
) -> None:
    line = at % len(before) + 1
    old, new = "\n".join(before), "\n".join(after)
    place = Anchor(VersionId(uuid4()), TextPart.BODY, None, line, line, before[line - 1])
    found = followed(place, old, new)
    if found is None:
        assert before[line - 1] not in after or before[line - 1] == ""
    else:
        assert before[line - 1] in after[found - 1]


@given(lines, st.integers(0, 14))
def test_in_the_same_text_a_place_is_where_it_was(before: list[str], at: int) -> None:
    line = at % len(before) + 1
    text = "\n".join(before)
    place = Anchor(VersionId(uuid4()), TextPart.BODY, None, line, line, before[line - 1])
    assert followed(place, text, text) == line
