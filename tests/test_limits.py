"""Operations that ask for too much are refused before they run, each with its own reason."""

from typing import Any

import pytest
from graphql import get_introspection_query

from engine import documents
from engine.execution import OperationRequest
from tests.library import answered, engine, library, refusal, refused

COMPLEX = "QUERY_TOO_COMPLEX"
BAD = "BAD_USER_INPUT"
ENTANGLED = "The document repeats or nests too many fields and fragments to be checked."


def bomb(levels: int, fields: str) -> str:
    """Fragments that each spread the next one twice: 2^levels fields when written out."""
    parts = [f"fragment F{n} on Book {{ {fields.format(n + 1)} }}" for n in range(levels)]
    return f"{{ book {{ ...F0 }} }} {' '.join(parts)} fragment F{levels} on Book {{ title }}"


def nested(depth: int) -> str:
    return "{ book " + "{ author { books { nodes " * depth


def wishes(depth: int) -> dict[str, Any]:
    wish: dict[str, Any] = {"title": "one"}
    for _ in range(depth):
        wish = {"next": wish}
    return wish


HOSTILE = {
    "a megabyte of comments": (
        "#\n" * 500_000,
        "The document is 1000000 bytes long; at most 100000 are allowed.",
    ),
    "comments below the size": (
        "#\n" * 49_000 + "{ number }",
        "Document contains more than 5000 comments.",
    ),
    "200,000 tokens": (
        "{" + "a " * 200_000 + "}",
        "The document is 400002 bytes long; at most 100000 are allowed.",
    ),
    "tokens below the size": (
        "{" + "a " * 40_000 + "}",
        "Document contains more than 5000 tokens.",
    ),
    "10,000 repeated fields": (
        "{" + "number " * 10_000 + "}",
        "Document contains more than 5000 tokens.",
    ),
    "repeated fields below the tokens": ("{" + "number " * 4_000 + "}", ENTANGLED),
    "repeated objects": ("{" + "book { title } " * 1_000 + "}", ENTANGLED),
    "a chain of fragments": (bomb(400, "...F{0}"), ENTANGLED),
    "a bomb of nested fragments": (
        bomb(50, "author {{ books {{ nodes {{ ...F{0} ...F{0} }} }} }}"),
        "The operation is nested 152 levels deep; at most 16 are allowed.",
    ),
    "nesting of 5,000 levels": ("{ a " * 5_000, "Document is nested too deeply."),
    "lists of 5,000 levels": ("{ a(b: " + "[" * 4_900, "Document is nested too deeply."),
    "5,000 aliases": (
        "{ book { " + " ".join(f"a{n}: title" for n in range(5_000)) + " } }",
        "Document contains more than 5000 tokens.",
    ),
    "aliases below the tokens": (
        "{ book { " + " ".join(f"a{n}: title" for n in range(1_000)) + " } }",
        "The operation has 1000 aliases; at most 50 are allowed.",
    ),
    "1,000 directives": (
        "{ number" + " @skip" * 1_000 + " }",
        "The operation has 1000 directives; at most 50 are allowed.",
    ),
    "root fields": (
        "{ ... { " + " ".join(f"a{n}: number" for n in range(21)) + " } }",
        "The operation selects 21 root fields; at most 20 are allowed.",
    ),
    "depth": (
        "{ book " + "{ author { books { nodes " * 5 + "{ author { name } }" + "}}}" * 5 + "}",
        "The operation is nested 18 levels deep; at most 16 are allowed.",
    ),
    "operations": (
        " ".join(f"query q{n} {{ number }}" for n in range(51)),
        "The document has 51 operations; at most 50 are allowed.",
    ),
    "depth of introspection": (
        '{ __type(name: "Book") { ' + "ofType { " * 30 + "name" + " }" * 32,
        "The operation's introspection is nested 31 levels deep; at most 24 are allowed.",
    ),
}


