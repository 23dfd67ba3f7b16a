"""The ASGI application: what is served where, and what is opened before and closed after."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, TypedDict

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from server import audit_export, cookies, exposition, failures, files, graphiql, health, jwks
from server.http import GraphQLEndpoint
from server.job_counts import JobCounts
from server.metrics import Metrics
from server.middleware import Edge
from server.services import OpenServices, Services
from server.settings import Settings
from server.streams import Streams

PATH = "/graphql"
PREFLIGHTS = ("Apollo-Require-Preflight", "GraphQL-Require-Preflight")
"""What clients send with files, so that no form of another site can."""


class State(TypedDict):
    """What the lifespan opens, found in each request's state."""

    services: Services
    graphql: GraphQLEndpoint
    jobs: JobCounts | None
    registry: CollectorRegistry


class Application(Starlette):
    """The server's application; `state.streams` holds its open streams.

    Requests for GraphQL go past the router and its middleware, unless CORS has a say in them:
    both ways lead to the same endpoint, behind an `Edge`.
    """

    def __init__(self, settings: Settings, metrics: Metrics, **options: Any) -> None:
        super().__init__(middleware=_middleware(settings, metrics), **options)
        self._direct = Edge(GraphQL(), metrics)
        self._has_cors = bool(settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope["path"] == PATH and not self._crosses(scope):
            await self._direct(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def _crosses(self, scope: Scope) -> bool:
        if not self._has_cors or scope["type"] == "websocket":
            return False
        return any(name == b"origin" for name, _ in scope["headers"])


def create_app(settings: Settings, open_services: OpenServices) -> Application:
    streams, metrics = Streams(settings.max_sockets), Metrics()
    shows_page = settings.in_development(settings.graphiql)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with open_services(settings) as services:
            services.bystanders.append(streams.heard)
            page = graphiql.page if shows_page else None
            yield State(
                services=services,
                graphql=GraphQLEndpoint(services, settings, streams, metrics, page),
                jobs=services.jobs,
                registry=exposition.registry(metrics, streams, services.engine, services.jobs),
            )

    app = Application(
        settings,
        metrics,
        routes=_routes(settings, shows_page=shows_page),
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )
    app.state.streams = streams
    return app


class GraphQL:
    """Hands a connection to the endpoint that the lifespan opened."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint: GraphQLEndpoint = scope["state"]["graphql"]
        await endpoint(scope, receive, send)


def _routes(settings: Settings, *, shows_page: bool) -> list[BaseRoute]:
    pages: list[BaseRoute] = [Route("/", _to_graphql), *graphiql.static_routes()]
    return [
        *(pages if shows_page else []),
        Route(PATH, GraphQL()),
        WebSocketRoute(PATH, GraphQL()),
        *health.ROUTES,
        *jwks.ROUTES,
        *audit_export.ROUTES,
        *files.ROUTES,
        *exposition.routes(settings),
    ]


def _middleware(settings: Settings, metrics: Metrics) -> list[Middleware]:
    edge = Middleware(Edge, metrics)
    if not settings.cors_origins:
        return [edge]
    cors = Middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "HEAD", "POST"],
        allow_headers=["Authorization", cookies.HEADER, *PREFLIGHTS, "X-Request-Id"],
        # Cookies are never for everybody; and being SameSite, they come from our own site only.
        allow_credentials="*" not in settings.cors_origins,
        expose_headers=[cookies.HEADER, "X-Request-Id"],
    )
    return [cors, edge]


async def _to_graphql(request: Request) -> Response:
    return RedirectResponse(PATH)


async def _refused(request: Request, error: Exception) -> Response:
    """What no route serves, told in JSON."""
    refusal = error if isinstance(error, HTTPException) else HTTPException(500)
    code = "NOT_FOUND" if refusal.status_code == HTTPStatus.NOT_FOUND else "BAD_USER_INPUT"
    text = f"{refusal.detail}: {request.method} {request.url.path}. GraphQL is at {PATH}."
    body = failures.body([failures.formatted(text, code)])
    return Response(body, refusal.status_code, refusal.headers, "application/json")
