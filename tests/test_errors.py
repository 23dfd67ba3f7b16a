"""Clients are told what they can act on; faults are kept from them and logged."""

from typing import Any

import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs

from engine.execution import OperationRequest, Rejected
from tests.library import answered, engine, library, refusal, refused

BAD = "BAD_USER_INPUT"
FAULT = {
    "message": "Something went wrong on our side. Quote the request id when you report it.",
    "locations": [{"line": 1, "column": 3}],
    "extensions": {"code": "INTERNAL", "requestId": "request-1"},
}


async def test_a_public_error_keeps_its_message_code_and_details() -> None:
    answer = await answered("{ closed explained }")
    assert answer.data == {"closed": None, "explained": None}
    assert answer.errors == [
        {
            "message": "The reading room is closed.",
            "locations": [{"line": 1, "column": 3}],
            "path": ["closed"],
            "extensions": {"code": "FORBIDDEN"},
        },
        {
            "message": "The reading room is closed.",
            "locations": [{"line": 1, "column": 10}],
            "path": ["explained"],
            "extensions": {"code": "FORBIDDEN", "opens": 9},
        },
    ]


@pytest.mark.parametrize(
    "field", ["broken", "tooLarge", "wrongList { title }", "wrongType { __typename }"]
)
async def test_a_fault_is_masked_and_logged_once_with_the_request_id(field: str) -> None:
    with capture_logs() as logs:
        answer = await answered(f"{{ {field} }}")
    name = field.split(maxsplit=1)[0]
    assert answer.data == {name: None}
    assert answer.errors == [FAULT | {"path": [name]}]
    (entry,) = logs
    assert (entry["event"], entry["request_id"], entry["path"]) == ("fault", "request-1", [name])
    assert isinstance(entry["exc_info"], Exception)


@pytest.mark.parametrize("field", ["brokenRequired", "missing"])
async def test_a_fault_in_a_required_field_takes_its_parent_along(field: str) -> None:
    with capture_logs() as logs:
        answer = await answered(f"{{ {field} }}")
    assert answer.data is None
    assert answer.errors == [FAULT | {"path": [field]}]
    assert len(logs) == 1


async def test_keys_of_an_error_come_in_the_order_of_the_specification() -> None:
    answer = await answered("{ closed }")
    assert list(answer.errors[0]) == ["message", "locations", "path", "extensions"]


def test_a_syntax_error_says_where() -> None:
    (error,) = refused("{ number")
    assert error == {
        "message": "Syntax Error: Expected Name, found <EOF>.",
        "locations": [{"line": 1, "column": 9}],
        "extensions": {"code": BAD},
    }


@pytest.mark.parametrize(
    "query", ["", " ", "#", ",,,", '"', "{", "}", "\x00", '{ n(a: "\ud800") }']
)
def test_no_document_is_too_odd_for_a_clean_refusal(query: str) -> None:
    code, message = refusal(query)
    assert code == BAD
    assert message.startswith("Syntax Error: ")


@pytest.mark.parametrize(
    ("query", "with_hint", "without"),
    [
        (
            "{ numbr }",
            "Cannot query field 'numbr' on type 'Query'. Did you mean 'number'?",
            "Cannot query field 'numbr' on type 'Query'.",
        ),
        (
            "{ number(valu: 1) }",
            "Unknown argument 'valu' on field 'Query.number'. Did you mean 'value'?",
            "Unknown argument 'valu' on field 'Query.number'.",
        ),
    ],
)
def test_hints_can_be_switched_off(query: str, with_hint: str, without: str) -> None:
    assert refusal(query) == (BAD, with_hint)
    assert refusal(query, engine(suggestions=False)) == (BAD, without)


def test_hints_about_variables_can_be_switched_off() -> None:
    query = "query ($wish: Wish!) { wish(wish: $wish) }"
    assert "Did you mean 'title'" in refusal(query, wish={"titel": "x"})[1]
    assert "Did you mean" not in refusal(query, engine(suggestions=False), wish={"titel": "x"})[1]


def test_without_introspection_the_schema_is_not_told() -> None:
    closed = engine(introspection=False)
    code, message = refusal("{ __schema { __typename } }", closed)
    assert (code, "introspection has been disabled" in message) == (BAD, True)
    assert closed.prepare(OperationRequest("{ __typename }")).kind == "query"


def test_the_number_of_errors_is_bounded() -> None:
    errors = refused("{ " + " ".join(f"book {{ x{n} }}" for n in range(20)) + " }")
    assert len(errors) == 6
    assert errors[-1]["message"].startswith("Too many validation errors")


