"""What variables of the environment may hold, and how each is checked."""

from email.policy import EmailPolicy
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, BeforeValidator, PositiveFloat, StringConstraints
from pydantic_settings import NoDecode
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError


def _asyncpg_url(value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("it is not a database URL like postgresql://user@host/name") from None
    if url.drivername not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise ValueError("it must begin with postgresql:// or postgresql+asyncpg://")
    return url.set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)


def _redis_url(value: str) -> str:
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("it must begin with redis://, rediss:// or unix://")
    return value


def _smtp_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in {"smtp", "smtps"} or not url.hostname or url.port == 0:
        raise ValueError("it must look like smtp://user:password@host:587, or smtps://…")
    return value


def _storage_url(value: str) -> str:
    if urlsplit(value).scheme not in {"s3", "gs", "az", "file"}:
        raise ValueError("it must begin with s3://, gs://, az:// or file:///")
    return value


def _sender(value: str) -> str:
    try:
        [address] = EmailPolicy().header_factory("From", value).addresses
    except (ValueError, IndexError):
        address = None
    whole = address is not None and address.username and address.domain
    if not whole or not value.isprintable():
        raise ValueError("it must be an address like Imprimatur <no-reply@example.com>")
    return value


def _public_url(value: str) -> str:
    url = urlsplit(value)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError("it must look like https://imprimatur.example.com")
    return value.rstrip("/")


def _ed25519_pem(value: str) -> str:
    pem = value.replace("\\n", "\n").strip() + "\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("it is not a private key in PEM form") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("it must be an Ed25519 key (openssl genpkey -algorithm ed25519)")  # noqa: TRY004 (pydantic reports ValueError only)
    return pem


def _split(value: object) -> object:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError(f"{value!r} is no network like 10.1.0.0/16") from None


def _absolute(value: Path) -> Path:
    return value.expanduser().resolve()


DatabaseUrl = Annotated[str, AfterValidator(_asyncpg_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
Ed25519Pem = Annotated[str, AfterValidator(_ed25519_pem)]
SmtpUrl = Annotated[str, AfterValidator(_smtp_url)]
StorageUrl = Annotated[str, AfterValidator(_storage_url)]
Sender = Annotated[str, AfterValidator(_sender)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
MetricsToken = Annotated[str, StringConstraints(strip_whitespace=True, min_length=16)]
Secrets = Annotated[
    list[Annotated[str, StringConstraints(min_length=32)]], NoDecode, BeforeValidator(_split)
]
Seconds = PositiveFloat
Folder = Annotated[Path, AfterValidator(_absolute)]
Networks = Annotated[
    list[Annotated[str, AfterValidator(_network)]], NoDecode, BeforeValidator(_split)
]
Names = Annotated[list[str], NoDecode, BeforeValidator(_split)]