@pytest.mark.parametrize(("query", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused_with_the_limit_it_breaks(query: str, message: str) -> None:
    assert refusal(query) == (COMPLEX, message)


def test_a_bomb_of_flat_fragments_is_harmless() -> None:
    assert library.prepare(OperationRequest(bomb(50, "...F{0} ...F{0}"))).kind == "query"


def test_fragments_in_a_circle_are_named() -> None:
    query = "{ book { ...A } } fragment A on Book { author { books { nodes { ...A } } } }"
    assert refusal(query) == (BAD, "Cannot spread fragment 'A' within itself.")


def test_a_field_aliased_like_introspection_is_no_introspection() -> None:
    query = "{ __schema: book " + "{ author { books { nodes " * 6 + "{ title }" + "}}}" * 6 + "}"
    assert refusal(query)[1].startswith("The operation is nested 20 levels deep")


def test_aliases_and_directives_in_fragments_belong_to_the_operation() -> None:
    small = engine(aliases=1, directives=1)
    fragment = "fragment F on Book { a: title b: title }"
    assert refusal("{ book { ...F } } " + fragment, small)[1].startswith("The operation has 2 al")
    query = "query @skip(if: true) { book { ...F @skip(if: true) } } fragment F on Book { title }"
    assert refusal(query, small)[1].startswith("The operation has 2 directives")


def test_limits_hold_for_each_operation_by_itself() -> None:
    query = "query a { a: number } query b { b: number }"
    operation = engine(aliases=1).prepare(OperationRequest(query, operation_name="b"))
    assert operation.name == "b"


@pytest.mark.parametrize("literal", ["9" * 90_000, "1e999", "-" + "9" * 400, "0." + "1" * 90_000])
def test_numbers_beyond_reason_are_refused_with_their_place(literal: str) -> None:
    code, message = refusal(f"{{ ratio(value: {literal}) }}")
    assert (code, message) == (BAD, "The number in line 1, column 16 is too large.")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (wishes(900), "is nested more than 100 levels deep"),
        ({"titles": ["x"] * 500_000}, "holds more than 20000 values"),
        ({"title": 10**5_000}, "holds a number that is too large or not a number"),
        ({"title": float("nan")}, "holds a number that is too large or not a number"),
        ({"title": float("inf")}, "holds a number that is too large or not a number"),
    ],
)
def test_a_variable_beyond_reason_is_refused_by_name(given: Any, problem: str) -> None:
    query = "query ($wish: Wish!) { wish(wish: $wish) }"
    assert refusal(query, wish=given) == (BAD, f"Variable '$wish' {problem}.")


def test_a_variable_nested_below_the_limit_is_understood() -> None:
    query = "query ($wish: Wish!) { wish(wish: $wish) }"
    operation = library.prepare(OperationRequest(query, variables={"wish": wishes(90)}))
    assert operation.kind == "query"


def test_variables_that_no_operation_declares_are_not_looked_at() -> None:
    request = OperationRequest("{ number }", variables={"stray": wishes(900)})
    assert library.prepare(request).kind == "query"


@pytest.mark.parametrize("kind", ["first", "last"])
@pytest.mark.parametrize("size", [101, -1])
def test_a_page_beyond_the_page_size_is_refused_naming_field_and_argument(
    kind: str, size: int
) -> None:
    message = (
        f"Argument '{kind}' of field 'books' asks for a page of {size};"
        " it must be between 0 and 100."
    )
    assert refusal(f"{{ books({kind}: {size}) {{ totalCount }} }}") == (BAD, message)
    by_variable = f"query ($n: Int) {{ books({kind}: $n) {{ totalCount }} }}"
    assert refusal(by_variable, n=size) == (BAD, message)


def test_nested_pages_are_refused_with_the_estimate_and_its_place() -> None:
    inner = "author { books(first: 100) { nodes { %s } } }"
    pages = inner % (inner % "title")
    (error,) = refused("{ books(first: 100) { edges { node { " + pages + " } } } }")
    assert error["message"] == (
        "The answer could hold 1020200 objects, most at"
        " 'books.edges.node.author.books.nodes.author.books.nodes'; at most 10000 are allowed."
    )
    assert error["extensions"] == {"code": COMPLEX}
    assert error["locations"] == [{"line": 1, "column": 104}]


ESTIMATES = {
    "{ number }": 0,
    "{ book { title } }": 1,
    "{ books { totalCount pageInfo { hasNextPage } } }": 0,
    "{ books { nodes { title } } }": 20,
    "{ books(first: 7) { edges { node { title } } } }": 7,
    "{ books(first: 7, last: 9) { nodes { title } } }": 9,
    "{ books(first: 0) { nodes { author { name } } } }": 0,
    "{ latest { title } }": 5,
    "{ latest(first: 3) { title } }": 3,
    "{ book { chapters { title } } }": 11,
    "{ book { covers { title } } }": 3,
    '{ byIds(ids: ["a", "b", "c"]) { author { name } } }': 6,
    "{ books(first: 10) { nodes { author { name } chapters { title } } } }": 120,
    "{ book { author { name } ...F } } fragment F on Book { author { name } }": 2,
    "{ book { title } ... { book { author { name } } } }": 2,
    "{ a: book { title } b: book { title } }": 2,
    "query ($n: Int = 6) { books(first: $n) { nodes { title } } }": 6,
    "query ($n: Int) { books(first: $n) { nodes { title } } }": 20,
    "query ($n: Boolean = false) { book @include(if: $n) { title } }": 0,
    "query ($n: Boolean = false) { book @skip(if: $n) { title } }": 1,
    "{ book { ...F @skip(if: true) } } fragment F on Book { author { name } }": 1,
    "{ book { ... @include(if: false) { author { name } } } }": 1,
    "{ book { title } __schema { types { name } } }": 1,
}


