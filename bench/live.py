"""Who is measured in telling many at once: one subscription, in each server's own way."""

import json
import sys
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final
from uuid import UUID

from bench import node
from bench.contenders import Contender, ours
from bench.data import Data, Subject
from bench.queries import token
from bench.servers import Server
from engine import ids

FLOOR: Final = "live_floor"
STRAWBERRY: Final = "live_strawberry"
WATCHED: Final = "watched"
SUBSCRIPTION: Final = """subscription Told($id: ID!) {
  templateChanged(template: $id) {
    eventId kind occurredAt actor { id name { first last } }
    template { id name status version updatedAt author { id name { first last } } }
  }
}"""
RENAME: Final = """mutation Rename($input: UpdateTemplateInput!) {
  updateTemplate(input: $input) { errors { code message } }
}"""


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a listener says first, and what makes the server tell all of them."""

    init: dict[str, Any]
    subscribe: dict[str, Any]
    publish: list[bytes]


def contenders(data: Data) -> list[Contender]:
    """Ours first, the floor last."""
    strawberry = f"Strawberry {version('strawberry-graphql')}, its own ASGI application"
    return [
        ours(data, data.url, MAX_SOCKETS="20000"),
        _asgi(STRAWBERRY, strawberry),
        _on_node("live_graphql_ws", "graphql-ws {graphql-ws} on ws {ws}"),
        _on_node("live_mercurius", "Mercurius {mercurius}, JIT"),
        _asgi(FLOOR, f"Floor: bare ASGI socket, uvicorn {version('uvicorn')}"),
    ]


def watched(data: Data, path: str) -> Contender:
    """Ours, where somebody looks at how long the event loop is kept busy."""
    found = ours(data, data.url, WATCHED, MAX_SOCKETS="20000")
    command = (sys.executable, "-m", "bench.watched", path)
    return Contender(WATCHED, found.label, command, found.environment, signs_in=True)


def conversation(server: Server, subject: Subject) -> Conversation:
    """The same subscription for everybody; what is told has the same size."""
    if server.contender.signs_in:
        return _ours(server, subject)
    subscribe = {"query": SUBSCRIPTION, "variables": {"id": subject.templates[0]}}
    change = json.dumps(_told(server.contender.name, subject), separators=(",", ":")).encode()
    return Conversation({}, subscribe, [_post(server, change)])


def _ours(server: Server, subject: Subject) -> Conversation:
    """By the administrator; the change is a mutation, whose event goes all the way."""
    signed_in = token(server, subject.email)
    id = ids.encode("Template", UUID(subject.templates[0]))
    rename = [
        server.request(RENAME, {"input": {"template": id, "name": name}}, signed_in)
        for name in ("Told to many", "Told to all")
    ]
    init = {"authorization": f"Bearer {signed_in}"}
    return Conversation(init, {"query": SUBSCRIPTION, "variables": {"id": id}}, rename)


def _told(name: str, subject: Subject) -> dict[str, Any]:
    """What the others know without having read it."""
    person = {
        "id": ids.encode("User", UUID(subject.templates[0])),
        "name": {"first": "A", "last": "Person"},
    }
    template = {
        "id": ids.encode("Template", UUID(subject.templates[0])),
        "name": "Told to many",
        "status": "DRAFT",
        "version": 100,
        "updatedAt": "2026-01-01T00:00:00.000000+00:00",
        "author": person,
    }
    change = {
        "eventId": subject.templates[0],
        "kind": "TEMPLATE_UPDATED",
        "occurredAt": template["updatedAt"],
        "actor": person,
        "template": template,
    }
    return {"data": {"templateChanged": change}} if name == FLOOR else change


def _post(server: Server, body: bytes) -> bytes:
    lines = [
        "POST /publish HTTP/1.1",
        f"host: 127.0.0.1:{server.port}",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _asgi(name: str, label: str) -> Contender:
    options = (
        "--port {port} --loop uvloop --http httptools --ws websockets-sansio"
        " --ws-per-message-deflate false --no-access-log --log-level warning"
    )
    command = (sys.executable, "-m", "uvicorn", f"bench.peers.{name}:app", *options.split())
    return Contender(name, label, command)


def _on_node(name: str, label: str) -> Contender:
    command = (str(node.program()), str(node.PEERS / f"{name}.mjs"))
    environment = {"PORT": "{port}", "NODE_ENV": "production"}
    return Contender(name, node.with_versions(label), command, environment)
