"""The five questions, in each server's words, and the requests that ask them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from bench.contenders import OURS
from bench.data import Subject
from bench.measuring import Cell
from bench.servers import Server
from engine import ids
from server.seeding.bench import PASSWORD

QUERIES: Final = {
    "Q1": "a template by id with its author",
    "Q2": "50 templates with authors",
    "Q3": "20 templates with author, 5 newest comments with authors, approval with its steps and"
    " approvers",
    "Q4": "200 templates with 10 scalars",
    "Q5": "a page of 20 templates with totalCount and pageInfo",
}
SIZES: Final = {"Q2": 50, "Q3": 20, "Q4": 200, "Q5": 20}
_DOCUMENTS: Final = Path(__file__).parent / "documents"


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who asks a server about what they may see."""

    server: Server
    subject: Subject
    token: str | None

    def request(self, query: str, variables: dict[str, Any]) -> bytes:
        document = documents(self.server.contender.documents)[query]
        return self.server.request(document, variables, self.token)

    def requests(self, query: str, size: int | None = None) -> list[bytes]:
        """The question about different things, of a page's usual size or another one."""
        if query == "Q1":
            return [self.request("Q1", {"id": id}) for id in self._ids()]
        variables = {"slug": self.subject.slug, "first": size or SIZES[query]}
        if query == "Q5":
            variables["after"] = None
            first = self.request("Q5", variables)
            answer = self.server.answer(first)["data"]["organization"]["templates"]
            second = variables | {"after": answer["pageInfo"]["endCursor"]}
            return [first, self.request("Q5", second)]
        return [self.request(query, variables)]

    def _ids(self) -> list[str]:
        if self.server.contender.documents == OURS:
            return [ids.encode("Template", UUID(id)) for id in self.subject.templates]
        return self.subject.templates


def askers(server: Server, subjects: Sequence[Subject]) -> list[Asker]:
    """One an organisation: its administrator."""
    return [Asker(server, each, token(server, each.email)) for each in subjects]


def cell(query: str, asking: Sequence[Asker], size: int | None = None) -> Cell:
    """The question as all of them ask it; they ask one server."""
    requests = [each for asker in asking for each in asker.requests(query, size)]
    return Cell(asking[0].server, query, requests)


_TOKENS: Final[dict[tuple[str, str], str]] = {}
"""By database and address: our servers share their keys."""


def token(server: Server, email: str) -> str | None:
    if not server.contender.signs_in:
        return None
    key = server.contender.environment["DATABASE_URL"], email
    if key not in _TOKENS:
        _TOKENS[key] = server.token(email, PASSWORD)
    return _TOKENS[key]


@cache
def documents(dialect: str) -> dict[str, str]:
    """The queries of a dialect, by name."""
    text = (_DOCUMENTS / f"{dialect}.graphql").read_text("utf-8")
    return {part[6:8]: part.strip() for part in re.split(r"(?m)^(?=query )", text) if part}
