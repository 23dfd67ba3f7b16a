"""Strawberry's own ASGI application, with a queue a subscriber: what its documentation shows."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

QUEUES: "set[asyncio.Queue[TemplateChange]]" = set()


@strawberry.type
class PersonName:
    first: str
    last: str


@strawberry.type
class User:
    id: strawberry.ID
    name: PersonName


@strawberry.type
class Template:
    id: strawberry.ID
    name: str
    status: str
    version: int
    updated_at: str
    author: User


@strawberry.type
class TemplateChange:
    event_id: strawberry.ID
    kind: str
    occurred_at: str
    actor: User
    template: Template


@strawberry.type
class Query:
    ready: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def template_changed(
        self, template: strawberry.ID
    ) -> AsyncGenerator[TemplateChange, None]:
        queue: asyncio.Queue[TemplateChange] = asyncio.Queue()
        QUEUES.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            QUEUES.discard(queue)


def _user(given: dict[str, Any]) -> User:
    return User(id=given["id"], name=PersonName(**given["name"]))


def _change(given: dict[str, Any]) -> TemplateChange:
    told = given["template"]
    template = Template(
        id=told["id"],
        name=told["name"],
        status=told["status"],
        version=told["version"],
        updated_at=told["updatedAt"],
        author=_user(told["author"]),
    )
    return TemplateChange(
        event_id=given["eventId"],
        kind=given["kind"],
        occurred_at=given["occurredAt"],
        actor=_user(given["actor"]),
        template=template,
    )


async def publish(request: Request) -> Response:
    change = _change(await request.json())
    for queue in QUEUES:
        queue.put_nowait(change)
    return JSONResponse(True)


graphql: GraphQL[None, None] = GraphQL(
    strawberry.Schema(Query, subscription=Subscription),
    subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL],
)
app = Starlette(
    routes=[
        Route("/publish", publish, methods=["POST"]),
        WebSocketRoute("/graphql", graphql),
    ]
)
