"""Requests for GraphQL go past the router: their answers are those that it would give."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message

from server.settings import Settings
from tests.wire_app import Happenings, wire_app

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
HELLO = b'{"query": "{ hello }"}'
MOST = 2_000
Headers = dict[str, str] | list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """A request; a `None` among its parts is a client that says nothing more."""

    parts: Sequence[bytes | None] = (HELLO,)
    headers: Headers | None = None
    method: str = "POST"
    query: bytes = b""
    leaves: bool = False


def asked(query: str, headers: Headers | None = None, **members: Any) -> Asked:
    return Asked([orjson.dumps({"query": query, **members})], headers)


NAMED = "query Named($name: String!) { hello(name: $name) }"
ASKED = {
    "a query": asked("{ hello }"),
    "a query with variables": asked(NAMED, variables={"name": "Ada"}, operationName="Named"),
    "a mutation": asked("mutation { touch }"),
    "a subscription": asked("subscription { count }"),
    "a subscription as events": asked("subscription { count }", {"accept": EVENTS}),
    "a query as events": asked("{ hello }", {"accept": EVENTS}),
    "a broken query as events": asked("{ nothing }", {"accept": EVENTS}),
    "a body in parts": Asked([HELLO[:5], b"", HELLO[5:]]),
    "a declared length": Asked(headers={"content-length": str(len(HELLO))}),
    "no body": Asked([b""]),
    "no JSON": Asked([b"{"]),
    "a list": Asked([b"[" + HELLO + b"]"]),
    "a repeated key": Asked([b'{"query": "{ hello }", "query": "{ fault }"}']),
    "a spaced key": Asked([b'{"query" : "{ hello }", "query"\n: "{ fault }"}']),
    "a key in a string": asked('{ hello(name: "\\":\\" a : b \\":") }'),
    "no query": Asked([b'{"variables": {}}']),
    "a syntax error": asked("{"),
    "a validation error": asked("{ nothing }", {"accept": GRAPHQL}),
    "a missing variable": asked(NAMED),
    "an error of a field": asked("{ hello forbidden }", {"accept": GRAPHQL}),
    "a fault of a field": asked("{ hello fault }"),
    "a long answer": asked("{ large(bytes: 100000) }"),
    "a token": asked("{ whoami }", {"authorization": "Bearer alice"}),
    "a token in capitals": asked("{ whoami }", {"authorization": "BEARER   alice "}),
    "a forged token": asked("{ whoami }", {"authorization": "Bearer forged"}),
    "half a token": asked("{ whoami }", {"authorization": "Bearer"}),
    "an empty token": asked("{ whoami }", {"authorization": ""}),
    "another scheme": asked("{ whoami }", {"authorization": "Basic YTpi"}),
    "two tokens": asked(
        "{ whoami }", [("authorization", "Bearer alice"), ("authorization", "Bearer forged")]
    ),
    "anything": Asked(headers={"accept": "*/*"}),
    "an empty accept": Asked(headers={"accept": ""}),
    "weights": Asked(headers={"accept": f"{GRAPHQL};q=0.5, {JSON};q=0.9, {EVENTS};q=0.1"}),
    "events above all": Asked(headers={"accept": f"{JSON};q=0.5, {EVENTS}"}),
    "no JSON accepted": Asked(headers={"accept": "image/*, application/json;q=0"}),
    "odd weights": Asked(headers={"accept": "a/b;q=zz, */*;q=1e999, ;;=\xff"}),
    "a long accept": Asked(headers={"accept": "a/b;q=0.1," * 500 + JSON}),
    "a browser": Asked(headers={"accept": BROWSER}),
    "UTF-8": Asked(headers={"content-type": 'APPLICATION/JSON; charset="utf-8"; x=y'}),
    "another charset": Asked(headers={"content-type": "application/json; charset=latin-1"}),
    "another type": Asked(headers={"content-type": "text/plain"}),
    "two types": Asked(headers=[("content-type", "text/plain"), ("content-type", JSON)]),
    "no coding": Asked(headers={"content-encoding": "identity"}),
    "an empty coding": Asked(headers={"content-encoding": ""}),
    "a coding": Asked(headers={"content-encoding": "gzip"}),
    "declared too large": Asked([], {"content-length": "99999999999999999999"}),
    "too large, waiting": Asked([], {"content-length": "2001", "expect": "100-continue"}),
    "grown too large": Asked([b" " * MOST, b" "]),
    "too slow": Asked([b'{"query":', None]),
    "left in the body": Asked([b'{"query":'], leaves=True),
    "left at once": Asked([], leaves=True),
    "a request id": Asked(headers={"x-request-id": "Some_id-1"}),
    "an odd origin": Asked(headers={"origin": "http://["}),
    "GET": Asked(method="GET", query=b"query={hello}"),
    "GET with variables": Asked(method="GET", query=b"query=query($a:Int){hello}&variables={}"),
    "GET with a repeated parameter": Asked(method="GET", query=b"query={hello}&query={a}"),
    "GET in no encoding": Asked(method="GET", query=b"query=%ff%00"),
    "GET of a mutation": Asked(method="GET", query=b"query=mutation{touch}"),
    "GET of nothing": Asked(method="GET"),
    "GET of the page": Asked(method="GET", headers={"accept": BROWSER}),
    "HEAD": Asked(method="HEAD", query=b"query={hello}"),
    "OPTIONS": Asked(method="OPTIONS"),
    "PUT": Asked(method="PUT"),
    "a strange method": Asked(method="FROB"),
}


@pytest.fixture(scope="module")
def happenings() -> Happenings:
    return Happenings()


def application(happenings: Happenings, *origins: str) -> Starlette:
    settings = Settings(
        max_request_bytes=MOST, request_timeout=0.05, graphiql=True, cors_origins=list(origins)
    )
    return wire_app(settings, happenings)


@pytest.fixture(scope="module")
async def app(happenings: Happenings) -> AsyncIterator[Starlette]:
    app = application(happenings)
    async with app.router.lifespan_context(app) as state:
        app.state.opened = state
        yield app


def scope_of(app: Starlette, request: Asked) -> dict[str, Any]:
    given = request.headers or {}
    headers = list(given.items()) if isinstance(given, dict) else given
    names = {name for name, _ in headers}
    usual = {"content-type": JSON, "x-request-id": "the-same-in-both"}
    headers += [(name, value) for name, value in usual.items() if name not in names]
    return {
        "type": "http",
        "method": request.method,
        "path": "/graphql",
        "raw_path": b"/graphql",
        "root_path": "",
        "scheme": "http",
        "query_string": request.query,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("192.0.2.1", 50_000),
        "server": ("127.0.0.1", 8000),
        "state": dict(app.state.opened),
    }


def receiver(request: Asked) -> Callable[[], Awaitable[Message]]:
    parts = list(request.parts)
    whole = not request.leaves

    async def receive() -> Message:
        if not parts and request.leaves:
            return {"type": "http.disconnect"}
        if not parts or parts[0] is None:
            await asyncio.Event().wait()
        more = len(parts) > 1 or not whole
        return {"type": "http.request", "body": parts.pop(0), "more_body": more}

    return receive


async def answer(app: ASGIApp, scope: dict[str, Any], request: Asked) -> list[Message]:
    """Everything that is sent, its headers in one order."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        message["headers"] = sorted(message.get("headers", []))
        sent.append(message)

    async with asyncio.timeout(30):
        await app(scope, receiver(request), send)
    return sent