@pytest.mark.parametrize(("query", "objects"), ESTIMATES.items())
def test_the_estimate_counts_each_object_as_often_as_lists_repeat_it(
    query: str, objects: int
) -> None:
    assert engine(nodes=objects).prepare(OperationRequest(query)).kind == "query"
    if objects:
        code, message = refusal(query, engine(nodes=objects - 1))
        assert code == COMPLEX
        assert message.startswith(f"The answer could hold {objects} objects")


def woven(depth: int) -> str:
    """Fragments that meet in another combination on each of 2^depth ways down."""
    parts = ["{ book { ...S0x0 } }"]
    for level in range(depth):
        below = [f"...S{n}x{level + 1}" for n in range(level + 2)]
        parts.append(
            f"fragment S0x{level} on Book"
            f" {{ chapters {{ {below[0]} {below[1]} }} covers {{ {below[0]} }} }}"
        )
        for n in range(1, level + 1):
            way = f"chapters {{ {below[n + 1]} }} covers {{ {below[n + 1]} }}"
            parts.append(f"fragment S{n}x{level} on Book {{ {way} }}")
    parts.extend(f"fragment S{n}x{depth} on Book {{ title }}" for n in range(depth + 1))
    return " ".join(parts)


def test_fragments_that_weave_too_many_ways_are_refused() -> None:
    message = "The operation spreads too many fields and fragments to be estimated."
    assert refusal(woven(14)) == (COMPLEX, message)


async def test_an_estimate_that_passed_says_nothing_about_other_variables() -> None:
    query = """query ($n: Int, $all: Boolean!, $ids: [ID!]!) {
      byIds(ids: $ids) { title }
      books(first: $n) { nodes { author {
        books(first: $n) @include(if: $all) { nodes { title } }
        name
      } } }
    }"""
    for size in (1, 100, 2):
        for _ in range(2):
            few = await answered(query, n=size, all=False, ids=["a"])
            assert few.errors == []
    assert refusal(query, n=101, all=False, ids=["a"])[0] == BAD
    assert refusal(query, n=100, all=True, ids=["a"])[0] == COMPLEX
    assert refusal(query, n=1, all=False, ids=["a"] * 10_000)[0] == COMPLEX


@pytest.mark.parametrize("depth", [9, 15])
async def test_full_introspection_passes(depth: int) -> None:
    query = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
        type_depth=depth,
    )
    answer = await answered(query)
    assert answer.errors == []
    assert answer.data is not None
    assert answer.data["__schema"]["queryType"]["name"] == "Query"


def test_introspection_many_times_over_is_refused() -> None:
    deep = "__schema { types { fields { type { fields { args { type { name } } } } } } }"
    copies = " ".join(f"a{n}: {deep}" for n in range(20))
    code, message = refusal("{ " + copies + " }")
    assert code == COMPLEX
    assert "most at 'a0.types.fields.type.fields" in message


def test_documents_are_remembered_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "CACHED_DOCUMENTS", 20)
    known = engine()
    for n in range(50):
        known.prepare(OperationRequest(f"{{ number(value: {n}) }}"))
    assert known.documents.count == 20


def test_heavy_documents_push_out_older_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "CACHED_BYTES", 100_000)
    known = engine()
    for n in range(100):
        known.prepare(OperationRequest("{ number } #" + "x" * 20_000 + str(n)))
        assert known.documents.weight <= documents.CACHED_BYTES
    assert known.documents.count == 4


def test_a_remembered_document_is_not_read_again() -> None:
    first = library.prepare(OperationRequest("{ book { title } }"))
    assert library.prepare(OperationRequest("{ book { title } }")).document is first.document


def test_refused_documents_are_not_remembered() -> None:
    known = engine()
    refused("{ nothing }", known)
    assert known.documents.count == 0
