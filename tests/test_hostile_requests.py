"""Requests that mean harm, against the whole server: each has its own answer, and soon."""

import asyncio
import gzip
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from auth.tokens import Tokens
from db.database import Database
from engine import ids
from server import keys, signing_keys
from server.app import create_app
from server.settings import Settings
from server.wiring import open_services
from tests.desk import RENAME, VIEWER, Desk, a_desk
from tests.engines import connected
from tests.hostile import BROKEN_IDS
from tests.key_rings import a_key, tokens, tokens_of
from tests.live_server import LiveServer, live_server
from tests.troubles import troubles
from tests.websocket_client import INIT, client, initialised
from tests.world import uuid_of

GRAPHQL = {"Accept": "application/graphql-response+json"}
CLIENTS = 100
PAGE = """
query ($slug: String!, $after: String) {
  organization(slug: $slug) { templates(first: 1, after: $after) { pageInfo { endCursor } } }
}
"""
NODE = "query ($id: ID!) { node(id: $id) { id } }"
CHANGED = "subscription ($id: ID!) { templateChanged(template: $id) { eventId } }"
DEEP = '{ organization(slug: "%s") { templates(first: 100) { nodes { %s } } } }'


@pytest.fixture(scope="module")
def alarms() -> Iterator[list[str]]:
    with troubles() as found:
        yield found


@pytest.fixture(scope="module")
def server(settings: Settings, alarms: list[str]) -> Iterator[LiveServer]:
    impatient = settings.model_copy(update={"operation_timeout": 1.0})
    with live_server(create_app(impatient, open_services), impatient) as server:
        yield server


@pytest.fixture(scope="module")
async def desk(server: LiveServer) -> AsyncIterator[Desk]:
    async with a_desk(server) as desk:
        yield desk


@pytest.fixture(autouse=True)
def calm(alarms: list[str]) -> Iterator[None]:
    alarms.clear()
    yield
    assert alarms == []


def body(query: str = "query ($v: JSON) { __typename }", variables: str = "{}") -> bytes:
    return f'{{"query": {json.dumps(query)}, "variables": {variables}}}'.encode()


BODIES = {
    "nothing": (b"", 400, "empty"),
    "null": (b"null", 400, "JSON object"),
    "a number": (b"17", 400, "JSON object"),
    "a string": (b'"{ viewer { id } }"', 400, "JSON object"),
    "a list": (b"[" + body() + b"]", 400, "Batches"),
    "no JSON": (b"query { viewer { id } }", 400, "not valid JSON"),
    "no UTF-8": (b'{"query": "\xff"}', 400, "not valid JSON"),
    "half a pair": (b'{"query": "\\ud800"}', 400, "not valid JSON"),
    "compressed": (gzip.compress(body()), 400, "not valid JSON"),
    "deep variables": (body(variables="{" + '"v":[' * 100_000), 400, "not valid JSON"),
    "deep, closed variables": (
        body(variables='{"v":' + "[" * 100_000 + "]" * 100_000 + "}"),
        400,
        "depth",
    ),
    "a long number": (body(variables='{"v":' + "9" * 100_000 + "}"), 400, "infinity"),
    "a long number in the document": (body("{ node(id: " + "9" * 90_000 + ") { id } }"), 400, ""),
    "many tokens": (body("{" + " a" * 45_000 + "}"), 400, "5000 tokens"),
    "many more tokens": (body("{" + " a" * 200_000 + "}"), 400, "bytes"),
    "comments": (body("#" * 10_000_000), 413, "1,000,000 bytes"),
    "deep selections": (body("{ viewer" + "{ id" * 20_000 + "}" * 20_001), 400, ""),
    "deep lists": (body("{ node(id: " + "[" * 40_000 + "]" * 40_000 + ") { id } }"), 400, ""),
    "unknown variables": (body("query ($v: Nothing) { node(id: $v) { id } }"), 400, "Nothing"),
    "wrong members": (b'{"query": 1, "variables": [], "operationName": {}}', 400, "`query`"),
}


@pytest.mark.parametrize(("content", "status", "text"), BODIES.values(), ids=BODIES)
async def test_a_hostile_body_is_refused_with_its_own_error(
    desk: Desk, content: bytes, status: int, text: str
) -> None:
    response = await desk.http.send(content, **GRAPHQL)
    assert response.status_code == status, response.text
    errors = response.json()["errors"]
    assert text in errors[0]["message"], errors
    assert {error["extensions"]["code"] for error in errors} <= {
        "BAD_USER_INPUT",
        "QUERY_TOO_COMPLEX",
    }


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate, gzip", "?"])
async def test_a_compressed_body_is_not_taken(desk: Desk, coding: str) -> None:
    response = await desk.http.send(gzip.compress(body()), **{"Content-Encoding": coding})
    assert response.status_code == 415
    assert "uncompressed" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "below",
    [
        "versions(first: 100) { nodes { template { comments(first: 100) { nodes { id } } } } }",
        "organization { members(first: 100) { nodes { user { id } } } }",
        "approvals(first: 100) { edges { node { steps { approver { id } } } } }",
    ],
)
async def test_pages_within_pages_are_refused_before_anything_is_read(
    desk: Desk, below: str
) -> None:
    response = await desk.http.ask(DEEP % (desk.slug, below), desk.editor)
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "QUERY_TOO_COMPLEX"
    assert "at most 10000 are allowed" in error["message"]


