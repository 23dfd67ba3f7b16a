"""What arguments and variables become: the cases of graphql-core's test_variables.py.

Fragment arguments are left out: they are an experiment that the parser does not take. So are
defaults that do not fit their type: Strawberry makes no such schema.
"""

from typing import Any, Final

import pytest

from tests.engine.inputs import inputs

OBJECT: Final = "query ($input: Thing) { it: object(input: $input) }"
TEXT: Final = "query ($input: String) { it: text(input: $input) }"
NEEDED: Final = "query ($input: String!) { it: neededText(input: $input) }"
FULL: Final = "{'c': 'baz', 'a': 'foo', 'b': ['bar']}"
ANSWERED: Final[dict[str, tuple[str, dict[str, Any], str | None]]] = {
    "an object": ('{ it: object(input: {a: "foo", b: ["bar"], c: "baz"}) }', {}, FULL),
    "one value as a list": ('{ it: object(input: {a: "foo", b: "bar", c: "baz"}) }', {}, FULL),
    "nulls": (
        '{ it: object(input: {a: null, b: null, c: "C", d: null}) }',
        {},
        "{'c': 'C', 'a': None, 'b': None, 'd': None}",
    ),
    "a null in a list": (
        '{ it: object(input: {b: ["A", null, "C"], c: "C"}) }',
        {},
        "{'c': 'C', 'b': ['A', None, 'C']}",
    ),
    "a scalar that is parsed": (
        '{ it: object(input: {c: "foo", d: "ExternalValue"}) }',
        {},
        "{'c': 'foo', 'd': 'InternalValue'}",
    ),
    "an object by variable": (OBJECT, {"input": {"a": "foo", "b": ["bar"], "c": "baz"}}, FULL),
    "one value as a list, by variable": (
        OBJECT,
        {"input": {"a": "foo", "b": "bar", "c": "baz"}},
        FULL,
    ),
    "a parsed scalar by variable": (
        OBJECT,
        {"input": {"c": "foo", "d": "ExternalValue"}},
        "{'c': 'foo', 'd': 'InternalValue'}",
    ),
    "a variable that is not given": (TEXT, {}, None),
    "a variable that is null": (TEXT, {"input": None}, "None"),
    "a variable": (TEXT, {"input": "a"}, "'a'"),
    "a null variable in an object": (
        'query ($input: String) { it: object(input: {a: $input, c: "baz"}) }',
        {"input": None},
        "{'c': 'baz', 'a': None}",
    ),
    "a missing variable in an object": (
        'query ($input: String) { it: object(input: {a: $input, c: "baz"}) }',
        {},
        "{'c': 'baz'}",
    ),
    "a default": (
        'query ($i: Thing = {a: "foo", b: ["bar"], c: "baz"}) { it: object(input: $i) }',
        {},
        FULL,
    ),
    "a default that is not used": (
        'query ($input: String = "Default") { it: text(input: $input) }',
        {"input": "given"},
        "'given'",
    ),
    "null instead of a default": (
        'query ($input: String = "Default") { it: text(input: $input) }',
        {"input": None},
        "None",
    ),
    "a default of null": ("query ($input: String = null) { it: text(input: $input) }", {}, "None"),
    "a default for what must be given": (
        'query ($input: String = "default") { it: neededText(input: $input) }',
        {},
        "'default'",
    ),
    "the argument's default": ("{ it: defaultText }", {}, "'Hello World'"),
    "the argument's default, the variable missing": (
        "query ($input: String) { it: defaultText(input: $input) }",
        {},
        "'Hello World'",
    ),
    "the default of an argument that must not be null": (
        "query ($input: String) { it: neededDefault(input: $input) }",
        {},
        "'Hello World'",
    ),
    "an enumeration's null": ("{ it: kind(input: NULL) }", {}, "<Kind.NULL: None>"),
    "an enumeration": ("{ it: kind(input: FALSE) }", {}, "<Kind.FALSE: False>"),
    "an enumeration by variable": (
        "query ($input: Kind) { it: kind(input: $input) }",
        {"input": "CUSTOM"},
        "<Kind.CUSTOM: 'custom value'>",
    ),
    "JSON with variables in it": (
        "query ($input: String) { it: json(input: {a: $input, b: [1, null, {c: 2.5}]}) }",
        {"input": "s"},
        None,
    ),
    **{
        f"{value} in {field}": (
            f"query ($input: {type}) {{ it: {field}(input: $input) }}",
            {"input": value},
            repr(value),
        )
        for field, type, values in (
            ("list", "[String]", (None, ["A"], ["A", None, "B"])),
            ("neededList", "[String]!", (["A"], ["A", None, "B"])),
            ("filledList", "[String!]", (None, ["A"])),
            ("strictList", "[String!]!", (["A"],)),
        )
        for value in values
    },
}
REFUSED: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "a list for an object": ('{ object(input: ["foo", "bar", "baz"]) }', {}),
    "a scalar that refuses": ('{ object(input: {c: "foo", e: "bar"}) }', {}),
    "a scalar that refuses, by variable": (OBJECT, {"input": {"c": "foo", "e": "bar"}}),
    "a nested null": (OBJECT, {"input": {"a": "foo", "b": "bar", "c": None}}),
    "another type": (OBJECT, {"input": "foo bar"}),
    "a nested omission": (OBJECT, {"input": {"a": "foo", "b": "bar"}}),
    "an unknown field": (OBJECT, {"input": {"c": "baz", "extra": "dog"}}),
    "deep errors": (
        "query ($input: Nested) { nested(input: $input) }",
        {"input": {"na": {"a": "foo"}}},
    ),
    "nothing": (NEEDED, {}),
    "null": (NEEDED, {"input": None}),
    "a list for a text": (NEEDED, {"input": [1, 2, 3]}),
    "no argument": ("{ neededText }", {}),
    "a variable that is not declared": ("{ neededText(input: $foo) }", {}),
    "a type that is no input": ("query ($i: Query!) { object(input: $i) }", {"i": {}}),
    "a type that there is not": ("query ($i: Unknown!) { object(input: $i) }", {"i": "x"}),
    "a default of another type": ("query ($input: String = 1) { text(input: $input) }", {}),
    "null in a filled list": (
        "query ($input: [String!]) { filledList(input: $input) }",
        {"input": ["A", None, "B"]},
    ),
    "null for a strict list": (
        "query ($input: [String!]!) { strictList(input: $input) }",
        {"input": None},
    ),
    "both of either": ('{ either(input: {a: "a", b: "b"}) }', {}),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_a_resolver_is_given(name: str) -> None:
    query, variables, expected = ANSWERED[name]
    answer = await inputs.ask(query, variables)
    assert "errors" not in answer
    assert name.startswith("JSON") or answer == {"data": {"it": expected}}


@pytest.mark.parametrize("name", REFUSED)
async def test_an_operation_is_refused_for(name: str) -> None:
    query, variables = REFUSED[name]
    assert list(await inputs.ask(query, variables)) == ["errors"]


async def test_a_null_for_a_default_that_must_not_be_null_fails_every_field() -> None:
    query = "query ($input: String) { neededDefault(input: $input) inner { echo(input: $input) } }"
    answer = await inputs.ask(query, {"input": None})
    assert answer["data"] == {"neededDefault": None, "inner": [{"echo": "None"}] * 2}
    assert [error["path"] for error in answer["errors"]] == [["neededDefault"]]
