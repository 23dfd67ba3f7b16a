"""What a serving process opens, and closes in reverse: the one place that wires everything."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import Select, literal_column, select

from adapters.devices import Devices
from adapters.mail import sending
from adapters.outbound import Outbound
from adapters.pictures.pool import Pictures
from adapters.places import Places
from adapters.rendering.pool import Renderer
from adapters.storage import Storage
from auth.evidence import Signer
from auth.keyring import Keyring
from auth.passwords import Passwords
from auth.sealing import Seal, Vault
from auth.tokens import Tokens
from db.database import Database
from db.statements import compiled
from domain.errors import DomainError
from domain.guessing import Allowed
from domain.sessions import Lifetime
from engine.cursors import Cursors
from engine.execution import Engine
from engine.limits import Limits
from events import spine
from jobs.worker import Manner, working
from resolvers import refusals
from resolvers.actors import Actors
from resolvers.bearers import Bearers
from resolvers.context import Resources
from resolvers.outgoing import Outgoing
from resolvers.revalidation import revalidating
from schema import schema
from server import keys, signing_keys
from server.cookies import Cookies
from server.job_counts import JobCounts
from server.payloads import EventPayloads
from server.services import Check, Services
from server.settings import Settings

LOOPBACK = ("127.0.0.0/8", "::1/128")


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Database, live events, renderer and keys, as the settings say."""
    secrets = keys.load_or_create(settings)
    redis_url = settings.redis_url or ""
    async with AsyncExitStack() as stack:
        database = _database(settings)
        stack.push_async_callback(database.close)
        keyring = await signing_keys.keyring(settings, secrets, database)
        actors = Actors(database.primary)
        live = await stack.enter_async_context(spine.running(database, redis_url, actors.heard))
        await stack.enter_async_context(revalidating(database.url, live, actors, keyring))
        yield Resources(
            database=database,
            actors=actors,
            bearers=Bearers(database),
            live=live,
            renderer=await stack.enter_async_context(_renderer(settings)),
            pictures=await stack.enter_async_context(Pictures()),
            storage=Storage.at(settings.storage_url, settings.data_dir / "files"),
            passwords=_passwords(settings),
            tokens=_tokens(settings, keyring),
            cursors=Cursors(secrets.secret_key),
            evidence=Signer(secrets.evidence_private_key),
            answers=Seal(secrets.secret_key, "answers"),
            csrf=Seal(secrets.secret_key, "csrf"),
            mailed=Seal(secrets.secret_key, "mailed tokens"),
            refreshing=Seal(secrets.secret_key, "refresh tokens"),
            devices=Devices(),
            places=stack.enter_context(closing(Places(settings.geoip_database))),
            challenges=Seal(secrets.secret_key, "challenges"),
            guesses=Seal(secrets.secret_key, "guesses"),
            allowed=Allowed(settings.sign_in_attempts, settings.sign_in_attempts_per_address),
            vault=Vault(secrets.encryption_keys, "vault"),
            outgoing=await stack.enter_async_context(_outgoing(settings, secrets.secret_key)),
            session_lifetime=_session_lifetime(settings),
            send=sending(settings.smtp_url, settings.mail_from, settings.data_dir / "mail"),
            public_url=settings.public_url,
            events_kept_months=settings.events_retention_months,
        )


@asynccontextmanager
async def _outgoing(settings: Settings, secret_key: str) -> AsyncIterator[Outgoing]:
    """What webhooks need; they may do without TLS where private networks are allowed."""
    networks = [ip_network(each) for each in _webhook_networks(settings)]
    async with Outbound(networks) as outbound:
        yield Outgoing(
            outbound=outbound,
            payloads=EventPayloads(partial(build_engine, settings)),
            secrets=Seal(secret_key, "webhooks"),
            plain_allowed=bool(networks),
        )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Everything that requests use."""
    async with open_resources(settings) as resources, _redis(settings) as redis:
        checks: dict[str, Check] = {
            "database": partial(_ask, resources.database),
            "redis": redis.ping,
        }
        if settings.database_replica_url:
            checks["replica"] = partial(resources.database.replica.rows, compiled(None, _one), {})
        async with open_worker(settings, resources) as jobs:
            yield Services(
                build_engine(settings),
                resources,
                Cookies(resources.csrf),
                checks,
                jobs,
                resources.tokens.keyring.published,
                resources.storage,
                resources.live.bystanders,
            )


@asynccontextmanager
async def open_worker(settings: Settings, resources: Resources) -> AsyncIterator[JobCounts]:
    """Jobs are done meanwhile, where the settings say that this process does them."""
    counts = JobCounts(resources.database)
    async with AsyncExitStack() as stack:
        if settings.worker:
            await stack.enter_async_context(working(resources, counts.outcomes, manner(settings)))
        yield counts


def manner(settings: Settings) -> Manner:
    """How jobs are done."""
    grace = timedelta(seconds=settings.worker_grace)
    return Manner(at_once=settings.worker_jobs, grace=grace)


def _webhook_networks(settings: Settings) -> Sequence[str]:
    if settings.webhook_networks is None:
        return LOOPBACK if settings.is_development else ()
    return settings.webhook_networks


async def _ask(database: Database) -> None:
    async with database.read() as session:
        await session.execute(_one())


def _one() -> Select[*tuple[Any, ...]]:
    return select(literal_column("1"))


def build_engine(settings: Settings) -> Engine:
    """The engine for our schema, with the limits of the settings."""
    return Engine(
        schema,
        limits=_limits(settings),
        introspection=settings.in_development(settings.introspection),
        suggestions=settings.in_development(settings.suggestions),
        public_errors=(DomainError,),
        planned=settings.graphql_engine == "planned",
        refused=refusals.note,
    )


def _tokens(settings: Settings, keyring: Keyring) -> Tokens:
    return Tokens(
        keyring,
        lifetime=timedelta(minutes=settings.access_token_minutes),
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )


def _database(settings: Settings) -> Database:
    return Database(
        settings.database_url or "",
        replica_url=settings.database_replica_url,
        pool_size=settings.database_pool_size,
    )


def _renderer(settings: Settings) -> Renderer:
    return Renderer(settings.render_workers, settings.render_timeout, settings.render_memory_bytes)


def _passwords(settings: Settings) -> Passwords:
    return Passwords(
        time_cost=settings.argon2_time_cost,
        memory_cost=settings.argon2_memory_cost,
        parallelism=settings.argon2_parallelism,
    )


def _session_lifetime(settings: Settings) -> Lifetime:
    return Lifetime(
        idle=timedelta(days=settings.refresh_token_days),
        whole=timedelta(days=settings.session_days),
    )


def _limits(settings: Settings) -> Limits:
    return Limits(
        document_bytes=settings.max_document_bytes,
        tokens=settings.max_tokens,
        depth=settings.max_depth,
        aliases=settings.max_aliases,
        root_fields=settings.max_root_fields,
        directives=settings.max_directives,
        page_size=settings.max_page_size,
        nodes=settings.max_nodes,
        operation_timeout=settings.operation_timeout,
    )


@asynccontextmanager
async def _redis(settings: Settings) -> AsyncIterator[Redis]:
    # With a socket timeout, redis-py may swallow a cancellation on Python 3.11.
    client = Redis.from_url(settings.redis_url or "", socket_timeout=None)
    try:
        yield client
    finally:
        await client.aclose()
