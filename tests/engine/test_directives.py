"""What is skipped and included: the cases of graphql-core's tests/execution/test_directives.py."""

from typing import Any, Final

import pytest
import strawberry

from tests.engine.both import both


@strawberry.type
class Query:
    a: str = "a"

    @strawberry.field
    def b(self) -> str:
        return "b"

    @strawberry.field
    def inner(self) -> "Query":
        return Query()


@strawberry.type
class Root:
    @strawberry.field
    def a(self) -> str:
        return "a"

    @strawberry.field
    async def b(self) -> str:
        return "b"

    @strawberry.field
    def query(self) -> Query:
        return Query()


letters = both(strawberry.Schema(Root))
DIRECTIVES: Final = {
    "": True,
    "@include(if: true)": True,
    "@include(if: false)": False,
    "@skip(if: false)": True,
    "@skip(if: true)": False,
    "@include(if: true) @skip(if: false)": True,
    "@include(if: true) @skip(if: true)": False,
    "@include(if: false) @skip(if: true)": False,
    "@include(if: false) @skip(if: false)": False,
}
PLACES: Final = {
    "a scalar": "{ a b %s }",
    "a fragment spread": "{ a ...Frag %s } fragment Frag on TYPE { b }",
    "an inline fragment": "{ a ... on TYPE %s { b } }",
    "an anonymous inline fragment": "{ a ... %s { b } }",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("directives", DIRECTIVES)
@pytest.mark.parametrize("literally", [True, False])
@pytest.mark.parametrize("type", ["Root", "Query"])
async def test_directives_work_on(place: str, directives: str, literally: bool, type: str) -> None:
    query = PLACES[place].replace("TYPE", type) % directives
    variables: dict[str, Any] = {}
    if not literally:
        query, variables = _by_variables(query)
    selection, _, fragment = query.partition(" fragment")
    whole = selection if type == "Root" else selection.replace("{", "{ query {", 1) + " }"
    declared = ", ".join(f"${name}: Boolean!" for name in variables)
    opening = f"query ({declared}) " if declared else ""
    asked = f"{opening}{whole}{f' fragment{fragment}' if fragment else ''}"
    expected = {"a": "a", "b": "b"} if DIRECTIVES[directives] else {"a": "a"}
    answer = await letters.ask(asked, variables)
    assert answer == {"data": expected if type == "Root" else {"query": expected}}


def _by_variables(query: str) -> tuple[str, dict[str, bool]]:
    values = {"true": True, "false": False}
    used = {name: value for name, value in values.items() if f"if: {name}" in query}
    for name in used:
        query = query.replace(f"if: {name}", f"if: ${name}")
    return query, used
