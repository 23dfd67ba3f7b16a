"""Rows as they are stored, and how many of them are written at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

import asyncpg

from db.models import (
    Approval,
    ApprovalStage,
    ApprovalStep,
    Comment,
    Membership,
    Model,
    Organization,
    Template,
    TemplateVersion,
    User,
)

Row = dict[str, Any]
"""Values by column; a third of the time that the model's instance would take to make."""

TABLES: tuple[type[Model], ...] = (
    *(Organization, User, Membership),
    *(Template, TemplateVersion, Approval, ApprovalStage, ApprovalStep, Comment),
)
"""Each after those that it refers to."""


def history(changes: Sequence[datetime]) -> Row:
    """What a changing row remembers of the moments at which it was made and changed."""
    return {
        "created_at": changes[0],
        "updated_at": changes[-1],
        "version": len(set(changes)),
    }


class Rows:
    """Rows that wait to be written."""

    def __init__(self) -> None:
        self.waiting: defaultdict[type[Model], list[Row]] = defaultdict(list)

    def add(self, model: type[Model], rows: Iterable[Row]) -> None:
        self.waiting[model] += rows

    async def write(self, connection: asyncpg.Connection) -> None:
        """Write what waits by COPY, table by table; columns that rows leave out get defaults."""
        for model in TABLES:
            if rows := self.waiting.pop(model, None):
                columns = tuple(rows[0])
                await connection.copy_records_to_table(
                    model.__tablename__, records=map(itemgetter(*columns), rows), columns=columns
                )
