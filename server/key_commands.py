"""`imprimatur keys`: the keys that sign access tokens, and what is sealed."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from server import logs, settings
from server.embedded import embedded_engines
from server.readiness import make_ready
from server.settings import Settings

# The application is imported by the commands that need it: the others answer at once.
# ruff: noqa: PLC0415

out = Console()
commands = typer.Typer(
    no_args_is_help=True, help="See and change the keys that sign access tokens."
)


@commands.command("list")
def list_keys() -> None:
    """List all keys: which signs, which verify, and until when."""
    from server import signing_keys

    with _running() as running:
        out.print(asyncio.run(signing_keys.listed(running)))


@commands.command()
def rotate(
    now: Annotated[
        bool, typer.Option("--now", help="Sign with it at once, not after five minutes.")
    ] = False,
) -> None:
    """Make a new key. It is published at once and signs after five minutes; nobody is signed out,
    for the former key verifies what it signed until that has ended. Nothing has to be restarted.
    """
    from server import signing_keys

    with _running() as running:
        made = asyncio.run(signing_keys.rotate(running, at_once=now))
    when = "signs from now on" if now else "is published, and signs in five minutes"
    _print(f"{made.kid} ({made.algorithm}) {when}.")


@commands.command()
def retire(kid: Annotated[str, typer.Argument(help="The key's name.")]) -> None:
    """Let a key verify nothing any more, at once, as when somebody has a copy of it. Whoever holds
    a token that it signed has to refresh their session.
    """
    from server import signing_keys

    with _running() as running:
        asyncio.run(signing_keys.retire(running, kid))
    _print(f"{kid} is retired: what it signed is good no longer.")


@commands.command()
def reseal() -> None:
    """Seal signing keys and second factors again, with the first of ENCRYPTION_KEYS: afterwards
    the others can be taken away.
    """
    from server import signing_keys

    with _running() as running:
        count = asyncio.run(signing_keys.reseal(running))
    _print(f"{count} sealed again; all are sealed with the first key.")


@contextmanager
def _running() -> Iterator[Settings]:
    configured = settings.load()
    logs.configure(configured)
    with embedded_engines(configured) as running:
        make_ready(running)
        yield running


def _print(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
