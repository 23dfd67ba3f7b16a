"""graphql-transport-ws on a real port: its messages, its close codes, its endings."""

import json
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from server.settings import Settings
from tests.live_server import LiveServer, live_server
from tests.websocket_client import INIT, PROTOCOL, client, initialised
from tests.wire_app import ALICE, Happenings, wire_app

LARGEST = 10_000


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    settings = Settings(
        max_websocket_message_bytes=LARGEST,
        max_subscriptions_per_socket=3,
        cors_origins=["https://app.example"],
        operation_timeout=0.2,
    )
    with live_server(wire_app(settings), settings) as server:
        yield server


async def test_queries_mutations_and_subscriptions_are_answered(server: LiveServer) -> None:
    async with initialised(server) as ws:
        assert ws.connection.subprotocol == PROTOCOL
        query = "query($name: String!) { hello(name: $name) }"
        assert await ws.answer(query, variables={"name": "Ada"}) == {
            "data": {"hello": "Hello, Ada!"}
        }
        assert await ws.answer("mutation { touch }", variables=None) == {"data": {"touch": True}}
        await ws.subscribe("a", "subscription { count(to: 2) }")
        for number in (1, 2):
            payload = {"data": {"count": number}}
            assert await ws.receive() == {"id": "a", "type": "next", "payload": payload}
        assert await ws.receive() == {"id": "a", "type": "complete"}


async def test_pings_are_answered_with_their_payload_even_before_the_ack(
    server: LiveServer,
) -> None:
    async with client(server) as ws:
        await ws.send({"type": "ping"})
        assert await ws.receive() == {"type": "pong"}
        await ws.send({"type": "ping", "payload": {"at": 1}})
        assert await ws.receive() == {"type": "pong", "payload": {"at": 1}}
        await ws.send({"type": "pong", "payload": {}})
        await ws.init()


@pytest.mark.parametrize("offered", [None, [Subprotocol("graphql-ws")], [Subprotocol("soap")]])
async def test_every_other_subprotocol_is_not_acceptable(
    server: LiveServer, offered: list[Subprotocol] | None
) -> None:
    async with client(server, subprotocols=offered) as ws:
        assert await ws.closed() == 4406


async def test_the_right_subprotocol_is_chosen_among_others(server: LiveServer) -> None:
    async with client(server, subprotocols=[Subprotocol("graphql-ws"), PROTOCOL]) as ws:
        assert ws.connection.subprotocol == PROTOCOL
        await ws.init()


@pytest.mark.parametrize("message", [b"binary", "null", '{"type": "start"}', "x" * (LARGEST + 1)])
@pytest.mark.parametrize("ready", [False, True])
async def test_a_broken_message_closes_with_4400(
    server: LiveServer, message: str | bytes, *, ready: bool
) -> None:
    async with client(server) as ws:
        if ready:
            await ws.init()
        await ws.connection.send(message)
        assert await ws.closed() == 4400


async def test_a_huge_message_is_not_even_read(server: LiveServer) -> None:
    async with client(server) as ws:
        await ws.connection.send("x" * 10 * LARGEST)
        assert await ws.closed() == 1009


async def test_subscribing_before_the_ack_closes_with_4401(server: LiveServer) -> None:
    async with client(server) as ws:
        await ws.subscribe("1", "{ hello }")
        assert await ws.closed() == 4401


async def test_a_second_init_closes_with_4429(server: LiveServer) -> None:
    async with initialised(server) as ws:
        await ws.send(INIT)
        assert await ws.closed() == 4429


async def test_a_used_id_closes_with_4409_and_a_free_one_may_be_used_again(
    server: LiveServer,
) -> None:
    async with initialised(server) as ws:
        await ws.answer("{ hello }")
        await ws.answer("{ hello }")
        await ws.subscribe("1", "subscription { silence }")
        await ws.subscribe("1", "{ hello }")
        assert await ws.closed() == 4409


@pytest.mark.parametrize("key", ["authorization", "Authorization"])
async def test_the_token_comes_with_the_init(server: LiveServer, key: str) -> None:
    async with client(server) as ws:
        await ws.init({key: "Bearer alice"})
        assert await ws.answer("{ whoami }") == {"data": {"whoami": str(ALICE)}}