def test_a_message_never_repeats_a_huge_value() -> None:
    errors = refused("query ($n: Int) { number(value: $n) }", n="x" * 1_000_000)
    errors += refused("query ($n: Isbn!) { isbn(isbn: $n) }", n="x" * 1_000_000)
    errors += refused('{ number(value: "' + "x" * 90_000 + '") }')
    assert all(len(error["message"]) <= 300 for error in errors)


def test_places_of_an_error_are_bounded() -> None:
    (error,) = refused("{ number(" + "value: 1 " * 1_000 + ") }")
    assert len(error["locations"]) == 10


VARIABLES: dict[str, tuple[Any, str]] = {
    "Int!": (None, "Expected value of non-null type 'Int!' not to be None."),
    "Int": ("1", "Int cannot represent non-integer value: '1'"),
    "Isbn": ("x", "but encountered error 'an ISBN has digits only'; found: 'x'."),
}


@pytest.mark.parametrize(("type_", "case"), VARIABLES.items())
def test_a_variable_that_does_not_fit_is_named(type_: str, case: tuple[Any, str]) -> None:
    field = "isbn(isbn: $v)" if type_ == "Isbn" else "number(value: $v)"
    query = f"query ($v: {type_}{'!' if type_ == 'Isbn' else ''}) {{ {field} }}"
    code, message = refusal(query, v=case[0])
    assert code == BAD
    assert message.startswith("Variable '$v' has invalid value")
    assert message.endswith(case[1])


def test_a_missing_variable_is_named() -> None:
    message = (
        "Variable '$v' has invalid value: Expected a value of non-null type 'Int!' to be provided."
    )
    assert refusal("query ($v: Int!) { number(value: $v) }") == (BAD, message)


def test_a_literal_of_a_custom_scalar_is_refused_with_its_reason() -> None:
    code, message = refusal('{ isbn(isbn: "x") }')
    assert code == BAD
    assert "an ISBN has digits only" in message


def test_what_a_scalar_did_not_mean_to_say_is_left_out() -> None:
    _, by_variable = refusal("query ($v: Isbn!) { isbn(isbn: $v) }", v="odd")
    _, by_literal = refusal('{ isbn(isbn: "odd") }')
    for message in (by_variable, by_literal):
        assert "secret" not in message
        assert "found: " in message


@pytest.mark.parametrize("search", ["{}", '{title: "a", author: "b"}', "{title: null}"])
def test_an_input_of_alternatives_takes_exactly_one(search: str) -> None:
    errors = refused(f"{{ found(by: {search}) }}")
    assert {error["extensions"]["code"] for error in errors} == {BAD}


async def test_an_argument_that_turns_out_missing_is_the_clients_error() -> None:
    answer = await answered("query ($v: Int) { number(value: $v) }", v=None)
    (error,) = answer.errors
    assert error["extensions"] == {"code": BAD}
    assert error["path"] == ["number"]


@pytest.mark.parametrize(
    ("query", "name", "message"),
    [
        ("query a { number } query b { number }", None, "several operations"),
        ("query a { number }", "b", "no operation named 'b'"),
        ("query a { number }", "", "no operation named ''"),
        ("query a { number }", "b" * 1_000, "no operation named 'bbb"),
        ("query a { number }", "\ud800", r"no operation named '\?'"),
    ],
)
def test_the_operation_must_be_found(query: str, name: str | None, message: str) -> None:
    with pytest.raises(Rejected, match=message) as caught:
        library.prepare(OperationRequest(query, operation_name=name))
    assert caught.value.errors[0]["extensions"] == {"code": BAD}


def test_a_document_without_operations_is_refused() -> None:
    errors = refused("fragment F on Book { title }")
    assert errors[0]["extensions"] == {"code": BAD}


def test_an_error_with_a_code_of_its_own_keeps_it() -> None:
    error = GraphQLError("Try later.", extensions={"code": "RATE_LIMITED", "retryAfter": 3})
    wrapped = GraphQLError("Try later.", path=["a"], original_error=error)
    (formatted,) = library.mask.format([wrapped], "request-1")
    assert formatted["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 3}


def test_one_exception_behind_many_errors_is_logged_once() -> None:
    cause = RuntimeError("down")
    errors = [GraphQLError("down", path=[n], original_error=cause) for n in range(100)]
    with capture_logs() as logs:
        assert len(library.mask.format(errors, "request-1")) == 100
    assert len(logs) == 1
