"""Typed variables: what may be declared, which values fit, and what each refusal says."""

import math

import pytest

from domain.money import Money
from domain.values import JsonValue, as_money
from domain.variables import Variable, VariableType, check_declarations, resolve
from tests.mails import NAMES, mail

FITTING: list[tuple[VariableType, JsonValue]] = [
    (VariableType.STRING, ""),
    (VariableType.STRING, "Zoë שלום 🌿\r\n\ttab"),
    (VariableType.STRING, "x" * 100_000),
    (VariableType.NUMBER, 0),
    (VariableType.NUMBER, -2.5),
    (VariableType.BOOLEAN, False),
    (VariableType.DATE, "2028-02-29"),
    (VariableType.DATE, "2026-03-31T17:00:00+02:00"),
    (VariableType.DATE, "2026-03-31 17:00:00.5Z"),
    (VariableType.URL, "https://example.com/a?b=c&d=%20#e"),
    (VariableType.URL, "http://[::1]:8080/"),
    (VariableType.URL, "mailto:letter@example.com?subject=Hi"),
    (VariableType.MONEY, {"amount": "12.50", "currency": "EUR"}),
    (VariableType.MONEY, {"amount": -3, "currency": "JPY"}),
    (VariableType.LIST, []),
    (VariableType.LIST, ["a", 1, 2.5, True, None]),
    (VariableType.LIST, [{"name": "Tea", "price": {"amount": "3", "currency": "EUR"}}]),
]

MISFITS: list[tuple[VariableType, JsonValue, str]] = [
    (VariableType.STRING, 5, "is a number: give a string"),
    (VariableType.STRING, "x" * 100_001, "shorten it to 100,000"),
    (VariableType.STRING, "a\x00b", "has the character U+0000 at position 2: remove it"),
    (VariableType.STRING, "\ud800", "U+D800"),
    (VariableType.NUMBER, True, "is a boolean: give a number"),
    (VariableType.NUMBER, "5", "is a string: give a number, without quotes"),
    (VariableType.NUMBER, math.inf, "out of range"),
    (VariableType.NUMBER, math.nan, "out of range"),
    (VariableType.NUMBER, 10**4_000, "out of range"),
    (VariableType.BOOLEAN, 1, "give true or false"),
    (VariableType.BOOLEAN, "true", "give true or false"),
    (VariableType.DATE, 20260331, "give a date such as 2026-03-31"),
    (VariableType.DATE, "31.3.2026", "write 2026-03-31"),
    (VariableType.DATE, "20260331", "write 2026-03-31"),
    (VariableType.DATE, "2026-02-29", "not in the calendar"),
    (VariableType.DATE, "2026-03-31T25:00", "not in the calendar"),
    (VariableType.URL, "/relative", "not an absolute address"),
    (VariableType.URL, "javascript:alert(1)", "not an absolute address"),
    (VariableType.URL, "https://", "not an absolute address"),
    (VariableType.URL, "https://a b", "not an absolute address"),
    (VariableType.URL, "https://x:99999/", "not an absolute address"),
    (VariableType.URL, 'https://x/"><script>', "not an absolute address"),
    (VariableType.URL, "https://[::1", "not an absolute address"),
    (VariableType.URL, "https://x/" + "a" * 2_048, "shorten it to 2,048"),
    (VariableType.MONEY, "12.50 EUR", "is not money"),
    (VariableType.MONEY, {"amount": "12.50"}, "is not money"),
    (VariableType.LIST, {"a": 1}, "is an object: give a list"),
    (VariableType.LIST, ["x"] * 1_001, "shorten it to 1,000"),
]


def variable(type: VariableType, **more: object) -> Variable:
    return Variable("it", type, **more)  # type: ignore[arg-type] # tests name fields freely


@pytest.mark.parametrize(("type", "value"), FITTING, ids=range(len(FITTING)))
def test_a_fitting_value_is_taken_as_it_is(type: VariableType, value: JsonValue) -> None:
    assert resolve([variable(type)], {"it": value}) == ({"it": value}, [])
    assert check_declarations([variable(type, default=value)]) == []


@pytest.mark.parametrize(("type", "value", "cure"), MISFITS, ids=range(len(MISFITS)))
def test_a_misfit_is_told_at_its_name_with_the_cure(
    type: VariableType, value: JsonValue, cure: str
) -> None:
    _, [problem] = resolve([variable(type)], {"it": value})
    assert problem.path == ("it",)
    assert cure in problem.message
    [declared] = check_declarations([variable(type, default=value)])
    assert declared.path == (0, "default")


INEXACT: list[JsonValue] = [
    *(True, None, "", "1e3", "1,000", "١٢", "1" * 16),
    *(1e300, math.nan, 10**5_000),
]


@pytest.mark.parametrize("amount", INEXACT, ids=range(len(INEXACT)))
def test_an_inexact_amount_is_told_at_the_amount(amount: JsonValue) -> None:
    value: JsonValue = {"amount": amount, "currency": "EUR"}
    _, [problem] = resolve([variable(VariableType.MONEY)], {"it": value})
    assert problem.path == ("it", "amount")


