"""Requests that are no good: each is refused quickly, with its place and its cure."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as some

from server import requests
from server.requests import Malformed
from server.settings import Settings
from tests.live_server import DEADLINE, LiveServer, eventually, live_server
from tests.wire_app import Happenings, wire_app

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
TOO_LARGE = 20_000


@pytest.fixture(scope="module")
def happenings() -> Happenings:
    return Happenings()


@pytest.fixture(scope="module")
def server(happenings: Happenings) -> Iterator[LiveServer]:
    settings = Settings(max_request_bytes=TOO_LARGE, request_timeout=0.5)
    with live_server(wire_app(settings, happenings), settings) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url.removesuffix("/graphql"), timeout=DEADLINE) as client:
        yield client


def send(client: httpx.Client, content: bytes, **headers: str) -> httpx.Response:
    return client.post("/graphql", content=content, headers={"Content-Type": JSON, **headers})


def message(response: httpx.Response) -> str:
    """The only error's text, of a response that says nothing else."""
    body = response.json()
    assert set(body) == {"errors"}
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    return str(body["errors"][0]["message"])


ANY_JSON = some.recursive(
    some.none() | some.booleans() | some.floats() | some.integers() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text() | some.just("query"), inner),
)


@given(ANY_JSON.map(json.dumps).map(str.encode) | some.binary() | some.text().map(str.encode))
def test_no_body_whatever_breaks_the_reading(content: bytes) -> None:
    with suppress(Malformed):
        requests.from_body(content)


def repeats(content: bytes) -> bool:
    """As the standard library finds it."""
    found = False

    def look(pairs: list[tuple[str, object]]) -> None:
        nonlocal found
        found |= len(dict(pairs)) < len(pairs)

    json.loads(content, object_pairs_hook=look)
    return found


def keyed(keys: list[str], spaces: list[str]) -> bytes:
    """An object with these keys, repeated or not, laid out with these spaces."""
    members = [
        f"{json.dumps(key)}{space}: [{{{json.dumps(key)}:{json.dumps(key)}}}]"
        for key, space in zip(keys, spaces * len(keys), strict=False)
    ]
    return f"{{{','.join(members)}}}".encode()


@given(
    some.lists(some.sampled_from(["a", "b", ":", '"', '":', '\\":', " :", "\\", "é"]), max_size=4),
    some.lists(some.sampled_from(["", " ", "\t", "\n", "\r", "  "]), min_size=1, max_size=3),
)
def test_a_repeated_key_is_found_however_it_is_written(keys: list[str], spaces: list[str]) -> None:
    content = keyed(keys, spaces)
    if repeats(content):
        with pytest.raises(Malformed, match="repeats a key"):
            requests.decoded(content, "The body")
    else:
        assert requests.decoded(content, "The body") == json.loads(content)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "body is empty"),
        (b"null", "JSON object"),
        (b"7", "JSON object"),
        (b"1.5e3", "JSON object"),
        (b'"text"', "JSON object"),
        (b"true", "JSON object"),
        (b"[]", "one operation a request"),
        (b'[{"query": "{ hello }"}]', "one operation a request"),
        (b"{}", "`query` is missing"),
        (b'{"query": null}', "`query` is missing"),
        (b'{"query": 1}', "`query` must be a string"),
        (b'{"query": ["{ hello }"]}', "`query` must be a string"),
        (b'{"query": "{ hello }", "variables": []}', "`variables` must be an object"),
        (b'{"query": "{ hello }", "variables": "{}"}', "`variables` must be an object"),
        (b'{"query": "{ hello }", "operationName": 1}', "`operationName` must be a string"),
        (b'{"query": "{ hello }", "extensions": 1}', "`extensions` must be an object"),
        (b'{"query": "{ hello }"', "line 1 column"),
        (b'{"query": "{ hello }"} {}', "line 1 column"),
        (b"\xff\xfe", "UTF-8"),
        (b'{"query": "\xff"}', "UTF-8"),
        (b'{"query": "\\ud800"}', "surrogate"),
        (b'\xef\xbb\xbf{"query": "{ hello }"}', "BOM"),
        (b'{"query": "{ hello }", "variables": {"x": NaN}}', "line 1 column"),
        (b'{"query": "{ hello }", "variables": {"x": Infinity}}', "line 1 column"),
        (b'{"query": "{ hello }", "variables": {"x": 1e999}}', "infinity"),
        (b'{"query": "{ hello }", "query": "{ fault }"}', "repeats a key"),
        (b'{"query": "{ hello }", "variables": {"a": [{"b": 1, "b" : 2}]}}', "repeats a key"),
        (
            b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 2000 + b"]" * 2000 + b"}}",
            "depth",
        ),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"[" * 200 + b"]" * 200 + b"}}", "deeper"),
        (b'{"query": "{ hello }", "variables": {"a": ' + b"9" * 10_000 + b"}}", "number"),
        (b"\x00", "line 1 column"),
    ],
)
def test_a_malformed_body_is_refused_with_its_place(
    client: httpx.Client, content: bytes, place: str
) -> None:
    for accept in (JSON, GRAPHQL):
        response = send(client, content, Accept=accept)
        assert response.status_code == 400
        assert place in message(response)


