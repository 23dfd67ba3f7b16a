"""Language tags: which are good, how they are written, and which one a reader gets."""

import pytest

from domain.content import LocaleVariant
from domain.locales import MOST_LOCALES, best, canonical, check_locales, check_tag


@pytest.mark.parametrize(
    "tag",
    [
        "de",
        "pt-BR",
        "zh-Hant-TW",
        "es-419",
        "sl-rozaj-biske",
        "de-CH-1901",
        "en-u-ca-buddhist",
        "zh-cmn-Hans",
        "mas",
        "de-x-formal",
        "DE-at",
        "qaa-Qaaa-QM-x-south",
    ],
)
def test_a_tag_of_the_grammar_is_good(tag: str) -> None:
    assert list(check_tag(tag, ("locale",))) == []


@pytest.mark.parametrize(
    "tag",
    [
        "",
        "d",
        "de_DE",
        "de-",
        "-de",
        "de--AT",
        "i-klingon",
        "en-a",
        "de AT",
        "de\n",
        "дe",
        "de-" + "x-aaaaaaaa" * 9,
        "x-private",
        "en-GB-oed",
        "é",
        "a" * 40,
        "*",
        "de-*",
        "1de",
    ],
)
def test_a_tag_outside_of_it_is_told_where_it_stands(tag: str) -> None:
    [problem] = check_tag(tag, ("here",))
    assert problem.path == ("here",)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("DE", "de"),
        ("pt-br", "pt-BR"),
        ("ZH-hANT-tw", "zh-Hant-TW"),
        ("EN-ca-X-CA", "en-CA-x-ca"),
        ("SGN-be-fr", "sgn-BE-FR"),
        ("AZ-latn-X-LATN", "az-Latn-x-latn"),
    ],
)
def test_a_tag_is_written_in_the_usual_capitals(given: str, written: str) -> None:
    """The examples of RFC 5646, section 2.1.1."""
    assert canonical(given) == written


@pytest.mark.parametrize(
    ("wanted", "available", "found"),
    [
        ("de-AT", ["de", "de-AT"], "de-AT"),
        ("de-AT", ["de", "de-CH"], "de"),
        ("DE-at", ["de-AT"], "de-AT"),
        ("de", ["de-AT"], None),
        ("zh-Hant-CN-x-private1-private2", ["zh-Hant-CN-x-private1"], "zh-Hant-CN-x-private1"),
        ("zh-Hant-CN-x-private1", ["zh-Hant-CN-x", "zh-Hant"], "zh-Hant"),
        ("fr", ["de"], None),
        ("fr", [], None),
    ],
)
def test_lookup_takes_subtags_off_the_end_until_there_is_one(
    wanted: str, available: list[str], found: str | None
) -> None:
    """RFC 4647, section 3.4: a single character before the end goes with it."""
    assert best(wanted, available) == found


def test_every_problem_is_told_at_its_variant() -> None:
    variants = [LocaleVariant(tag, "s", "b") for tag in ("de", "no tag", "DE")]
    assert [problem.path for problem in check_locales(variants)] == [
        ("locales", 1, "locale"),
        ("locales", 2, "locale"),
    ]


def test_there_are_so_many_variants_and_no_more() -> None:
    variants = [LocaleVariant(f"aa-{n:03}", "s", "b") for n in range(MOST_LOCALES + 1)]
    assert list(check_locales(variants[:-1])) == []
    assert [problem.path for problem in check_locales(variants)] == [("locales",)]
    long = [LocaleVariant("de", "s", "x" * 1_000_000), LocaleVariant("fr", "s", "x" * 1_000_000)]
    assert [problem.path for problem in check_locales(long)] == [("locales",)]
