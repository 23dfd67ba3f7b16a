"""The tutorial way: Strawberry's own view, its dataloaders, and an AsyncSession a read."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import Select, select, tuple_
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL

from bench.peers.tutorial.loaders import Session, loaders
from bench.peers.tutorial.types import PageInfo, Template, TemplateConnection
from db import models


def _cursor(row: models.Template) -> str:
    return urlsafe_b64encode(
        json.dumps([row.updated_at.isoformat(), str(row.id)]).encode()
    ).decode()


def _page(organization: UUID, size: int, after: str | None) -> Select[models.Template]:
    row = models.Template
    found = select(row).where(row.organization_id == organization)
    if after:
        updated_at, id = json.loads(urlsafe_b64decode(after))
        position = tuple_(datetime.fromisoformat(updated_at), UUID(id))
        found = found.where(tuple_(row.updated_at, row.id) < position)
    return found.order_by(row.updated_at.desc(), row.id.desc()).limit(size)


@strawberry.type
class Organization:
    id: strawberry.ID
    slug: str

    @classmethod
    def of(cls, row: models.Organization) -> Self:
        return cls(id=strawberry.ID(str(row.id)), slug=row.slug)

    @strawberry.field
    async def templates(self, first: int = 20, after: str | None = None) -> TemplateConnection:
        organization = UUID(self.id)
        async with Session() as session:
            rows = (await session.scalars(_page(organization, first + 1, after))).all()
        shown = rows[:first]
        info = PageInfo(
            has_next_page=len(rows) > first,
            end_cursor=_cursor(shown[-1]) if shown else None,
        )
        nodes = [Template.of(row) for row in shown]
        return TemplateConnection(nodes=nodes, page_info=info, organization=organization)


@strawberry.type
class Query:
    @strawberry.field
    async def template(self, id: strawberry.ID) -> Template | None:
        async with Session() as session:
            row = await session.get(models.Template, UUID(id))
        return Template.of(row) if row else None

    @strawberry.field
    async def organization(self, slug: str) -> Organization | None:
        found = select(models.Organization).where(models.Organization.slug == slug)
        async with Session() as session:
            row = await session.scalar(found)
        return Organization.of(row) if row else None


class Tutorial(GraphQL[dict[str, Any], None]):
    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> dict[str, Any]:
        return loaders()


app = Tutorial(strawberry.Schema(Query))