@pytest.mark.parametrize("currency", ["eur", "XXX", "€", None, 978])
def test_an_unknown_currency_is_told_at_the_currency(currency: JsonValue) -> None:
    value: JsonValue = {"amount": "1", "currency": currency}
    _, [problem] = resolve([variable(VariableType.MONEY)], {"it": value})
    assert problem.path == ("it", "currency")
    assert "ISO 4217" in problem.message


def test_a_problem_inside_a_list_leads_to_its_place() -> None:
    value: JsonValue = [{"name": "Tea"}, {"name": "a\x07"}, {"bad key!": 1}, {"n": math.inf}]
    _, problems = resolve([variable(VariableType.LIST)], {"it": value})
    assert [problem.path for problem in problems] == [("it", 1, "name"), ("it", 2), ("it", 3, "n")]


def test_a_list_nested_too_deep_is_refused() -> None:
    value: JsonValue = "x"
    for _ in range(500):
        value = [value]
    _, [problem] = resolve([variable(VariableType.LIST)], {"it": value})
    assert "nested too deep" in problem.message


def test_a_huge_list_is_refused_with_one_problem() -> None:
    rows: JsonValue = [{f"key{n}": "\x00" for n in range(500)} for _ in range(900)]
    _, problems = resolve([variable(VariableType.LIST)], {"it": rows})
    assert len(problems) <= 10_001
    assert "too large" in problems[-1].message
    texts: JsonValue = ["x" * 99_000] * 11
    _, [problem] = resolve([variable(VariableType.LIST)], {"it": texts})
    assert "too large" in problem.message


def test_missing_and_null_values_become_the_default() -> None:
    variables = [
        Variable("greeting", VariableType.STRING, default="Hello"),
        Variable("nickname", VariableType.STRING),
    ]
    expected = {"greeting": "Hello", "nickname": None}
    assert resolve(variables, {}) == (expected, [])
    assert resolve(variables, {"greeting": None, "nickname": None}) == (expected, [])


def test_a_falsy_value_is_not_a_missing_one() -> None:
    variables = [
        Variable("count", VariableType.NUMBER, default=3),
        Variable("shown", VariableType.BOOLEAN, default=True),
        Variable("name", VariableType.STRING, required=True),
    ]
    values: dict[str, JsonValue] = {"count": 0, "shown": False, "name": ""}
    assert resolve(variables, values) == (values, [])


def test_every_missing_unknown_and_mistyped_value_is_told_at_once() -> None:
    variables = [
        Variable("name", VariableType.STRING, required=True),
        Variable("due", VariableType.DATE, required=True),
    ]
    _, problems = resolve(variables, {"due": "soon", "extra": 1})
    assert {problem.path: problem.message for problem in problems} == {
        ("extra",): "is not declared by this template: remove it or declare it",
        ("name",): "is required: give it a STRING value",
        ("due",): "is not a date: write 2026-03-31 or 2026-03-31T17:00:00+02:00",
    }


@pytest.mark.parametrize("name", ["", "Name", "1st", "first-name", "naïve", "a b", "_x", "a" * 101])
def test_a_name_that_liquid_cannot_write_is_refused(name: str) -> None:
    [problem] = check_declarations([Variable(name, VariableType.STRING)])
    assert problem.path == (0, "name")


def test_a_word_of_liquid_is_no_name() -> None:
    [problem] = check_declarations([Variable("forloop", VariableType.STRING)])
    assert problem.message == '"forloop" is a word of Liquid: choose another name'


def test_a_repeated_name_is_told_at_the_second_one() -> None:
    names = ["a", "b", "a"]
    [problem] = check_declarations([Variable(name, VariableType.STRING) for name in names])
    assert problem.path == (2, "name")
    assert "position 1" in problem.message


def test_a_required_variable_needs_no_default() -> None:
    [problem] = check_declarations([variable(VariableType.STRING, required=True, default="x")])
    assert problem.path == (0, "default")
    assert "make it optional" in problem.message


def test_more_than_a_hundred_variables_are_refused() -> None:
    variables = [Variable(f"v{n}", VariableType.STRING) for n in range(101)]
    [problem] = check_declarations(variables)
    assert problem.path == (100,)
    assert check_declarations(variables[:100]) == []


@pytest.mark.parametrize(
    ("amount", "currency", "written", "grouped"),
    [
        ("12.5", "EUR", "12.50 EUR", "12.50 EUR"),
        ("1234567", "CHF", "1234567.00 CHF", "1,234,567.00 CHF"),
        ("1200", "JPY", "1200 JPY", "1,200 JPY"),
        ("1.5", "KWD", "1.500 KWD", "1.500 KWD"),
        ("0.0035", "EUR", "0.0035 EUR", "0.0035 EUR"),
        ("-0.10", "USD", "-0.10 USD", "-0.10 USD"),
        (100, "EUR", "100.00 EUR", "100.00 EUR"),
    ],
)
def test_money_is_written_with_the_digits_of_its_currency(
    amount: JsonValue, currency: str, written: str, grouped: str
) -> None:
    money = as_money({"amount": amount, "currency": currency})
    assert isinstance(money, Money)
    assert (str(money), money.grouped()) == (written, grouped)


@pytest.mark.parametrize("name", NAMES)
def test_the_demonstration_mails_declare_and_fill_their_variables_rightly(name: str) -> None:
    example = mail(name)
    assert check_declarations(example.variables) == []
    assert resolve(example.variables, example.values)[1] == []
