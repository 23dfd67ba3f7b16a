"""Which passwords will do."""

import pytest

from domain.errors import Problem
from domain.passwords import LONGEST, check_password, check_replacement, normal
from tests.rows import abbreviated

ADDRESS = "adamant@example.com"


def problems(password: str, email: str = ADDRESS) -> list[Problem]:
    return list(check_password(password, email))


@pytest.mark.parametrize(
    "password",
    [
        "a quiet harbour at dawn",
        "x" * LONGEST,
        "пароль из девяти слов",
        "🔑" * 10,
        " " * 10,
        "8391047265",
        "an adam ant",
        "dragons over the 7 hills",
    ],
    ids=abbreviated,
)
def test_any_long_enough_text_that_nobody_guesses_will_do(password: str) -> None:
    assert problems(password) == []


@pytest.mark.parametrize(
    ("password", "cure"),
    [
        ("", "at least 10"),
        ("too short", "at least 10"),
        ("x" * (LONGEST + 1), "at most 1000"),
        ("ﷺ" * 100, "at most 1000"),
        ("basketball", "Many people"),
        ("Basketball", "Many people"),
        ("1234567890", "Many people"),
        ("qwertyuiop", "Many people"),
        ("Password2026!", "Many people"),
        ("iloveyou!!!!!", "Many people"),
        ("\uff30assword\uff12026", "Many people"),
        ("my name is adamant", "name from your e-mail"),
        ("my name is ADAMANT", "name from your e-mail"),
        ("all about imprimatur", "Imprimatur"),
        ("Imprimatur2026", "Imprimatur"),
    ],
    ids=abbreviated,
)
def test_a_password_that_is_guessed_first_is_refused_with_the_cure(
    password: str, cure: str
) -> None:
    [problem] = problems(password)
    assert problem.path == ("password",)
    assert cure in problem.message


def test_a_name_of_two_letters_may_be_in_any_password() -> None:
    assert problems("a quiet harbour", "ha@example.com") == []


def test_the_same_password_is_the_same_however_it_is_typed() -> None:
    composed, decomposed = "größer als gestern", "gro\u0308ßer als gestern"
    assert composed != decomposed
    assert normal(composed) == normal(decomposed)
    assert list(check_replacement(decomposed, composed)) != []
    assert list(check_replacement("größer als morgen", composed)) == []


def test_ascii_is_as_it_was_typed() -> None:
    typed = "".join(map(chr, range(32, 127)))
    assert normal(typed) == typed
