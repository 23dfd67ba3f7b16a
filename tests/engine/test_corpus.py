"""What has been thought of, and what has been found: both executors answer it alike.

A folder of the corpus is asked of the schema of that name; a file has operations under titles.
`with` gives variables, `as` gives roles; each may come several times.

    ### what is tried
    # with {"yes": true}
    # as curator
    query ($yes: Boolean!) { … }
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import pytest

from engine.levels import IRREGULAR
from tests.engine.attic import attic
from tests.engine.both import Both, Visit
from tests.engine.museum import museum

FOLDER: Final = Path(__file__).parent / "corpus"
SCHEMAS: Final = {"attic": attic, "museum": museum}


class Entry(NamedTuple):
    schema: Both
    name: str
    query: str
    variables: dict[str, Any]
    roles: frozenset[str]


def entries() -> Iterator[Entry]:
    for file in sorted(FOLDER.glob("*/*.graphql")):
        _, *parts = re.split(r"^### (.*)\n", file.read_text(), flags=re.MULTILINE)
        for title, query in zip(parts[::2], parts[1::2], strict=True):
            yield from _variants(SCHEMAS[file.parent.name], f"{file.stem}: {title}", query)


def _variants(schema: Both, name: str, query: str) -> Iterator[Entry]:
    variables = re.findall(r"^# with (.*)$", query, flags=re.MULTILINE) or ["{}"]
    roles = re.findall(r"^# as(.*)$", query, flags=re.MULTILINE) or [""]
    for given in variables:
        for role in roles:
            yield Entry(schema, name, query, orjson.loads(given), frozenset(role.split()))


@pytest.mark.parametrize("entry", list(entries()), ids=lambda entry: entry.name)
async def test_both_executors_answer_alike(entry: Entry) -> None:
    visit = partial(Visit, roles=entry.roles)
    answer = await entry.schema.ask(entry.query, entry.variables, visit)
    assert "data" in answer or entry.name.endswith("(refused)"), answer
    # Nothing is handed over whole, or the core would have been compared with itself.
    assert set(entry.schema.planned.handed_over) <= {IRREGULAR}
