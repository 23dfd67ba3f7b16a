"""Evidence and keys in files."""

from pathlib import Path
from typing import Any

import orjson

from auth import evidence
from domain.evidence import Examination, examine
from resolvers.evidence import hashed
from server.errors import OperatorError


def verified(file: Path, key: Path) -> Examination:
    """What is so in a file of evidence, and what is not; OperatorError where a file is no such."""
    document, signature = _evidence(file)
    try:
        evidence.check(document, signature, _public_key(key))
    except evidence.NotSigned as error:
        return Examination(wrong=[f"the signature is not good: {error}"])
    examination = examine(document, hashed)
    examination.good.insert(0, "the signature is good: nobody changed the document")
    return examination


def _evidence(file: Path) -> tuple[Any, str]:
    try:
        read = orjson.loads(_read(file))
        document, signature = read["document"], read["signature"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        document, signature = None, None
    if not isinstance(document, dict) or not isinstance(signature, str):
        raise OperatorError(
            f"{file} is no evidence", "Give JSON with the `document` and its `signature`"
        )
    return document, signature


def _public_key(file: Path) -> Any:
    try:
        return evidence.public_key(_read(file))
    except ValueError:
        raise OperatorError(
            f"{file} is no Ed25519 public key in PEM",
            "Give what `imprimatur evidence public-key` prints",
        ) from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise OperatorError(
            f"{file} cannot be read: {error.strerror}", "Name another file"
        ) from None
