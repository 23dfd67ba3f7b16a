"""`imprimatur audit`: whether the record of what happened is whole."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from server import logs, settings
from server.embedded import embedded_engines
from server.errors import OperatorError

HASH_BYTES = 32

out = Console()
commands = typer.Typer(no_args_is_help=True, help="Look into the record of what happened.")


@commands.callback()
def audit() -> None:
    """Look into the record of what happened."""


@commands.command()
def verify(
    organization: Annotated[
        str | None, typer.Option(help="The slug of the one organisation to look at.")
    ] = None,
    since: Annotated[int, typer.Option(min=0, help="Leave out what comes before it.")] = 0,
    head: Annotated[
        str | None, typer.Option(help="A hash of the chain that you kept: it must still be there.")
    ] = None,
) -> None:
    """Find what was changed, taken out or put in since it was recorded; ends with 1 if so."""
    from server.audit_verification import verified  # noqa: PLC0415 - other commands answer at once

    kept = None if head is None else _hash(head)
    configured = settings.load()
    logs.configure(configured)
    with embedded_engines(configured) as running:
        is_whole = asyncio.run(verified(running, organization, since, kept, _print))
    if not is_whole:
        raise typer.Exit(1)


def _hash(text: str) -> bytes:
    try:
        kept = bytes.fromhex(text)
    except ValueError:
        kept = b""
    if len(kept) != HASH_BYTES:
        raise OperatorError("--head is not a SHA-256", "Give 64 hexadecimal digits")
    return kept


def _print(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
