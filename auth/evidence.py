"""Evidence is signed JSON: whoever has the public key can tell, offline, that nobody changed it.

The signature is a JWS (RFC 7515) with Ed25519 over the canonical JSON of the document (RFC 8785),
in compact form without the payload (RFC 7515, appendix F): so the document stays readable, and
may be laid out anew. `kid` is the key's thumbprint (RFC 7638).
"""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import jwt
import rfc8785
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_ALGORITHM = "EdDSA"
_TYPE = "imprimatur-evidence"


class NotSigned(Exception):
    """The text says why the signature is none of that key over that document."""


class Signer:
    """Signs documents with one Ed25519 key, given as PEM."""

    def __init__(self, private_key_pem: str) -> None:
        key = load_pem_private_key(private_key_pem.encode(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError("The signing key must be an Ed25519 private key in PEM.")
        self._key, self.public = key, key.public_key()
        self.kid = thumbprint(self.public)

    @property
    def public_pem(self) -> str:
        return self.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, document: Any) -> str:
        """The signature: the same for the same document, however it is laid out."""
        headers = {"kid": self.kid, "typ": _TYPE}
        whole = jwt.PyJWS().encode(
            rfc8785.dumps(document), self._key, algorithm=_ALGORITHM, headers=headers
        )
        protected, _, signature = whole.split(".")
        return f"{protected}..{signature}"


def check(document: Any, signature: str, public: Ed25519PublicKey) -> None:
    """Raises `NotSigned` unless the holder of the key signed exactly this document."""
    protected, _, rest = signature.partition("..")
    try:
        payload = urlsafe_b64encode(rfc8785.dumps(document)).rstrip(b"=").decode()
        whole = f"{protected}.{payload}.{rest}"
        kid = jwt.PyJWS().get_unverified_header(whole).get("kid")
        if kid != thumbprint(public):
            raise NotSigned(f"it was signed with another key, {kid}")
        jwt.PyJWS().decode(whole, public, algorithms=[_ALGORITHM])
    except jwt.InvalidSignatureError:
        raise NotSigned("the document is not the one that was signed") from None
    except (jwt.PyJWTError, rfc8785.CanonicalizationError, ValueError, RecursionError):
        raise NotSigned("this is no signature of a document") from None


def public_key(pem: bytes) -> Ed25519PublicKey:
    """Raises ValueError for what is no Ed25519 public key in PEM."""
    try:
        key = load_pem_public_key(pem)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("it is a key of another kind")  # noqa: TRY004 - it is a value of a file
    return key


def derived_key(secret: str) -> str:
    """The PEM of the key that an installation signs with unless it has one for that alone."""
    derivation = HKDF(SHA256(), 32, salt=None, info=b"imprimatur evidence key")
    key = Ed25519PrivateKey.from_private_bytes(derivation.derive(secret.encode()))
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def thumbprint(public: Ed25519PublicKey) -> str:
    raw = urlsafe_b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).rstrip(b"=")
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": raw.decode()}
    return urlsafe_b64encode(sha256(rfc8785.dumps(jwk)).digest()).rstrip(b"=").decode()
