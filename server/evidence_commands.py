"""`imprimatur evidence`: the key that signs evidence, and whether evidence is genuine."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

# The application is imported by the commands that need it: the others answer at once.
# ruff: noqa: PLC0415

out = Console()
commands = typer.Typer(no_args_is_help=True, help="Verify signed evidence of approvals.")


@commands.command("public-key")
def public_key() -> None:
    """Print the public key with which others verify the evidence of this installation."""
    from auth.evidence import Signer
    from server import keys, settings

    signer = Signer(keys.load_or_create(settings.load()).evidence_private_key)
    sys.stdout.write(signer.public_pem)


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="JSON with the `document` and its `signature`.")],
    key: Annotated[Path, typer.Option(help="The public key, in PEM.")],
) -> None:
    """Say what of the evidence is verified and what is wrong; ends with 1 if anything is. Needs
    nothing but the two files.
    """
    from server.evidence_files import verified

    examination = verified(file, key)
    for text in examination.good:
        _print(f"✓ {text}")
    for text in examination.wrong:
        _print(f"✗ {text}")
    if examination.wrong:
        raise typer.Exit(1)


def _print(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)
