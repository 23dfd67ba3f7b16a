"""Clients' messages of graphql-transport-ws: what is one, and what closes the socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from engine.execution import OperationRequest
from server.messages import Close, Complete, ConnectionInit, Message, Ping, Subscribe, parsed

LARGEST = 10_000


BROKEN = [
    None,
    "",
    "{",
    "null",
    "[]",
    "7",
    '"ping"',
    "{}",
    '{"type": null}',
    '{"type": 1}',
    '{"type": "start"}',
    '{"type": "connection_ack"}',
    '{"type": "next", "id": "1", "payload": {}}',
    '{"type": "connection_init", "payload": []}',
    '{"type": "connection_init", "payload": "x"}',
    '{"type": "ping", "payload": 1}',
    '{"type": "pong", "payload": false}',
    '{"type": "ping", "type": "pong"}',
    '{"type": "complete"}',
    '{"type": "complete", "id": 1}',
    '{"type": "subscribe", "id": "1"}',
    '{"type": "subscribe", "id": "1", "payload": null}',
    '{"type": "subscribe", "id": "1", "payload": {}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{hello}", "extensions": ""}}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{hello}"}}',
    '{"type": "subscribe", "payload": {"query": "{hello}"}}',
    '{"type": "ping", "payload": {"x": ' + "[" * 500 + "]" * 500 + "}}",
    '{"type": "ping", "payload": {"x": ' + "9" * 500 + "}}",
    '{"type": "ping", "payload": {"x": "' + "x" * LARGEST + '"}}',
]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_what_is_no_message_closes_with_4400(text: str | None) -> None:
    with pytest.raises(Close) as close:
        parsed(text, LARGEST)
    assert close.value.code == 4400


@given(some.text())
def test_whatever_is_no_message_closes_with_a_reason_that_fits(text: str) -> None:
    with pytest.raises(Close) as close:
        parsed(text, LARGEST)
    assert 0 < len(close.value.reason.encode()) <= 123


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"type": "connection_init"}', ConnectionInit(None)),
        ('{"type": "connection_init", "payload": {"a": 1}}', ConnectionInit({"a": 1})),
        ('{"type": "ping", "payload": null}', Ping(None)),
        ('{"type": "complete", "id": "1", "more": 1}', Complete("1")),
        (
            '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": null}}',
            Subscribe("1", OperationRequest("{a}")),
        ),
    ],
)
def test_a_message_is_read_with_what_it_carries(text: str, message: Message) -> None:
    assert parsed(text, LARGEST) == message


def test_a_reason_is_shortened_between_characters() -> None:
    assert Close(4400, "é" * 100).reason == "é" * 61
