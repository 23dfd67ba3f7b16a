"""Key pairs that sign access tokens, as they are kept and as they are published (RFC 7517)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_public_key,
)
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from auth.sealing import Unreadable, Vault
from domain.signing_keys import Algorithm

RSA_BITS = 3072
"""As strong as Ed25519 (NIST SP 800-57, part 1, table 2)."""

_EXPONENT = 65537
_MEMBERS = {Algorithm.EDDSA: ("crv", "kty", "x"), Algorithm.RS256: ("e", "kty", "n")}

Private = Ed25519PrivateKey | RSAPrivateKey
Public = Ed25519PublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key pair to keep."""

    kid: str
    """The public key's thumbprint (RFC 7638)."""
    algorithm: Algorithm
    sealed: bytes
    """The private key."""
    public_pem: str


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A kept key; `private` is None where it was sealed with a secret that is not given."""

    kid: str
    algorithm: Algorithm
    private: Private | None
    public: Public
    signs_from: datetime
    retires_at: datetime | None

    @property
    def jwk(self) -> dict[str, str]:
        """The public key, for others to verify with."""
        return {**_jwk(self.public), "kid": self.kid, "alg": self.algorithm, "use": "sig"}


def generate(algorithm: Algorithm, vault: Vault) -> KeyPair:
    """A new key pair; for RSA, this takes a core for a second."""
    private = _generated(algorithm)
    public = private.public_key()
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return KeyPair(_thumbprint(public), algorithm, vault.seal(der), pem.decode())


def private_key(sealed: bytes, vault: Vault) -> Private | None:
    """The private key; None where none of the vault's secrets opens it."""
    try:
        opened = vault.open(sealed)
    except Unreadable:
        return None
    # What only we can have sealed need not be checked for hidden weaknesses, which is slow.
    key = load_der_private_key(opened, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, Ed25519PrivateKey | RSAPrivateKey):
        raise TypeError("This signs nothing: it is a key of another kind.")
    return key


def public_key(pem: str) -> Public:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey | RSAPublicKey):
        raise TypeError("This verifies nothing: it is a key of another kind.")
    return key


def _generated(algorithm: Algorithm) -> Private:
    if algorithm is Algorithm.RS256:
        return generate_private_key(_EXPONENT, RSA_BITS)
    return Ed25519PrivateKey.generate()


def _thumbprint(public: Public) -> str:
    return urlsafe_b64encode(sha256(rfc8785.dumps(_jwk(public))).digest()).rstrip(b"=").decode()


def _jwk(public: Public) -> dict[str, Any]:
    """Only what the key is made of."""
    if isinstance(public, RSAPublicKey):
        whole, members = RSAAlgorithm.to_jwk(public, as_dict=True), _MEMBERS[Algorithm.RS256]
    else:
        whole, members = OKPAlgorithm.to_jwk(public, as_dict=True), _MEMBERS[Algorithm.EDDSA]
    return {name: whole[name] for name in members}
