"""Files that come with a request: taken whole and within bounds, or refused with the place."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from domain.avatars import PLACE
from engine.uploads import Upload
from server.app import create_app
from server.multipart import MOST_FILES, Bounds, Form, _request
from server.requests import Malformed
from server.settings import Settings
from server.wiring import open_services
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.pictures import picture
from tests.test_avatars import UPLOAD
from tests.world import Person, World

OPERATION = {"query": UPLOAD, "variables": {"input": {"file": None}}}
MAP = {"0": ["variables.input.file"]}
BOUNDS = Bounds(operations=5_000, files=5_000)


def body(*parts: tuple[str, bytes], end: str = "--") -> bytes:
    made = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="%s"; filename="a"\r\n\r\n%s\r\n'
        % (name.encode(), content)
        for name, content in parts
    )
    return made + f"--x{end}\r\n".encode()


def sent(*files: tuple[str, bytes], **parts: Any) -> bytes:
    """A body with that operation and that map, or others."""
    given = {"operations": OPERATION, "map": MAP, **parts}
    texts = [(name, json.dumps(value).encode()) for name, value in given.items()]
    return body(*texts, *files)


def parsed(content: bytes, chunk: int = 7) -> Any:
    form = Form(b"x", BOUNDS)
    for begin in range(0, len(content), chunk):
        form.take(content[begin : begin + chunk])
    return _request(form.finished())


@pytest.mark.parametrize("chunk", [1, 2, 7, 10_000])
def test_a_file_stands_where_the_map_says(chunk: int) -> None:
    content = b"\r\n--y\r\n--\0\xff\r\n-"
    request = parsed(sent(("0", content)), chunk)
    assert request.variables == {"input": {"file": Upload.of(content)}}
    assert request.variables["input"]["file"].content == content


def test_a_file_can_stand_in_several_places_and_in_lists() -> None:
    operation = {"query": "{ a }", "variables": {"a": [None, None], "b": None}}
    paths = {"0": ["variables.a.1", "variables.b"]}
    request = parsed(sent(("0", b"1"), operations=operation, map=paths))
    assert request.variables == {"a": [None, Upload.of(b"1")], "b": Upload.of(b"1")}


def test_a_file_is_known_by_what_is_in_it_and_never_told() -> None:
    one, same, other = Upload.of(b"secret"), Upload.of(b"secret"), Upload.of(b"other")
    assert one == same != other
    assert repr(one) == repr(same) != repr(other)
    assert "secret" not in repr(one)


def with_a(value: Any) -> dict[str, Any]:
    return {"query": "{ a }", "variables": {"a": value}}


FILE = ("0", b"1")
WRONG: dict[str, tuple[bytes, str]] = {
    "no operations": (body(("map", b"{}")), "`operations` is missing"),
    "no map": (body(("operations", b"{}")), "`map` is missing"),
    "no JSON": (body(("operations", b"{"), ("map", b"{}")), "`operations` is not valid JSON"),
    "no JSON in the map": (body(("operations", b"{}"), ("map", b"[")), "`map` is not valid JSON"),
    "a map that is a list": (sent(map=[]), "`map` must be an object"),
    "a batch": (sent(FILE, operations=[OPERATION]), "Batches are not supported"),
    "no query": (sent(FILE, operations={"variables": {}}), "`query` is missing"),
    "a file that did not come": (sent(), "'0' of `map` did not come"),
    "a file that is not mapped": (sent(FILE, ("1", b"2")), "'1' is not in `map`"),
    "a path that is none": (sent(FILE, map={"0": "variables.input.file"}), "list of paths"),
    "no path": (sent(FILE, map={"0": []}), "list of paths"),
    "a number as path": (sent(FILE, map={"0": [1]}), "list of paths"),
    "a path beside the variables": (sent(FILE, map={"0": ["query"]}), "'query' in `map` leads"),
    "a path to nothing": (sent(FILE, map={"0": ["variables.a.b"]}), "'variables.a.b' in `map`"),
    "a path into a text": (
        sent(
            FILE, operations={"query": "{a}", "variables": {"a": "x"}}, map={"0": ["variables.a.0"]}
        ),
        "leads to no null",
    ),
    "a path to something": (
        sent(FILE, operations=with_a(1), map={"0": ["variables.a"]}),
        "leads to no null",
    ),
    "an index that is none": (
        sent(
            FILE,
            operations={"query": "{a}", "variables": {"a": [None]}},
            map={"0": ["variables.a.-1"]},
        ),
        "leads to no null",
    ),
    "the variables themselves": (
        sent(FILE, operations={"query": "{a}", "variables": None}, map={"0": ["variables"]}),
        "leads to no null",
    ),
    "a place twice": (sent(FILE, map={"0": MAP["0"] * 2}), "leads to no null"),
    "a part twice": (sent(FILE, FILE), "'0' is repeated"),
    "a part without a name": (b"--x\r\nContent-Type: a/b\r\n\r\n1\r\n--x--\r\n", "has no name"),
    "an early end": (sent(FILE)[:-4], "ends before its last boundary"),
    "no end": (body(FILE, end=""), "ends before its last boundary"),
    "no boundary": (b"{}", "not well-formed"),
    "nothing": (b"", "ends before its last boundary"),
    "large operations": (sent(FILE, operations={"query": "a" * 5_000}), "`operations` is larger"),
    "a large map": (sent(FILE, map={"0": ["a" * 10_000]}), "`map` is larger"),
    "large files": (sent(("0", bytes(3_000)), ("1", bytes(3_000))), "together larger than 5,000"),
    "many files": (sent(*((str(n), b"") for n in range(MOST_FILES + 1))), "more than 10 files"),
    "many headers": (b"--x\r\n" + b"A: b\r\n" * 50 + b"\r\n1\r\n--x--\r\n", "not well-formed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_malformed_request_is_refused_with_its_place(name: str) -> None:
    content, place = WRONG[name]
    with pytest.raises(Malformed) as caught:
        parsed(content)
    assert place in str(caught.value)


# Over HTTP


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[LiveServer]:
    with live_server(create_app(settings, open_services), settings) as server:
        yield server


@pytest.fixture
async def client(server: LiveServer) -> AsyncIterator[httpx.AsyncClient]:
    base = server.url.removesuffix("/graphql")
    async with httpx.AsyncClient(base_url=base, timeout=DEADLINE) as client:
        yield client


async def post(
    client: httpx.AsyncClient, by: Person | None, content: bytes, **headers: str
) -> httpx.Response:
    signed = {"Authorization": f"Bearer {by.access_token}"} if by else {}
    given = {"Content-Type": "multipart/form-data; boundary=x", **signed, **headers}
    return await client.post("/graphql", content=content, headers=given)


async def uploaded(client: httpx.AsyncClient, person: Person) -> dict[str, str]:
    answer = (await post(client, person, sent(("0", picture())))).json()
    assert answer["data"]["uploadAvatar"]["errors"] == []
    return dict(answer["data"]["uploadAvatar"]["viewer"]["avatar"])


async def test_a_picture_that_was_uploaded_is_found_by_everybody_and_kept_by_caches(
    client: httpx.AsyncClient, world: World
) -> None:
    address = (await uploaded(client, await world.person()))["small"]
    found = await client.get(address)
    assert (found.status_code, found.headers["content-type"]) == (200, "image/webp")
    assert found.content.startswith(b"RIFF")
    assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"] == "default-src 'none'"
    kept = await client.get(address, headers={"If-None-Match": found.headers["etag"]})
    assert (kept.status_code, kept.content) == (304, b"")
    assert (await client.head(address)).headers["content-length"] == str(len(found.content))


@pytest.mark.parametrize(
    "name",
    [
        "0" * 64 + "-64.webp",
        "0" * 64 + "-65.webp",
        "keys.json",
        "..%2f..%2fkeys.json",
        "%2e%2e/%2e%2e/keys.json",
        "../keys.json",
        "",
    ],
)
async def test_nothing_else_is_found_there(client: httpx.AsyncClient, name: str) -> None:
    response = await client.get(f"{PLACE}/{name}")
    assert response.status_code == 404
    assert response.headers["cache-control"] == "no-store"


async def test_a_form_of_another_site_is_refused_with_the_cure(
    client: httpx.AsyncClient, world: World
) -> None:
    response = await post(client, None, sent(("0", picture())))
    assert response.status_code == 400
    assert "Apollo-Require-Preflight" in response.text
    for header in ("Apollo-Require-Preflight", "GraphQL-Require-Preflight", "X-CSRF-Token"):
        refused = await post(client, None, sent(("0", picture())), **{header: "1"})
        assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def test_a_malformed_body_is_a_400_and_a_large_one_a_413(
    client: httpx.AsyncClient, world: World
) -> None:
    ada = await world.person()
    assert (await post(client, ada, sent())).status_code == 400
    unbounded = {"Content-Type": "multipart/form-data"}
    assert "boundary" in (await post(client, ada, b"", **unbounded)).text
    large = sent(("0", bytes(6_000_000)))
    assert (await post(client, ada, large)).status_code == 413
    assert (await post(client, ada, sent(("0", bytes(5 * 2**20 + 1))))).status_code == 413
    fits = (await post(client, ada, sent(("0", bytes(5 * 2**20))))).json()["data"]["uploadAvatar"]
    assert fits["errors"][0]["path"] == ["file"]
