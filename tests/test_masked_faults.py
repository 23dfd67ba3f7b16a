"""A fault of ours is told by its request id alone, whichever way it goes; the log has it all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from itertools import count
from typing import Any

import pytest

from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.desk import Desk, a_desk
from tests.engines import Engines, connected, migrated_database
from tests.live_server import LiveServer, live_server
from tests.troubles import troubles
from tests.websocket_client import initialised

COMMENTS = """
query ($id: ID!) { node(id: $id) { ... on Template { name comments { nodes { body } } } } }
"""
SAY = """
mutation ($input: AddCommentInput!) { addComment(input: $input) { comment { body } } }
"""
CHANGES = """
subscription ($id: ID!) {
  templateChanged(template: $id) { template { name comments { nodes { body } } } }
}
"""
SECRETS = ("comments", "relation", "asyncpg", "sqlalchemy", "SELECT", "Traceback", "/")


@pytest.fixture(scope="module")
def alarms() -> Iterator[list[str]]:
    with troubles() as found:
        yield found


@pytest.fixture(scope="module")
async def broken(
    engines: Engines, settings: Settings, alarms: list[str]
) -> AsyncIterator[tuple[LiveServer, Desk]]:
    """A server whose database has lost the table of comments."""
    async with migrated_database(engines) as url:
        own = settings.model_copy(update={"database_url": url})
        with live_server(create_app(own, open_services), own) as server:
            async with a_desk(server) as desk, connected(url) as database:
                await database.execute("DROP TABLE comments CASCADE")
                yield server, desk


def check(answer: dict[str, Any], alarms: list[str], request_id: str | None = None) -> None:
    """The answer's only error says nothing but its id, under which the log has the cause."""
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    told = error["extensions"]["requestId"]
    assert request_id is None or told == request_id
    said = error["message"] + str(error["extensions"])
    assert not [secret for secret in SECRETS if secret in said]
    alarm = next(alarm for alarm in alarms if told in alarm)
    assert 'relation "comments" does not exist' in alarm


async def first(answer: Awaitable[Any], desk: Desk) -> Any:
    """The first answer of a subscription, for which the template is changed until it comes."""
    hearing = asyncio.ensure_future(answer)
    for number in count():
        await desk.rename(f"Number {number}")
        done, _ = await asyncio.wait([hearing], timeout=0.2)
        if done:
            break
    return hearing.result()


@pytest.mark.parametrize("mutates", [False, True])
async def test_over_http(
    broken: tuple[LiveServer, Desk], alarms: list[str], *, mutates: bool
) -> None:
    _, desk = broken
    if mutates:
        said = {"template": desk.template, "body": "Too long."}
        response = await desk.http.ask(SAY, desk.editor, input=said)
    else:
        response = await desk.http.ask(COMMENTS, desk.editor, id=desk.template)
    assert response.status_code == 200
    check(response.json(), alarms, response.headers["X-Request-Id"])


async def test_over_an_event_stream(broken: tuple[LiveServer, Desk], alarms: list[str]) -> None:
    _, desk = broken
    async with desk.http.events(COMMENTS, desk.editor, id=desk.template) as answers:
        check(await anext(answers), alarms)


async def test_in_an_event_of_a_stream(broken: tuple[LiveServer, Desk], alarms: list[str]) -> None:
    _, desk = broken
    async with desk.http.events(CHANGES, desk.editor, id=desk.template) as answers:
        check(await first(anext(answers), desk), alarms)


async def test_over_a_websocket(broken: tuple[LiveServer, Desk], alarms: list[str]) -> None:
    server, desk = broken
    async with initialised(server, desk.editor.access_token) as socket:
        answer = await socket.answer(COMMENTS, variables={"id": desk.template})
        check(answer, alarms)
        await socket.subscribe("live", CHANGES, variables={"id": desk.template})
        check((await first(socket.receive(), desk))["payload"], alarms)
