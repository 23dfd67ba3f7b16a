"""GraphQL requests as they come off a wire: read within bounds, parsed, checked."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import orjson
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from domain.errors import Unauthenticated
from engine.execution import OperationRequest
from server.negotiation import JSON
from server.streams import Ended, Ending, Lifetime
from server.timers import Timers

T = TypeVar("T")

MAX_NESTING = 100
"""Deepest JSON taken: what follows variables down may do so by recursion."""

MOST_DIGITS = 19
"""Of a number that is still one of PostgreSQL's."""

CLOSE = {"Connection": "close"}

_UTF8 = frozenset({"utf-8", "utf8"})
_SPACED = re.compile(rb":(?<=\s:)")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"(\s*+:)?', re.DOTALL)


class Malformed(Exception):
    """Not a request that this server takes; the text names the place and the cure."""

    def __init__(
        self, message: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})


class Head:
    """What a request says before its body; of a header that is repeated the first counts."""

    __slots__ = ("_headers", "method", "request_id", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope.get("method", "GET")
        self.request_id: str = scope["state"]["request_id"]
        self._headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))

    def get(self, name: bytes, default: T) -> str | T:
        value = self._headers.get(name)
        return default if value is None else value.decode("latin-1")


async def body(head: Head, receive: Receive, *, most: int, patience: Timers) -> bytes:
    """The body of a JSON request: at most so many bytes, before one of these timers rings."""
    _require_json(head)
    received = bytearray()
    await take(head, receive, received.extend, most=most, patience=patience)
    return bytes(received)


async def take(
    head: Head,
    receive: Receive,
    into: Callable[[bytes], object],
    *,
    most: int,
    patience: Timers,
) -> None:
    """Hand over a body as it comes: at most so many bytes, before one of these timers rings."""
    _require_plain(head)
    declared = head.get(b"content-length", "0")
    if declared.isdecimal() and (len(declared) > len(str(most)) or int(declared) > most):
        # A client that waits for leave to send the body gets none, and has to begin anew.
        raise _too_large(most, CLOSE if head.get(b"expect", None) is not None else {})
    try:
        with Lifetime() as lifetime:
            lifetime.after(patience, Ending.CLIENT_TOO_SLOW)
            await _collect(receive, into, most)
    except Ended:
        seconds = patience.seconds
        text = f"The body did not arrive within {seconds:g} seconds: send it without pausing."
        raise Malformed(text, 408, CLOSE) from None


async def _collect(receive: Receive, into: Callable[[bytes], object], most: int) -> None:
    received = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        content = message.get("body", b"")
        received += len(content)
        if received > most:
            raise _too_large(most)
        into(content)
        if not message.get("more_body", False):
            return


def _too_large(most: int, headers: Mapping[str, str] | None = None) -> Malformed:
    text = f"The body is larger than {most:,} bytes: send less, or in several requests."
    # Else the connection stays: closed on what still arrives, it is reset and the answer lost.
    return Malformed(text, 413, headers)


def _require_plain(head: Head) -> None:
    coding = head.get(b"content-encoding", "identity").strip().lower()
    if coding != "identity":
        text = f"Content-Encoding {coding!r} is not supported: send the body uncompressed."
        raise Malformed(text, 415, {"Accept-Encoding": "identity"})


def _require_json(head: Head) -> None:
    content_type = head.get(b"content-type", "")
    if content_type == JSON:
        return
    media, *parameters = content_type.lower().split(";")
    if media.strip() != JSON or not all(map(_is_harmless, parameters)):
        text = "The body must be JSON in UTF-8: send `Content-Type: application/json`."
        raise Malformed(text, 415, {"Accept-Post": JSON})


def _is_harmless(parameter: str) -> bool:
    name, _, value = parameter.partition("=")
    return name.strip() != "charset" or value.strip().strip('"') in _UTF8


def from_body(content: bytes) -> OperationRequest:
    if not content:
        raise Malformed('The body is empty: send a JSON object like {"query": "{ __typename }"}.')
    return checked(decoded(content, "The body"))


def from_query(parameters: QueryParams) -> OperationRequest:
    """The request in a URL's query; an empty parameter counts as absent."""
    repeated = {name for name in parameters if len(parameters.getlist(name)) > 1}
    if repeated:
        raise Malformed(f"The parameter `{min(repeated)}` is repeated: send it once.")
    given: dict[str, object] = {name: value for name, value in parameters.items() if value}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = decoded(parameters[name].encode(), f"The parameter `{name}`")
    return checked(given)


def decoded(content: bytes, place: str) -> object:
    """A JSON value; raises `Malformed` where it is broken, too deep or repeats a key."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"{place} is not valid JSON: {error}.") from None
    if _repeats(content, _count_keys(value, place)):
        raise Malformed(f"{place} repeats a key in a JSON object: keep one of them.")
    return value


def _repeats(content: bytes, keys: int) -> bool:
    """Whether a JSON text writes more keys than it has: a quick look seldom leaves a doubt."""
    if content.count(b'":') <= keys and not _SPACED.search(content):
        return False
    return sum(map(bool, _STRING.findall(content))) > keys


def _count_keys(value: object, place: str) -> int:
    keys, level = 0, [value]
    for _ in range(MAX_NESTING):
        inner: list[object] = []
        for parent in level:
            if type(parent) is dict:
                keys += len(parent)
                inner += parent.values()
            elif type(parent) is list:
                inner += parent
        if not inner:
            return keys
        level = inner
    raise Malformed(f"{place} nests deeper than {MAX_NESTING} levels: flatten it.")


def checked(value: object) -> OperationRequest:
    """A GraphQL request with every member of the type that it must have; others are ignored."""
    if isinstance(value, list):
        raise Malformed("Batches are not supported: send one operation a request.")
    if not isinstance(value, dict):
        raise Malformed('A request is a JSON object like {"query": "{ __typename }"}.')
    query = _member(value, "query", str, "a string")
    if query is None:
        raise Malformed("`query` is missing: send the GraphQL document as a string.")
    return OperationRequest(
        query,
        _member(value, "operationName", str, "a string"),
        _member(value, "variables", dict, "an object"),
        _member(value, "extensions", dict, "an object"),
    )


def _member(value: dict[str, Any], name: str, kind: type, article: str) -> Any:
    member = value.get(name)
    if member is None or isinstance(member, kind):
        return member
    raise Malformed(f"`{name}` must be {article} or null.")


def last_event_id(head: Head) -> int | None:
    """The position after which an interrupted stream goes on; None where there was none."""
    given = head.get(b"last-event-id", "").strip()
    if given and not (given.isdecimal() and given.isascii() and len(given) < MOST_DIGITS):
        raise Malformed("`Last-Event-ID` must be the id of an event of this stream.")
    return int(given) if given else None


def bearer(authorization: object) -> str | None:
    """The access token of an `Authorization` value; `Unauthenticated` if it is none."""
    if authorization is None:
        return None
    scheme, _, token = str(authorization).strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The authorization must read `Bearer <accessToken>`.")
    return token.strip()


def address(scope: Scope) -> str:
    """The client's address; behind a trusted proxy, the one that it forwards."""
    client = scope.get("client")
    return str(client[0]) if client else ""
