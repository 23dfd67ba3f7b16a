"""Settings of where a process runs, what it talks to, and what it keeps secret."""

from pathlib import Path
from typing import Literal

from pydantic import Field, FilePath, PositiveInt
from pydantic_settings import BaseSettings

from domain.signing_keys import Algorithm
from server.variables import (
    DatabaseUrl,
    Ed25519Pem,
    Folder,
    MetricsToken,
    Name,
    Names,
    Networks,
    PublicUrl,
    RedisUrl,
    Secrets,
    Sender,
    SmtpUrl,
    StorageUrl,
)

CHECKOUT = Path(__file__).resolve().parent.parent
DEVELOPMENT_ONLY = "Unset means on in development and off in production."


class Surroundings(BaseSettings):
    """What differs from one installation to the next."""

    environment: Literal["development", "production"] = Field(
        default="development",
        description="`production` refuses to start without its own keys and engines.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    database_url: DatabaseUrl | None = Field(
        default=None, repr=False, description="PostgreSQL 15 or newer. Unset starts one of our own."
    )
    database_replica_url: DatabaseUrl | None = Field(
        default=None,
        repr=False,
        description="A replica that plain queries read from. Unset, they read the database itself.",
    )
    database_pool_size: PositiveInt = Field(
        default=10, description="Connections to PostgreSQL that a process keeps at most."
    )
    redis_url: RedisUrl | None = Field(
        default=None,
        repr=False,
        description="Redis or Valkey 7 or newer. Unset starts one of our own.",
    )
    data_dir: Folder = Field(
        default=CHECKOUT / ".data",
        description="Where our own engines, generated keys, mail and files are kept.",
    )
    storage_url: StorageUrl | None = Field(
        default=None,
        description="Where files are kept: `s3://bucket/folder`, `gs://…`, `az://container`, or "
        "`file:///folder`; a cloud's own variables, such as AWS_ACCESS_KEY_ID, say how to sign in. "
        "Unset keeps them in `files/` in the data folder, which suits one machine only.",
    )
    smtp_url: SmtpUrl | None = Field(
        default=None,
        repr=False,
        description="Where mail is handed over: `smtp://user:password@host:587` (encrypted where "
        "the server can) or `smtps://…`. Unset writes `.eml` files to `mail/` in the data folder.",
    )
    mail_from: Sender = Field(
        default="Imprimatur <imprimatur@localhost>", description="Who mails come from."
    )
    public_url: PublicUrl | None = Field(
        default=None,
        description="Where people find the front end, such as `https://imprimatur.example.com`: "
        "mails link to `/notifications/<id>` there. Unset leaves links out.",
    )
    jwt_algorithm: Algorithm = Field(
        default=Algorithm.EDDSA,
        description="What access tokens are signed with: `EdDSA` (Ed25519), or `RS256` (RSA of "
        "3072 bits) for those who cannot verify that. The keys are made by the server and kept, "
        "sealed, in the database; a change makes a new one, and signs nobody out.",
    )
    jwt_issuer: Name = Field(
        default="imprimatur", description="`iss` of access tokens: who has signed them."
    )
    jwt_audience: Name = Field(
        default="imprimatur", description="`aud` of access tokens: whom they are for."
    )
    evidence_private_key: Ed25519Pem | None = Field(
        default=None,
        repr=False,
        description="Ed25519 private key (PEM) that signs the evidence of approvals; `\\n` may "
        "stand for a line break. Unset derives one from SECRET_KEY.",
    )
    secret_key: str | None = Field(
        default=None,
        repr=False,
        min_length=32,
        description="Signs cursors; at least 32 characters. Unset generates one, kept in the data "
        "folder, in development.",
    )
    encryption_keys: Secrets | None = Field(
        default=None,
        repr=False,
        description="Encrypt what is kept for long, such as signing keys; each of at least 32 "
        "characters, separated by commas. The first encrypts and all decrypt: to change it, put a "
        "new one in front and run `imprimatur keys reseal`. Unset uses SECRET_KEY.",
    )
    metrics_token: MetricsToken | None = Field(
        default=None,
        repr=False,
        description="Bearer token that `/metrics` asks for; at least 16 characters. Unset means "
        "open to everybody in development and not served in production.",
    )
    graphql_engine: Literal["planned", "core"] = Field(
        default="planned",
        description="`core` has graphql-core execute everything: slower, with the same answers.",
    )
    introspection: bool | None = Field(
        default=None, description=f"Whether clients may read the schema. {DEVELOPMENT_ONLY}"
    )
    graphiql: bool | None = Field(
        default=None, description=f"Whether browsers get GraphiQL at `/graphql`. {DEVELOPMENT_ONLY}"
    )
    suggestions: bool | None = Field(
        default=None, description=f"Whether errors say “Did you mean …”. {DEVELOPMENT_ONLY}"
    )
    geoip_database: FilePath | None = Field(
        default=None,
        description="An `.mmdb` file of cities or countries, such as GeoLite2, that tells people "
        "where they are signed in. Unset, only this machine and private networks are told.",
    )
    webhook_networks: Networks | None = Field(
        default=None,
        description="Networks besides the public Internet that webhooks may call, separated by "
        "commas, such as 10.1.0.0/16. Where there are any, webhooks may do without TLS. Unset "
        "means this machine in development, and none in production.",
    )
    cors_origins: Names = Field(
        default_factory=list,
        description="Origins that browsers may call from, separated by commas.",
    )
    trusted_proxies: Names = Field(
        default=["127.0.0.1"],
        description="Addresses whose `X-Forwarded-For` is believed, separated by commas.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe messages to log."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="`json` writes one object a line."
    )
