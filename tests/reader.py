"""A reader who tries every example of a document against a live server."""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyotp

from server.app import create_app
from server.services import Services
from server.settings import Settings
from server.wiring import open_services
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.mailbox import Mailbox
from tests.tour import ROOT, Block, Known, blocks, conversation, curl, differences, filled, says
from tests.websocket_client import Client, client, eventually

LOCAL = "http://127.0.0.1:8000"


@dataclass
class Place:
    """A server like the one of `make run`, with its inside in reach."""

    server: LiveServer
    services: list[Services]
    mailbox: Mailbox

    def listeners(self) -> int:
        """How many subscriptions hear events now."""
        live: Any = self.services[0].contexts
        return sum(map(len, live.live._subscribers.values()))


@dataclass
class Reader:
    """A reader who tries every example of a document, one after the other."""

    place: Place
    http: httpx.AsyncClient
    sockets: AsyncExitStack
    streams: AsyncExitStack
    known: Known = field(default_factory=dict)
    question: Callable[[], Awaitable[Any]] | None = None
    asked: dict[str, Any] = field(default_factory=dict)
    socket: Client | None = None
    events: AsyncIterator[str] | None = None

    async def read(self, block: Block) -> None:
        kind = f"{block.language} {block.role}".strip()
        match kind.split():
            case ["graphql", *by]:
                self._ask(block.text, *by[1:])
            case ["json", "variables"]:
                self.asked["variables"] = json.loads(filled(block.text, self.known))
            case ["json", "answer"]:
                await self._compare(json.loads(block.text))
            case ["sh"] if block.text.startswith("curl"):
                self.question = lambda: self._curl(block.text)
            case ["sh", "stream"]:
                await self._open_stream(block.text)
            case ["text", *what]:
                await self._read_text(what, block.text)
            case ["xml", name]:
                self.known[name] = block.text

    async def _read_text(self, what: list[str], text: str) -> None:
        match what:
            case ["stream"]:
                await self._hear(text)
            case ["socket"]:
                await self._converse(text)
            case ["mail", "to", address]:
                await self._receive(address, text)
            case ["authenticator"]:
                self._look_up(text)

    def _ask(self, query: str, by: str | None = None) -> None:
        assert self.question is None, "the example before has no answer"
        headers = {"Authorization": f"Bearer {self.known[by]}"} if by else {}
        self.asked = {"query": query}

        async def ask() -> Any:
            url, asked = self.place.server.url, self.asked
            return (await self.http.post(url, json=asked, headers=headers)).json()

        self.question = ask

    async def _curl(self, command: str) -> Any:
        sent = curl(command, self.known)
        response = await self.http.post(
            self._here(sent.url), content=sent.data, headers=sent.headers
        )
        return response.json()

    async def _compare(self, written: Any) -> None:
        assert self.question is not None, "an answer without a question"
        question, self.question = self.question, None
        self._check(written, await question())

    def _check(self, written: Any, answer: Any) -> None:
        found = list(differences(written, answer, self.known))
        assert not found, "\n".join(found)

    async def _open_stream(self, command: str) -> None:
        await self._break_off()
        sent, before = curl(command, self.known), self.place.listeners()
        opened = self.http.stream(
            "POST", self._here(sent.url), content=sent.data, headers=sent.headers
        )
        response = await self.streams.enter_async_context(opened)
        self.events = response.aiter_lines()
        await eventually(lambda: self.place.listeners() > before)

    async def _break_off(self) -> None:
        """The stream before, where there is one, ends as if its connection were lost."""
        before = self.place.listeners()
        await self.streams.aclose()
        if self.events is not None:
            await eventually(lambda: self.place.listeners() < before)

    async def _hear(self, written: str) -> None:
        assert self.events is not None
        lines = [line async for line in _until_blank(self.events)]
        self._check(written.strip(), "\n".join(lines))

    async def _converse(self, text: str) -> None:
        if self.socket is None:
            self.socket = await self.sockets.enter_async_context(client(self.place.server))
        for is_sent, message in conversation(text, self.known):
            if is_sent:
                await self._send(self.socket, message)
            else:
                self._check(message, await self.socket.receive())

    async def _send(self, socket: Client, message: Any) -> None:
        before = self.place.listeners()
        await socket.send(message)
        match message["type"]:
            case "subscribe":
                await eventually(lambda: self.place.listeners() > before)
            case "complete":
                await eventually(lambda: self.place.listeners() < before)

    async def _receive(self, address: str, written: str) -> None:
        """Wait for a mail to the address that says all of this."""
        mailbox = self.place.mailbox

        def has_come() -> bool:
            said = mailbox.texts(address)[-1:]
            return any(says(written, text, self.known) for text in said)

        await eventually(has_come)

    def _look_up(self, written: str) -> None:
        """What an authenticator shows now that was given a secret."""
        secret, code = re.findall(r"\$(\w+)", written)
        self.known[code] = pyotp.TOTP(self.known[secret]).now()

    def _here(self, url: str) -> str:
        return url.replace(f"{LOCAL}/graphql", self.place.server.url)


async def _until_blank(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The lines of the next event; comments say nothing."""
    async for line in lines:
        if line.startswith(("id:", "event:")):
            yield line
            break
    async for line in lines:
        if not line:
            return
        yield line


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[Reader]:
    services: list[Services] = []

    @asynccontextmanager
    async def kept(settings: Settings) -> AsyncIterator[Services]:
        async with open_services(settings) as opened:
            services.append(opened)
            yield opened

    with live_server(create_app(settings, kept), settings) as server:
        async with (
            httpx.AsyncClient(timeout=DEADLINE) as http,
            AsyncExitStack() as sockets,
            AsyncExitStack() as streams,
        ):
            place = Place(server, services, Mailbox(settings.data_dir / "mail"))
            yield Reader(place, http, sockets, streams)


async def walk(document: str, reader: Reader) -> None:
    for block in blocks(ROOT / document):
        try:
            await reader.read(block)
        except Exception as error:
            error.add_note(f"{document}, line {block.line}")
            raise
    assert reader.question is None
