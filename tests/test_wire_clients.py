"""The reference clients of npm, against a live server: what they expect is what they get."""

import fcntl
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.settings import Settings
from tests.live_server import LiveServer, live_server
from tests.wire_app import Happenings, wire_app

CLIENTS = Path(__file__).parent / "clients"
HELLO = {"query": "query($name: String!) { hello(name: $name) }", "variables": {"name": "Ada"}}
COUNT = {"query": "subscription($to: Int!) { count(to: $to) }", "variables": {"to": 3}}
TOUCH = {"query": "mutation { touch }"}
SILENCE = {"query": "subscription { silence }"}
INVALID = {"query": "subscription { nothing }"}
COUNTED = [{"data": {"count": number}} for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def happenings() -> Happenings:
    return Happenings()


@pytest.fixture(scope="module")
def server(happenings: Happenings) -> Iterator[LiveServer]:
    settings = Settings(graphiql=True)
    with live_server(wire_app(settings, happenings), settings) as server:
        yield server


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """Installs the clients from the lockfile, once for all workers."""
    done = CLIENTS / "node_modules" / ".installed"
    lockfile = (CLIENTS / "package-lock.json").read_text()
    with (CLIENTS / "package.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists() or done.read_text() != lockfile:
            subprocess.run(["npm", "ci", "--silent"], cwd=CLIENTS, check=True, timeout=300)
            done.write_text(lockfile)


def run(program: str, *arguments: str) -> Any:
    """What a program of `tests/clients/` prints."""
    finished = subprocess.run(
        ["node", program, *arguments],
        cwd=CLIENTS,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


def test_no_audit_of_graphql_over_http_fails(server: LiveServer) -> None:
    audits = run("audits.mjs", server.url)
    assert audits["failed"] == []
    assert audits["total"] > 60


def test_graphql_ws_gets_every_answer_over_one_socket(
    server: LiveServer, happenings: Happenings
) -> None:
    opened = len(happenings.opened)
    operations = [HELLO, TOUCH, COUNT, {**SILENCE, "leave": True}, INVALID]
    outcomes = run("graphql-ws.mjs", server.websocket_url, json.dumps(operations))
    *answered, refused = outcomes
    assert answered == [
        {"results": [{"data": {"hello": "Hello, Ada!"}}]},
        {"results": [{"data": {"touch": True}}]},
        {"results": COUNTED},
        {"results": [{"data": {"silence": 1}}]},
    ]
    assert refused["error"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(happenings.opened) == opened + 1


def test_graphql_ws_is_told_why_it_is_turned_away(server: LiveServer) -> None:
    outcomes = run("graphql-ws.mjs", server.websocket_url, json.dumps([HELLO]), "forged")
    assert outcomes == [{"results": [], "error": {"code": 4403}}]


def test_graphql_sse_gets_every_answer(server: LiveServer) -> None:
    operations = [HELLO, TOUCH, COUNT, {**SILENCE, "leave": True}, INVALID]
    *answered, refused = run("graphql-sse.mjs", server.url, json.dumps(operations), "alice")
    assert answered == [
        {"results": [{"data": {"hello": "Hello, Ada!"}}]},
        {"results": [{"data": {"touch": True}}]},
        {"results": COUNTED},
        {"results": [{"data": {"silence": 1}}]},
    ]
    assert refused["results"][0]["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_graphql_sse_is_told_that_it_is_unauthorised(server: LiveServer) -> None:
    outcomes = run("graphql-sse.mjs", server.url, json.dumps([COUNT]), "forged")
    assert outcomes == [{"results": [], "error": {"status": 401}}]


@pytest.mark.parametrize("transport", ["sse", "ws"])
def test_urql_gets_every_answer(server: LiveServer, transport: str) -> None:
    operations = [HELLO, TOUCH, COUNT]
    hello, touch, count = run("urql.mjs", server.url, json.dumps(operations), transport)
    assert hello["results"] == [{"data": {"hello": "Hello, Ada!"}}]
    assert touch["results"] == [{"data": {"touch": True}}]
    assert [one["data"] for one in count["results"]][:3] == [one["data"] for one in COUNTED]


def test_urql_reads_the_codes_of_errors(server: LiveServer) -> None:
    operations = [{"query": "{ nothing }"}, {"query": "{ hello forbidden }"}]
    invalid, partial = run("urql.mjs", server.url, json.dumps(operations), "sse")
    assert invalid["results"][0]["errors"] == ["BAD_USER_INPUT"]
    assert partial["results"][0]["errors"] == ["FORBIDDEN"]
    assert partial["results"][0]["data"]["hello"] == "Hello, world!"
