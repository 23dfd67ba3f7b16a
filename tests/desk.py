"""Somebody at work, over HTTP: an editor, their organisation and their template."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.http_client import HttpClient, http_client
from tests.live_server import LiveServer
from tests.world import CREATE_ORGANIZATION, CREATE_TEMPLATE, Person, content

VIEWER = "{ viewer { email } }"
RENAME = """
mutation ($input: UpdateTemplateInput!) {
  updateTemplate(input: $input) { template { name } errors { message } }
}
"""


@dataclass(frozen=True)
class Desk:
    """An editor, where they work, and what they work on."""

    http: HttpClient
    editor: Person
    organization: str
    slug: str
    template: str
    version: str

    async def rename(self, name: str) -> httpx.Response:
        given = {"template": self.template, "name": name}
        return await self.http.ask(RENAME, self.editor, input=given)

    async def viewer(self) -> httpx.Response:
        return await self.http.ask(VIEWER, self.editor)


@asynccontextmanager
async def a_desk(server: LiveServer) -> AsyncIterator[Desk]:
    async with http_client(server) as http:
        editor = await http.newcomer()
        founded = {"slug": f"press-{uuid4().hex[:8]}", "name": "Acme Press"}
        place = (await _done(http, editor, CREATE_ORGANIZATION, founded))["organization"]
        written = {"organization": place["id"], "name": "Welcome", "content": content()}
        template = (await _done(http, editor, CREATE_TEMPLATE, written))["template"]
        version = template["currentVersion"]["id"]
        yield Desk(http, editor, place["id"], place["slug"], template["id"], version)


async def _done(http: HttpClient, by: Person, mutation: str, input: dict[str, Any]) -> Any:
    [payload] = (await http.ask(mutation, by, input=input)).json()["data"].values()
    assert payload["errors"] == []
    return payload
