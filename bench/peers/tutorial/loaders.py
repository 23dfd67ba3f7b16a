"""Dataloaders, new for every request; each batch is one statement in a session of its own."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import aliased
from strawberry.dataloader import DataLoader

from db import models
from server.settings import load

engine = create_async_engine(load().database_url or "", pool_size=20)
Session = async_sessionmaker(engine, expire_on_commit=False)


async def rows_by_id(model: type[Any], keys: list[UUID]) -> Sequence[Any]:
    async with Session() as session:
        rows = await session.scalars(select(model).where(model.id.in_(keys)))
        found = {row.id: row for row in rows}
    return [found.get(key) for key in keys]


async def newest_comments(first: int, keys: list[UUID]) -> list[list[models.Comment]]:
    newest = models.Comment.created_at.desc(), models.Comment.id.desc()
    place = func.row_number().over(partition_by=models.Comment.subject_id, order_by=newest)
    ranked = (
        select(models.Comment, place.label("place"))
        .where(models.Comment.subject_id.in_(keys))
        .subquery()
    )
    comment = aliased(models.Comment, ranked)
    statement = select(comment).where(ranked.c.place <= first).order_by(ranked.c.place)
    return await _grouped(statement, "subject_id", keys)


async def steps_of_approvals(keys: list[UUID]) -> list[list[models.ApprovalStep]]:
    step = models.ApprovalStep
    statement = select(step).where(step.approval_id.in_(keys)).order_by(step.position)
    return await _grouped(statement, "approval_id", keys)


async def _grouped(statement: Any, key: str, keys: list[UUID]) -> list[list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    async with Session() as session:
        for row in await session.scalars(statement):
            found[getattr(row, key)].append(row)
    return [found[each] for each in keys]


def loaders() -> dict[str, Any]:
    """The context of a request."""
    return {
        "users": DataLoader(partial(rows_by_id, models.User)),
        "approvals": DataLoader(partial(rows_by_id, models.Approval)),
        "steps": DataLoader(steps_of_approvals),
        "comments": cache(lambda first: DataLoader(partial(newest_comments, first))),
    }