async def test_the_token_may_come_with_the_upgrade(server: LiveServer) -> None:
    headers = {"Authorization": "Bearer alice"}
    async with client(server, additional_headers=headers) as ws:
        await ws.init()
        assert await ws.answer("{ whoami }") == {"data": {"whoami": str(ALICE)}}


@pytest.mark.parametrize("token", ["Bearer forged", "Bearer", "alice", 7, ["Bearer alice"]])
async def test_a_token_that_is_not_good_closes_with_4403(server: LiveServer, token: object) -> None:
    async with client(server) as ws:
        await ws.send({**INIT, "payload": {"authorization": token}})
        assert await ws.closed() == 4403


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ nothing }", "BAD_USER_INPUT"),
        ("query($name: String!) { hello(name: $name) }", "BAD_USER_INPUT"),
        ("subscription { nothing }", "BAD_USER_INPUT"),
        ("subscription { mine }", "FORBIDDEN"),
    ],
)
async def test_what_cannot_run_is_an_error_message_and_the_socket_stays(
    server: LiveServer, query: str, code: str
) -> None:
    async with initialised(server) as ws:
        await ws.subscribe("1", query)
        refused = await ws.receive()
        assert (refused["id"], refused["type"]) == ("1", "error")
        assert refused["payload"][0]["extensions"]["code"] == code
        assert await ws.answer("{ hello }") == {"data": {"hello": "Hello, world!"}}


async def test_a_source_that_breaks_is_masked(server: LiveServer) -> None:
    async with initialised(server) as ws:
        await ws.subscribe("1", "subscription { breaks }")
        assert (await ws.receive())["payload"] == {"data": {"breaks": 1}}
        broken = await ws.receive()
        assert "INTERNAL" in json.dumps(broken)
        assert "hunter2" not in json.dumps(broken)


async def test_one_operation_too_many_is_refused_until_another_completes(
    server: LiveServer,
) -> None:
    async with initialised(server) as ws:
        for id in "123":
            await ws.subscribe(id, "subscription { silence }")
            assert (await ws.receive())["id"] == id
        await ws.subscribe("4", "{ hello }")
        refused = await ws.receive()
        assert (refused["id"], refused["type"]) == ("4", "error")
        assert refused["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await ws.send({"id": "1", "type": "complete"})
        assert await ws.answer("{ hello }") == {"data": {"hello": "Hello, world!"}}


async def test_operations_of_a_socket_do_not_wait_for_each_other(server: LiveServer) -> None:
    async with initialised(server) as ws:
        await ws.subscribe("1", "{ forever }")
        assert await ws.answer("{ hello }") == {"data": {"hello": "Hello, world!"}}


async def test_each_operation_and_each_event_has_a_context_of_its_own() -> None:
    settings, happenings = Settings(), Happenings()
    with live_server(wire_app(settings, happenings), settings) as server:
        async with initialised(server) as ws:
            for expected in (1, 2):
                await ws.answer("{ generation }")
                assert happenings.renewals == expected
            await ws.subscribe("1", "subscription { generations(to: 3) { generation } }")
            while (await ws.receive())["type"] != "complete":
                pass
            assert happenings.renewals == 2 + 1 + 3


@pytest.mark.parametrize("origin", ["https://app.example", "own"])
async def test_browsers_connect_from_our_own_origin_and_the_allowed_ones(
    server: LiveServer, origin: str
) -> None:
    own = server.url.removesuffix("/graphql")
    headers = {"Origin": own if origin == "own" else origin}
    async with client(server, additional_headers=headers) as ws:
        await ws.init()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost"])
async def test_browsers_of_other_origins_are_forbidden(server: LiveServer, origin: str) -> None:
    with pytest.raises(InvalidStatus) as forbidden:
        async with client(server, additional_headers={"Origin": origin}):
            pass
    assert forbidden.value.response.status_code == 403
    assert b"FORBIDDEN" in (forbidden.value.response.body or b"")


async def test_a_plain_request_that_asks_for_nothing_is_no_socket(server: LiveServer) -> None:
    async with httpx.AsyncClient() as http:
        response = await http.get(server.url, headers={"Upgrade": "websocket"})
    assert response.status_code == 400
