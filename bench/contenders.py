"""Who is measured, and how each is started: as its operators would in production."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Final

from sqlalchemy.engine import make_url

from bench import node
from bench.data import Data
from server import keys

ROOT: Final = Path(__file__).resolve().parent.parent
OURS: Final = "imprimatur"
CORE: Final = "core"
TUTORIAL: Final = "tutorial"
FLOOR: Final = "floor"
PEERS: Final = ("postgraphile", "mercurius", "yoga", "apollo")
"""Servers that others run in production."""

SETTINGS: Final = {
    "ENVIRONMENT": "production",
    "LOG_FORMAT": "json",
    "MAX_PAGE_SIZE": "200",
    "ACCESS_TOKEN_MINUTES": "240",
}
"""Of our server; everything else is as it comes."""


@dataclass(frozen=True, slots=True)
class Contender:
    name: str
    label: str
    """What it is, with its version."""
    command: Sequence[str]
    """`{port}` stands for its port."""
    environment: Mapping[str, str] = field(default_factory=dict)
    documents: str = "handwritten"
    """The file of its queries."""
    path: str = "/graphql"
    signs_in: bool = False


def ours(data: Data, url: str, name: str = OURS, **more: str) -> Contender:
    """Our server on the database of that URL, with everything on."""
    secrets = keys.load_or_create(data.settings)
    environment = {
        **SETTINGS,
        "PORT": "{port}",
        "DATABASE_URL": url,
        "REDIS_URL": data.settings.redis_url or "",
        "SECRET_KEY": secrets.secret_key,
        **more,
    }
    label = f"Imprimatur {version('imprimatur')}" + (", graphql-core" if name == CORE else "")
    command = (sys.executable, "-m", "server", "serve")
    return Contender(name, label, command, environment, documents=OURS, signs_in=True)


def contenders(data: Data) -> list[Contender]:
    """Ours first, the floor last."""
    return [
        ours(data, data.url),
        ours(data, data.url, CORE, GRAPHQL_ENGINE="core"),
        _asgi(data, TUTORIAL, f"Strawberry {version('strawberry-graphql')}, as taught"),
        _on_node(data, "postgraphile", "PostGraphile {postgraphile}", documents="postgraphile"),
        _on_node(data, "mercurius", "Mercurius {mercurius}, JIT"),
        _on_node(data, "yoga", "Yoga {graphql-yoga}, dataloader"),
        _on_node(data, "apollo", "Apollo Server {@apollo/server}, dataloader", path="/"),
        _asgi(data, FLOOR, f"Floor: asyncpg {version('asyncpg')}, json_agg"),
    ]


def _asgi(data: Data, name: str, label: str) -> Contender:
    module = "bench.peers.tutorial.app:app" if name == TUTORIAL else "bench.peers.floor:app"
    options = "--port {port} --loop uvloop --http httptools --no-access-log --log-level warning"
    command = (sys.executable, "-m", "uvicorn", module, *options.split())
    return Contender(name, label, command, {**_libpq(data), "DATABASE_URL": data.url})


def _on_node(
    data: Data, name: str, label: str, documents: str = "handwritten", path: str = "/graphql"
) -> Contender:
    environment = {
        **_libpq(data),
        "PORT": "{port}",
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    command = (str(node.program()), str(node.PEERS / f"{name}.mjs"))
    return Contender(name, node.with_versions(label), command, environment, documents, path)


def _libpq(data: Data) -> dict[str, str]:
    url = make_url(data.url)
    return {
        "PGHOST": str(url.query["host"]),
        "PGUSER": url.username or "",
        "PGDATABASE": url.database or "",
    }


def environment(contender: Contender, port: int) -> dict[str, str]:
    """Nothing of our own surroundings that could change what is measured."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {
        name: value.replace("{port}", str(port)) for name, value in contender.environment.items()
    }
