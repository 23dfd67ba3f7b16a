"""A database with a little bench data, and all of its rows."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db import models
from db.database import Database
from domain.content import Source
from domain.permissions import Permission
from domain.values import JsonValue
from domain.variables import Variable, VariableType
from server.seeding.bench import Scale, seed_bench
from server.seeding.bench.rows import TABLES
from server.seeding.bench.words import variables
from tests.engines import Engines, connected, migrated_database

TINY = Scale(organizations=3, users=63, templates=120, approvals=90, comments=300)
SAMPLES: dict[VariableType, JsonValue] = {
    VariableType.STRING: "Ada",
    VariableType.NUMBER: 3,
    VariableType.BOOLEAN: True,
    VariableType.DATE: "2025-05-17T18:30:00+02:00",
    VariableType.URL: "https://example.com/here",
    VariableType.MONEY: {"amount": "48.50", "currency": "EUR"},
    VariableType.LIST: [
        {"name": "Tea", "quantity": 2, "price": {"amount": "9.90", "currency": "EUR"}}
    ],
}
M = TypeVar("M", bound=models.Model)


def unwatched(what: str, done: int, total: int) -> None:
    pass


async def checksums(url: str) -> dict[str, str | None]:
    names = [model.__tablename__ for model in TABLES]
    checksum = "SELECT md5(string_agg(row::text, '|' ORDER BY id)) FROM {} AS row"
    async with connected(url) as connection:
        return {name: await connection.fetchval(checksum.format(name)) for name in names}


@asynccontextmanager
async def seeded_database(engines: Engines) -> AsyncIterator[str]:
    async with migrated_database(engines) as url:
        await seed_bench(url, progress=unwatched, scale=TINY)
        yield url


@dataclass(frozen=True, slots=True)
class Everything:
    """All rows that were written."""

    organizations: Sequence[models.Organization]
    users: Sequence[models.User]
    members: Sequence[models.Membership]
    templates: Sequence[models.Template]
    versions: Sequence[models.TemplateVersion]
    approvals: Sequence[models.Approval]
    stages: Sequence[models.ApprovalStage]
    steps: Sequence[models.ApprovalStep]
    comments: Sequence[models.Comment]

    def may(self, organization: UUID, user: UUID, permission: Permission) -> bool:
        roles = {(each.organization_id, each.user_id): each.grant for each in self.members}
        return permission in roles[organization, user].permissions

    def latest_approvals(self) -> dict[UUID, models.Approval]:
        in_order = sorted(self.approvals, key=lambda approval: approval.created_at)
        return {approval.template_id: approval for approval in in_order}

    def reviews(self) -> Iterator[tuple[models.Approval, list[models.ApprovalStep]]]:
        in_order = sorted(self.steps, key=lambda step: (step.approval_id, step.position))
        approvals = {approval.id: approval for approval in self.approvals}
        for id, steps in groupby(in_order, key=lambda step: step.approval_id):
            yield approvals[id], list(steps)


async def all_of(session: AsyncSession, model: type[M]) -> Sequence[M]:
    return (await session.scalars(select(model))).all()


async def everything_in(url: str) -> Everything:
    database = Database(url)
    async with database.read() as session:
        found = Everything(
            await all_of(session, models.Organization),
            await all_of(session, models.User),
            await all_of(session, models.Membership),
            await all_of(session, models.Template),
            await all_of(session, models.TemplateVersion),
            await all_of(session, models.Approval),
            await all_of(session, models.ApprovalStage),
            await all_of(session, models.ApprovalStep),
            await all_of(session, models.Comment),
        )
    await database.close()
    return found


def source_of(version: models.TemplateVersion) -> Source:
    return Source(version.kind, version.subject, version.body, version.text)


def samples(declared: Sequence[Variable]) -> dict[str, JsonValue]:
    """A value for each required variable: its kind's default, or what fits its type."""
    required = [each for each in declared if each.required]
    return {each.name: variables()[each.name].default or SAMPLES[each.type] for each in required}
