"""The secrets that everything else is derived from: given by settings, or made once and kept."""

import os
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from auth import evidence
from server.errors import OperatorError
from server.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    secret_key: str
    """At least 32 characters."""
    evidence_private_key: str
    """Ed25519, PEM."""
    encryption_keys: Sequence[str]
    """Each of at least 32 characters; the first seals."""


def load_or_create(settings: Settings) -> Keys:
    """The configured keys; those left unset come from the data folder, where they stay."""
    folder = settings.data_dir / "keys"
    secret = settings.secret_key or _kept(folder / "secret", secrets.token_urlsafe)
    return Keys(
        secret_key=secret,
        evidence_private_key=settings.evidence_private_key or evidence.derived_key(secret),
        encryption_keys=settings.encryption_keys or [secret],
    )


def _kept(path: Path, generate: Callable[[], str]) -> str:
    try:
        if not path.exists():
            _write_first(path, generate())
        return path.read_text().strip()
    except OSError as error:
        raise OperatorError(
            f"The key {path} can be neither read nor made: {error.strerror}",
            "Give this user the folder, or set DATA_DIR to another one",
        ) from None


def _write_first(path: Path, text: str) -> None:
    """Publish the whole file at once; of two writers the first one's key stands."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent)  # of mode 600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(path).hardlink_to(name)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()