def test_keys_within_strings_are_not_repeated_keys(client: httpx.Client) -> None:
    name = '"a": 1, "a": 2, \\" "a":'
    query = "query($name: String!) { hello(name: $name) }"
    response = client.post("/graphql", json={"query": query, "variables": {"name": name}})
    assert response.json() == {"data": {"hello": f"Hello, {name}!"}}


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/mixed; boundary=x",
        "application/json; charset=iso-8859-1",
        "application/jsonp",
    ],
)
def test_a_body_that_is_not_json_is_an_unsupported_media_type(
    client: httpx.Client, content_type: str
) -> None:
    response = send(client, b'{"query": "{ hello }"}', **{"Content-Type": content_type})
    assert response.status_code == 415
    assert JSON in message(response)


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=UTF-8", 'APPLICATION/JSON;charset="utf-8"; x=y']
)
def test_json_may_say_that_it_is_utf8(client: httpx.Client, content_type: str) -> None:
    response = send(client, b'{"query": "{ hello }"}', **{"Content-Type": content_type})
    assert response.status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x-nonsense"])
def test_a_compressed_body_is_refused(client: httpx.Client, coding: str) -> None:
    response = send(client, b"\x1f\x8b\x08\x00", **{"Content-Encoding": coding})
    assert (response.status_code, response.headers["Accept-Encoding"]) == (415, "identity")
    assert coding in message(response)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("", "`query` is missing"),
        ("query={hello}&query={fault}", "`query` is repeated"),
        ("query={hello}&variables=[]", "`variables` must be an object"),
        ("query={hello}&variables={", "`variables` is not valid JSON"),
        ("query={hello}&extensions=1", "`extensions` must be an object"),
    ],
)
def test_a_malformed_query_string_is_refused_with_its_place(
    client: httpx.Client, query: str, place: str
) -> None:
    response = client.get(f"/graphql?{query}")
    assert response.status_code == 400
    assert place in message(response)


def test_a_declared_length_beyond_the_limit_is_refused_unread(server: LiveServer) -> None:
    answer = raw(server, _head(f"Content-Length: {TOO_LARGE + 1}", "Expect: 100-continue"))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()


def test_a_body_that_grows_beyond_the_limit_is_refused(server: LiveServer) -> None:
    chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
    answer = raw(server, _head("Transfer-Encoding: chunked") + 2 * chunk)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_never_arrives_whole_is_given_up(server: LiveServer) -> None:
    answer = raw(server, _head("Content-Length: 100") + b'{"query":')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"BAD_USER_INPUT" in answer


def test_a_head_that_never_arrives_whole_is_given_up(server: LiveServer) -> None:
    answer = raw(server, b"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Slow")
    assert not answer or answer.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("query", ["{ forever }", "mutation { linger }"])
def test_an_operation_ends_with_its_client(
    server: LiveServer, happenings: Happenings, query: str
) -> None:
    running, cancelled = happenings.running, happenings.cancelled
    body = json.dumps({"query": query}).encode()
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as connection:
        connection.sendall(_head(f"Content-Length: {len(body)}") + body)
        eventually(lambda: happenings.running == running + 1)
    eventually(lambda: happenings.cancelled == cancelled + 1)


def _head(*headers: str) -> bytes:
    lines = ["POST /graphql HTTP/1.1", "Host: x", f"Content-Type: {JSON}", *headers]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n"


def raw(server: LiveServer, sent: bytes) -> bytes:
    """Everything that the server says until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), DEADLINE) as connection:
        connection.sendall(sent)
        received = b""
        while part := connection.recv(65_536):
            received += part
    return received
