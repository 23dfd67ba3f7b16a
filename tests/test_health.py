"""What load balancers and operators are told about the server."""

import httpx

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.live_server import live_server
from tests.wire_app import wire_app


async def _works() -> None:
    pass


async def _fails() -> None:
    raise ConnectionRefusedError("hunter2")


def test_health_tells_what_is_missing_and_live_asks_nothing() -> None:
    settings = Settings(graphiql=False)
    app = wire_app(settings, database=_works, redis=_fails)
    with live_server(app, settings) as server:
        address = server.url.removesuffix("/graphql")
        live = httpx.get(f"{address}/health/live")
        answers = [httpx.get(f"{address}{path}") for path in ("/health/ready", "/health")]
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    for ready in answers:
        checks = {"database": "ok", "redis": "unavailable"}
        assert ready.status_code == 503
        assert ready.json() == {"status": "unavailable", "checks": checks}


def test_health_is_ready_when_every_dependency_answers() -> None:
    settings = Settings(graphiql=False)
    with live_server(wire_app(settings, database=_works), settings) as server:
        ready = httpx.get(f"{server.url.removesuffix('/graphql')}/health/ready")
    assert ready.status_code == 200
    assert ready.json() == {"status": "ok", "checks": {"database": "ok"}}


def test_a_replica_is_asked_as_the_database_is(settings: Settings) -> None:
    nowhere = "postgresql+asyncpg://nobody@127.0.0.1:9/nothing"
    for url, word, status in ((settings.database_url, "ok", 200), (nowhere, "unavailable", 503)):
        own = settings.model_copy(update={"database_replica_url": url})
        with live_server(create_app(own, open_services), own) as server:
            ready = httpx.get(f"{server.url.removesuffix('/graphql')}/health/ready")
        assert ready.status_code == status
        assert ready.json()["checks"] == {"database": "ok", "redis": "ok", "replica": word}
