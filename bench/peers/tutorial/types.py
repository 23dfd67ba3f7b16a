"""The types as one writes them by hand, with a resolver for each relation."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry
from sqlalchemy import func, select
from strawberry.scalars import JSON

from bench.peers.tutorial.loaders import Session
from db import models
from domain.approvals import ApprovalStatus, StepStatus
from domain.templates import TemplateStatus

Info = strawberry.Info[dict[str, Any], None]

for choice in (ApprovalStatus, StepStatus, TemplateStatus):
    strawberry.enum(choice)


@strawberry.type
class User:
    id: strawberry.ID
    first_name: str
    last_name: str

    @classmethod
    def of(cls, row: models.User) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)), first_name=row.first_name, last_name=row.last_name
        )


async def _user(info: Info, id: UUID) -> User:
    return User.of(await info.context["users"].load(id))


@strawberry.type
class Comment:
    id: strawberry.ID
    body: str
    created_at: datetime
    row: strawberry.Private[models.Comment]

    @classmethod
    def of(cls, row: models.Comment) -> Self:
        return cls(id=strawberry.ID(str(row.id)), body=row.body, created_at=row.created_at, row=row)

    @strawberry.field
    async def author(self, info: Info) -> User:
        return await _user(info, self.row.author_id)


@strawberry.type
class CommentConnection:
    nodes: list[Comment]


@strawberry.type
class ApprovalStep:
    id: strawberry.ID
    position: int
    status: StepStatus
    decided_at: datetime | None
    row: strawberry.Private[models.ApprovalStep]

    @classmethod
    def of(cls, row: models.ApprovalStep) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            position=row.position,
            status=row.status,
            decided_at=row.decided_at,
            row=row,
        )

    @strawberry.field
    async def approver(self, info: Info) -> User:
        return await _user(info, self.row.approver_id)


@strawberry.type
class ApprovalWorkflow:
    id: strawberry.ID
    status: ApprovalStatus
    key: strawberry.Private[UUID]

    @strawberry.field
    async def steps(self, info: Info) -> list[ApprovalStep]:
        return [ApprovalStep.of(row) for row in await info.context["steps"].load(self.key)]


@strawberry.type
class Template:
    id: strawberry.ID
    name: str
    description: str
    category: str | None
    tags: list[str]
    status: TemplateStatus
    metadata: JSON
    created_at: datetime
    updated_at: datetime
    version: int
    row: strawberry.Private[models.Template]

    @classmethod
    def of(cls, row: models.Template) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            description=row.description,
            category=row.category,
            tags=row.tags,
            status=row.status,
            metadata=JSON(row.details),
            created_at=row.created_at,
            updated_at=row.updated_at,
            version=row.version,
            row=row,
        )

    @strawberry.field
    async def author(self, info: Info) -> User:
        return await _user(info, self.row.author_id)

    @strawberry.field
    async def approval(self, info: Info) -> ApprovalWorkflow | None:
        if self.row.approval_id is None:
            return None
        row = await info.context["approvals"].load(self.row.approval_id)
        return ApprovalWorkflow(id=strawberry.ID(str(row.id)), status=row.status, key=row.id)

    @strawberry.field
    async def comments(self, info: Info, first: int = 20) -> CommentConnection:
        rows = await info.context["comments"](first).load(self.row.id)
        return CommentConnection(nodes=[Comment.of(row) for row in rows])


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class TemplateConnection:
    nodes: list[Template]
    page_info: PageInfo
    organization: strawberry.Private[UUID]

    @strawberry.field
    async def total_count(self) -> int:
        statement = select(func.count()).where(models.Template.organization_id == self.organization)
        async with Session() as session:
            return await session.scalar(statement) or 0
