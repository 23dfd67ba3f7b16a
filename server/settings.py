"""Every setting, read once from the environment; a field `name` is the variable `NAME`."""

from typing import Self

from pydantic import Field, PositiveInt, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from server.errors import OperatorError
from server.surroundings import Surroundings
from server.variables import Seconds

NEEDED_IN_PRODUCTION = ("secret_key", "database_url", "redis_url")
SECRETS = frozenset(
    {
        *NEEDED_IN_PRODUCTION,
        "database_replica_url",
        "encryption_keys",
        "evidence_private_key",
        "metrics_token",
        "smtp_url",
    }
)


class SettingsError(OperatorError):
    """Variables are missing or wrong; the text has one line for each."""

    exit_code = 2

    def __init__(self, lines: list[str]) -> None:
        Exception.__init__(self, "\n".join(lines))
        self.lines = lines


class Settings(Surroundings):
    """The whole configuration; an empty variable counts as unset."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="forbid")

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
    max_upload_bytes: PositiveInt = Field(
        default=5 * 1024 * 1024, description="Most bytes of the files that come with a request."
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
    upload_timeout: Seconds = Field(
        default=60.0, description="Seconds a request that comes with files may take to arrive."
    )
    operation_timeout: Seconds = Field(default=30.0, description="Seconds an operation may run.")
    access_token_minutes: PositiveInt = Field(default=15, description="Life of an access token.")
    refresh_token_days: PositiveInt = Field(default=7, description="Life of a refresh token.")
    session_days: PositiveInt = Field(
        default=90,
        description="Days after which one signs in anew, however often the session was refreshed.",
    )
    sign_in_attempts: PositiveInt = Field(
        default=5,
        description="How many attempts to sign in to an account may fail within 15 minutes before "
        "the next have to wait, longer every time.",
    )
    sign_in_attempts_per_address: PositiveInt = Field(
        default=5,
        description="The same for all accounts together, from one IPv4 address or /64 of IPv6. "
        "Where many people share an address, allow more.",
    )
    # The OWASP Password Storage Cheat Sheet's: 42 ms of CPU, where argon2's own defaults (3 passes,
    # 64 MiB, 4 lanes) take 214 ms, too long for 20 sign-ins a second on a core.
    argon2_time_cost: PositiveInt = Field(
        default=2,
        description="Passes of the password hash (argon2id). The defaults are what the OWASP "
        "Password Storage Cheat Sheet recommends. A change of these three holds for an account "
        "from its next sign-in.",
    )
    argon2_memory_cost: int = Field(default=19_456, ge=1_024, description="Its memory, in KiB.")
    argon2_parallelism: PositiveInt = Field(default=1, description="Its lanes.")
    events_retention_months: PositiveInt | None = Field(
        default=None,
        description="Whole months of events that are kept besides the current one. Older ones are "
        "detached, in tables of their own that may be archived or dropped. Unset keeps all.",
    )
    worker: bool | None = Field(
        default=None,
        description="Whether `serve` does jobs too. Unset means yes where PostgreSQL is our own; "
        "where DATABASE_URL is given, `imprimatur worker` does them.",
    )
    worker_jobs: int = Field(default=10, ge=2, description="Most jobs that a worker does at once.")
    worker_grace: Seconds = Field(
        default=20.0,
        description="Seconds that running jobs get to finish when a worker stops; what does not "
        "is given back.",
    )
    worker_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port at which `imprimatur worker` answers `/health/live` and `/metrics`. "
        "Unset, it listens to nobody.",
    )
    render_workers: PositiveInt = Field(default=2, description="Processes that render templates.")
    render_timeout: Seconds = Field(
        default=5.0, description="Seconds a template may take to render."
    )
    render_memory_bytes: PositiveInt = Field(
        default=512 * 1024 * 1024, description="Memory of a render process, in bytes."
    )

    @property
    def serve_works(self) -> bool:
        """Whether `serve` does jobs too."""
        return self.database_url is None if self.worker is None else self.worker

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
