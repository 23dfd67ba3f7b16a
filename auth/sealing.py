"""What is stored so that the database alone does not give it away."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes, as NIST SP 800-38D recommends for AES-GCM."""
NAME = 4
"""Bytes in front of what a `Vault` has sealed."""


class Unreadable(Exception):
    """It was sealed with another secret, or changed."""


class Seal:
    """Seals with AES-256-GCM, and fingerprints with HMAC-SHA-256, under keys of one purpose.

    Both are derived from the installation's secret (HKDF, RFC 5869).
    """

    def __init__(self, secret: str, purpose: str) -> None:
        self._aes = AESGCM(_derived(secret, f"{purpose} seal"))
        self._key = _derived(secret, f"{purpose} fingerprint")

    def seal(self, content: bytes) -> bytes:
        nonce = token_bytes(NONCE)
        return nonce + self._aes.encrypt(nonce, content, None)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises `Unreadable`."""
        try:
            return self._aes.decrypt(sealed[:NONCE], sealed[NONCE:], None)
        except InvalidTag:
            raise Unreadable from None

    def fingerprint(self, content: str) -> bytes:
        """32 bytes, the same for the same content; nobody without the secret can guess from it."""
        return hmac.digest(self._key, content.encode(), sha256)


class Vault:
    """Seals what is kept for long, so that its keys can be changed: the first of them seals, and
    each opens what it has sealed.
    """

    def __init__(self, secrets: Sequence[str], purpose: str) -> None:
        self._seals = {_name(secret): Seal(secret, purpose) for secret in secrets}
        self._first = next(iter(self._seals))

    def seal(self, content: bytes) -> bytes:
        return self._first + self._seals[self._first].seal(content)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed; raises `Unreadable`, also where its key is no longer given."""
        seal = self._seals.get(sealed[:NAME])
        if seal is None:
            raise Unreadable
        return seal.open(sealed[NAME:])

    def is_outdated(self, sealed: bytes) -> bool:
        """Whether it was sealed with another key than the first."""
        return not sealed.startswith(self._first)


def _name(secret: str) -> bytes:
    """By which a sealed text says which key it was sealed with."""
    return sha256(b"imprimatur key " + secret.encode()).digest()[:NAME]


def _derived(secret: str, purpose: str) -> bytes:
    derivation = HKDF(SHA256(), 32, salt=None, info=f"imprimatur {purpose}".encode())
    return derivation.derive(secret.encode())
