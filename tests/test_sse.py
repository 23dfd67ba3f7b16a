"""GraphQL over server-sent events on a real port, byte by byte."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from server import sse
from server.settings import Settings
from tests.live_server import DEADLINE, LiveServer, eventually, live_server
from tests.wire_app import Happenings, wire_app

COMPLETE = b"event: complete\ndata:\n\n"


@pytest.fixture(scope="module")
def happenings() -> Happenings:
    return Happenings()


@pytest.fixture(scope="module")
def server(happenings: Happenings) -> Iterator[LiveServer]:
    settings = Settings()
    with live_server(wire_app(settings, happenings), settings) as server:
        yield server


@contextmanager
def stream(server: LiveServer, query: str, **headers: str) -> Iterator[httpx.Response]:
    headers = {"Accept": "text/event-stream", **headers}
    with httpx.stream(
        "POST", server.url, json={"query": query}, headers=headers, timeout=DEADLINE
    ) as response:
        yield response


def everything(server: LiveServer, query: str, **headers: str) -> bytes:
    with stream(server, query, **headers) as response:
        assert response.status_code == 200
        return response.read()


def following(**answer: Any) -> bytes:
    return b"event: next\ndata: " + json.dumps(answer, separators=(",", ":")).encode() + b"\n\n"


def told(content: bytes) -> list[dict[str, Any]]:
    """The answers of a stream that ends as it should."""
    *events, last, rest = content.removeprefix(sse.COMMENT).split(b"\n\n")
    assert (last + b"\n\n", rest) == (COMPLETE, b"")
    return [json.loads(event.removeprefix(b"event: next\ndata: ")) for event in events]


def test_a_subscription_is_a_stream_of_next_events_and_a_complete(server: LiveServer) -> None:
    content = everything(server, "subscription { count(to: 2) }")
    answers = following(data={"count": 1}) + following(data={"count": 2})
    assert content == sse.COMMENT + answers + COMPLETE


@pytest.mark.parametrize(
    ("query", "data"),
    [("{ hello }", {"hello": "Hello, world!"}), ("mutation { touch }", {"touch": True})],
)
def test_a_query_or_mutation_is_one_event(
    server: LiveServer, query: str, data: dict[str, Any]
) -> None:
    assert told(everything(server, query)) == [{"data": data}]


def test_a_stream_may_be_asked_for_by_get_but_a_mutation_may_not(server: LiveServer) -> None:
    headers = {"Accept": "text/event-stream"}
    query = "subscription { count(to: 1) }"
    streamed = httpx.get(server.url, params={"query": query}, headers=headers)
    refused = httpx.get(server.url, params={"query": "mutation { touch }"}, headers=headers)
    assert told(streamed.content) == [{"data": {"count": 1}}]
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")


def test_the_headers_keep_proxies_from_holding_events_back(server: LiveServer) -> None:
    with stream(server, "{ hello }") as response:
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"


@pytest.mark.parametrize("query", ["{", "{ nothing }", "subscription { nothing }"])
def test_what_is_refused_before_execution_is_told_in_an_event(
    server: LiveServer, query: str
) -> None:
    (answer,) = told(everything(server, query))
    assert set(answer) == {"errors"}
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_source_that_is_refused_is_told_in_an_event(server: LiveServer) -> None:
    (answer,) = told(everything(server, "subscription { mine }"))
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert told(everything(server, "subscription { mine }", Authorization="Bearer alice")) == [
        {"data": {"mine": 1}}
    ]


def test_a_source_that_breaks_is_masked(server: LiveServer) -> None:
    first, broken = told(everything(server, "subscription { breaks }"))
    assert first == {"data": {"breaks": 1}}
    assert broken["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert "hunter2" not in json.dumps(broken)


def test_a_malformed_request_is_refused_before_any_stream(server: LiveServer) -> None:
    response = httpx.post(server.url, json={}, headers={"Accept": "text/event-stream"})
    assert response.status_code == 400
    assert "`query` is missing" in response.json()["errors"][0]["message"]


def test_a_client_that_leaves_ends_its_subscription(
    server: LiveServer, happenings: Happenings
) -> None:
    with stream(server, "subscription { silence }") as response:
        parts = response.iter_raw()
        assert next(parts).startswith(sse.COMMENT)
        eventually(lambda: happenings.listening == 1)
    eventually(lambda: happenings.listening == 0)


def test_a_client_that_does_not_read_slows_its_own_stream_only(
    server: LiveServer, happenings: Happenings
) -> None:
    with stream(server, "subscription { flood(bytes: 1000000) }"):
        eventually(lambda: happenings.listening == 1)
        for _ in range(10):
            assert httpx.post(server.url, json={"query": "{ hello }"}).status_code == 200
    eventually(lambda: happenings.listening == 0)


def test_a_client_that_never_reads_is_given_up(
    server: LiveServer, happenings: Happenings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sse, "PATIENCE", 0.05)
    with stream(server, "subscription { flood(bytes: 1000000) }"):
        eventually(lambda: happenings.listening == 1)
        eventually(lambda: happenings.listening == 0)


def test_the_stream_says_so_and_ends_when_its_token_expires(server: LiveServer) -> None:
    token = "Bearer alice-for-0.2"
    *_, last = told(everything(server, "subscription { silence }", Authorization=token))
    assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_a_silent_stream_keeps_beating(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT", 0.01)
    received = b""
    with stream(server, "subscription { silence }") as response:
        for part in response.iter_raw():
            received += part
            if received.endswith(3 * sse.COMMENT):
                break


def test_one_stream_too_many_is_turned_away() -> None:
    settings = Settings(max_sockets=1)
    silence = "subscription { silence }"
    with live_server(wire_app(settings), settings) as server, stream(server, silence) as first:
        parts = first.iter_raw()
        next(parts)
        with stream(server, silence) as second:
            assert (second.status_code, second.headers["Retry-After"]) == (503, "5")


def test_a_stopping_server_ends_its_streams_without_completing_them() -> None:
    settings, happenings = Settings(), Happenings()
    app, silence = wire_app(settings, happenings), "subscription { silence }"
    with live_server(app, settings) as server, stream(server, silence) as response:
        eventually(lambda: happenings.listening == 1)
        stopping = threading.Thread(target=server.stop)
        stopping.start()
        content = response.read()
        stopping.join(DEADLINE)
    assert content == sse.COMMENT + following(data={"silence": 1})
    assert happenings.listening == 0