@pytest.mark.parametrize("request_", ASKED.values(), ids=ASKED)
async def test_both_ways_answer_alike(
    app: Starlette, happenings: Happenings, request_: Asked
) -> None:
    direct, routed = scope_of(app, request_), scope_of(app, request_)
    short = await answer(app, direct, request_)
    opened = happenings.opened[-1:]
    long = await answer(partial(Starlette.__call__, app), routed, request_)
    assert ("router" in direct, "router" in routed) == (False, True)
    assert short == long
    assert happenings.opened[-1:] == opened


async def test_a_fault_before_the_answer_is_told_alike(
    app: Starlette, happenings: Happenings
) -> None:
    happenings.database_down = True
    try:
        short = await answer(app, scope_of(app, Asked()), Asked())
        long = await answer(partial(Starlette.__call__, app), scope_of(app, Asked()), Asked())
    finally:
        happenings.database_down = False
    assert short == long
    assert short[0]["status"] == 500


async def test_browsers_of_other_origins_are_for_cors_and_nobody_else(
    app: Starlette, happenings: Happenings
) -> None:
    with_cors = application(happenings, "https://app.example")
    with_cors.state.opened = app.state.opened
    browser = Asked(headers={"origin": "https://app.example"})
    routed, direct = scope_of(with_cors, browser), scope_of(with_cors, Asked())
    allowed = await answer(with_cors, routed, browser)
    assert (b"access-control-allow-origin", b"https://app.example") in allowed[0]["headers"]
    plain = await answer(with_cors, direct, Asked())
    assert plain == await answer(app, scope_of(app, Asked()), Asked())
    assert ("router" in routed, "router" in direct) == (True, False)


async def test_what_is_next_to_graphql_is_for_the_router(app: Starlette) -> None:
    for path in ("/graphql/", "/graphql/assets/none", "/GraphQL", "/health/live"):
        scope = {**scope_of(app, Asked(method="GET")), "path": path, "raw_path": path.encode()}
        await answer(app, scope, Asked())
        assert "router" in scope, path