async def test_a_cursor_that_was_tampered_with_is_no_cursor(desk: Desk) -> None:
    page = (await desk.http.ask(PAGE, desk.editor, slug=desk.slug)).json()
    cursor = page["data"]["organization"]["templates"]["pageInfo"]["endCursor"]
    raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    tampered = [raw[:n] + bytes([raw[n] ^ 1]) + raw[n + 1 :] for n in range(len(raw))]
    forged = [urlsafe_b64encode(each).decode().rstrip("=") for each in tampered]
    for broken in [*forged, "", "=", "\0", cursor[:-1], cursor * 100, "é", "[]", desk.template]:
        answer = (await desk.http.ask(PAGE, desk.editor, slug=desk.slug, after=broken)).json()
        assert code(answer) == "BAD_USER_INPUT", broken
        assert "cursor" in answer["errors"][0]["message"]


def code(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def test_what_is_no_id_is_refused_and_what_is_nothings_is_not_found(desk: Desk) -> None:
    nobodys = ids.encode("Template", uuid_of(desk.version))
    for broken in BROKEN_IDS:
        answer = (await desk.http.ask(NODE, desk.editor, id=broken)).json()
        assert code(answer) in {"BAD_USER_INPUT", "NOT_FOUND"}, broken
    assert code((await desk.http.ask(NODE, desk.editor, id=nobodys)).json()) == "NOT_FOUND"


async def test_a_subscription_to_what_one_may_not_see_ends_with_its_error(
    server: LiveServer, desk: Desk
) -> None:
    stranger = await desk.http.newcomer("Stranger")
    nobodys = ids.encode("Template", uuid_of(desk.version))
    wanted = {
        desk.template: "NOT_FOUND",
        nobodys: "NOT_FOUND",
        desk.organization: "BAD_USER_INPUT",
        "@": "BAD_USER_INPUT",
        "\0": "BAD_USER_INPUT",
    }
    async with initialised(server, stranger.access_token) as socket:
        for id, expected in wanted.items():
            await socket.subscribe("live", CHANGED, variables={"id": id})
            message = await socket.receive()
            assert message["type"] == "error"
            assert message["payload"][0]["extensions"]["code"] == expected
            async with desk.http.events(CHANGED, stranger, id=id) as answers:
                assert code(await anext(answers)) == expected
                with pytest.raises(StopAsyncIteration):
                    await anext(answers)
    async with desk.http.events(CHANGED, None, id=desk.template) as answers:
        assert code(await anext(answers)) == "UNAUTHENTICATED"


async def test_a_mutation_in_an_address_changes_nothing(desk: Desk) -> None:
    changed = {"template": desk.template, "name": "Changed by a link"}
    link = {"query": RENAME, "variables": json.dumps({"input": changed})}
    signed = {"Authorization": f"Bearer {desk.editor.access_token}"}
    response = await desk.http.http.get("/graphql", params=link, headers=signed)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    named = "query ($id: ID!) { node(id: $id) { ... on Template { name } } }"
    answer = (await desk.http.ask(named, desk.editor, id=desk.template)).json()
    assert answer["data"]["node"]["name"] != changed["name"]


async def test_a_token_that_is_not_ours_or_not_good_any_more_lets_nobody_in(
    server: LiveServer, desk: Desk, settings: Settings
) -> None:
    ours, theirs = await _ours(settings), await tokens(a_key(Ed25519PrivateKey.generate()))
    header, claims, signature = desk.editor.access_token.split(".")
    unsigned = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    forgeries = [
        _signed(ours, timedelta(minutes=-1)),
        _signed(theirs, timedelta(minutes=1)),
        f"{unsigned}.{claims}.",
        f"{unsigned}.{claims}.{signature}",
        f"{header}.{claims}.",
        f"{header}.{claims[:-4]}AAAA.{signature}",
        _signed(ours, timedelta(minutes=1)),  # of a session that there is not
    ]
    for token in forgeries:
        forged = replace(desk.editor, access_token=token)
        refused = await desk.http.ask(VIEWER, forged)
        assert (refused.status_code, code(refused.json())) == (401, "UNAUTHENTICATED")
        async with client(server) as socket:
            await socket.send({**INIT, "payload": {"Authorization": f"Bearer {token}"}})
            assert await socket.closed() == 4403


async def _ours(settings: Settings) -> Tokens:
    """The server's own."""
    database = Database(settings.database_url or "")
    secrets = keys.load_or_create(settings)
    keyring = await signing_keys.keyring(settings, secrets, database)
    await database.close()
    return tokens_of(keyring)


def _signed(by: Tokens, lifetime: timedelta) -> str:
    by.lifetime = lifetime
    return by.sign(uuid4(), uuid4(), datetime.now(UTC))[0]


async def test_a_hundred_operations_that_cannot_go_on_are_told_so_and_the_server_goes_on(
    desk: Desk, settings: Settings
) -> None:
    row = uuid_of(desk.template)
    async with connected(settings.database_url or "") as database, database.transaction():
        await database.execute("SELECT 1 FROM templates WHERE id = $1 FOR UPDATE", row)
        asked = (desk.rename(f"Number {number}") for number in range(CLIENTS))
        answers = [answer.json() for answer in await asyncio.gather(*asked)]
    assert {code(answer) for answer in answers} == {"UNAVAILABLE"}
    renamed = (await desk.rename("At last")).json()["data"]["updateTemplate"]
    assert renamed == {"template": {"name": "At last"}, "errors": []}
