"""Every event is answered alike by both executors."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import strawberry

from engine.execution import OperationRequest
from tests.engine import museum_rows as rows
from tests.engine.both import Info, Visit, both
from tests.engine.comparing import Json, departures
from tests.engine.museum import Painting, Query, Sculpture, config


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def shown(self, info: Info) -> AsyncIterator[Painting]:
        for row in rows.PAINTINGS:
            yield row  # type: ignore[misc]  # the row that it describes

    @strawberry.subscription
    async def perhaps(self, info: Info) -> AsyncIterator[Painting | None]:
        for row in (None, rows.PAINTINGS[0], RuntimeError("no painting")):
            yield row  # type: ignore[misc]  # as above

    @strawberry.subscription
    async def counted(self, info: Info, to: int = 2) -> AsyncIterator[list[int]]:
        for n in range(to):
            yield list(range(n))


live = both(strawberry.Schema(Query, subscription=Subscription, types=[Sculpture], config=config))


async def events(engine: Any, query: str) -> list[Json]:
    async def renew() -> Visit:
        return Visit(roles=frozenset({"curator"}))

    answers = await engine.subscribe(engine.prepare(OperationRequest(query)), Visit(), renew)
    return [{"data": answer.data, "errors": answer.errors} async for answer in answers]


@pytest.mark.parametrize(
    "query",
    [
        "subscription { shown { id title year } }",
        "subscription { shown { neededTitle room { name } artist { name mentor { name } } } }",
        "subscription { painting: shown { fails neededArtist { paintings { totalCount } } } }",
        "subscription { shown { note keptNote plate { title secret } plain } }",
        "subscription { perhaps { __typename } }",
        "subscription { perhaps { ...P } } fragment P on Painting { id mustNotFail }",
        "subscription { counted }",
        "subscription { counted(to: 4) }",
    ],
)
async def test_events_are_answered_alike(query: str) -> None:
    core, planned = await events(live.core, query), await events(live.planned, query)
    assert len(core) == len(planned) > 0
    for one, other in zip(core, planned, strict=True):
        assert departures(one, other, one["errors"]) == []
