"""Every setting, read once from the environment; a field `name` is the variable `NAME`."""

from pathlib import Path
from typing import Annotated, Literal, Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from server.errors import OperatorError

CHECKOUT = Path(__file__).resolve().parent.parent
NEEDED_IN_PRODUCTION = ("jwt_private_key", "secret_key", "database_url", "redis_url")
SECRETS = frozenset({*NEEDED_IN_PRODUCTION, "database_replica_url", "metrics_token"})


class SettingsError(OperatorError):
    """Variables are missing or wrong; the text has one line for each."""

    exit_code = 2

    def __init__(self, lines: list[str]) -> None:
        Exception.__init__(self, "\n".join(lines))
        self.lines = lines


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


def _absolute(value: Path) -> Path:
    return value.expanduser().resolve()


DatabaseUrl = Annotated[str, AfterValidator(_asyncpg_url)]
RedisUrl = Annotated[str, AfterValidator(_redis_url)]
Ed25519Pem = Annotated[str, AfterValidator(_ed25519_pem)]
MetricsToken = Annotated[str, StringConstraints(strip_whitespace=True, min_length=16)]
Seconds = PositiveFloat
DEVELOPMENT_ONLY = "Unset means on in development and off in production."


class Settings(BaseSettings):
    """The whole configuration; an empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="forbid")

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
    data_dir: Annotated[Path, AfterValidator(_absolute)] = Field(
        default=CHECKOUT / ".data",
        description="Where our own engines, generated keys, mail and files are kept.",
    )
    jwt_private_key: Ed25519Pem | None = Field(
        default=None,
        repr=False,
        description="Ed25519 private key (PEM) that signs access tokens; `\\n` may stand for a "
        "line break. Unset generates one, kept in the data folder, in development.",
    )
    secret_key: str | None = Field(
        default=None,
        repr=False,
        min_length=32,
        description="Signs cursors; at least 32 characters. Unset generates one, kept in the data "
        "folder, in development.",
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
    cors_origins: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default_factory=list,
        description="Origins that browsers may call from, separated by commas.",
    )
    trusted_proxies: Annotated[list[str], NoDecode, BeforeValidator(_split)] = Field(
        default=["127.0.0.1"],
        description="Addresses whose `X-Forwarded-For` is believed, separated by commas.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe messages to log."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="`json` writes one object a line."
    )
    max_document_bytes: PositiveInt = Field(
        default=100_000, description="Longest GraphQL document, in bytes."
    )
    max_tokens: PositiveInt = Field(default=5_000, description="Most tokens in a document.")
    max_depth: PositiveInt = Field(default=16, description="Deepest nesting of selections.")
    max_aliases: PositiveInt = Field(default=50, description="Most aliases in an operation.")
    max_root_fields: PositiveInt = Field(default=20, description="Most fields at the root.")
    max_directives: PositiveInt = Field(default=50, description="Most directives in an operation.")
    max_page_size: PositiveInt = Field(default=100, description="Largest `first` or `last`.")
    max_nodes: PositiveInt = Field(
        default=10_000,
        description="Most nodes an operation may ask for, estimated from its page sizes.",
    )
    max_request_bytes: PositiveInt = Field(
        default=1_000_000, description="Largest request body, in bytes."
    )
    max_websocket_message_bytes: PositiveInt = Field(
        default=200_000, description="Largest WebSocket message, in bytes."
    )
    max_sockets: PositiveInt = Field(
        default=1_000, description="Most WebSockets and event streams open at once in a process."
    )
    max_subscriptions_per_socket: PositiveInt = Field(
        default=50, description="Most operations running on a socket."
    )
    connection_init_timeout: Seconds = Field(
        default=5.0, description="Seconds a WebSocket may take to send `connection_init`."
    )
    request_timeout: Seconds = Field(
        default=10.0, description="Seconds a request may take to arrive."
    )
    operation_timeout: Seconds = Field(default=30.0, description="Seconds an operation may run.")
    access_token_minutes: PositiveInt = Field(default=15, description="Life of an access token.")
    refresh_token_days: PositiveInt = Field(default=7, description="Life of a refresh token.")
    argon2_time_cost: PositiveInt = Field(default=3, description="Passes of the password hash.")
    argon2_memory_cost: int = Field(default=65_536, ge=1_024, description="Its memory, in KiB.")
    argon2_parallelism: PositiveInt = Field(default=4, description="Its lanes.")
    render_workers: PositiveInt = Field(default=2, description="Processes that render templates.")
    render_timeout: Seconds = Field(
        default=5.0, description="Seconds a template may take to render."
    )
    render_memory_bytes: PositiveInt = Field(
        default=512 * 1024 * 1024, description="Memory of a render process, in bytes."
    )

    @property
    def is_development(self) -> bool:
        return self.environment == "development"

    def in_development(self, switch: bool | None) -> bool:
        """The switch, or, where it is unset, whether this is a development server."""
        return self.is_development if switch is None else switch

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = [name.upper() for name in NEEDED_IN_PRODUCTION if not getattr(self, name)]
        if self.environment == "production" and missing:
            raise ValueError(
                f"ENVIRONMENT=production needs {', '.join(missing)}: set what is missing "
                "(docs/configuration.md tells how)"
            )
        return self


def load() -> Settings:
    """The settings of this process; SettingsError names every wrong variable."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError([_line(detail) for detail in error.errors()]) from None


def _line(detail: ErrorDetails) -> str:
    reason = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return f"{reason}."
    name = str(detail["loc"][0])
    reason = reason.removeprefix("Input ").removeprefix("String ")
    value = "" if name in SECRETS else f"={detail['input']}"
    return f"{name.upper()}{value} is wrong: {reason}. {_cure(name)}"


def _cure(name: str) -> str:
    field = Settings.model_fields[name]
    default = field.get_default(call_default_factory=True, validated_data={})
    use = "" if default is None or isinstance(default, list) else f" to use {default}"
    return f"Correct it, or unset {name.upper()}{use}."
