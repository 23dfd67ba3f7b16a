"""GraphQL over HTTP, on a real port: what is taken, what is refused and how."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from server.settings import Settings
from tests.live_server import DEADLINE, LiveServer, live_server
from tests.wire_app import ALICE, Happenings, wire_app

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
EVENTS = "text/event-stream"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def happenings() -> Happenings:
    return Happenings()


@pytest.fixture(scope="module")
def server(happenings: Happenings) -> Iterator[LiveServer]:
    settings = Settings(cors_origins=["https://app.example"], graphiql=False)
    with live_server(wire_app(settings, happenings), settings) as server:
        yield server


@pytest.fixture(scope="module")
def client(server: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url.removesuffix("/graphql"), timeout=DEADLINE) as client:
        yield client


def ask(client: httpx.Client, query: str, accept: str = JSON, **members: Any) -> httpx.Response:
    return client.post("/graphql", json={"query": query, **members}, headers={"Accept": accept})


def message(response: httpx.Response) -> str:
    """The only error's text, of a response that says nothing else and hides nothing less."""
    body = response.json()
    assert set(body) == {"errors"}
    assert len(body["errors"]) == 1
    assert body["errors"][0]["extensions"]["code"]
    assert "Traceback" not in response.text
    return str(body["errors"][0]["message"])


def test_a_query_is_answered_by_post_and_by_get(client: httpx.Client) -> None:
    variables = {"name": "Ada"}
    query = "query($name: String!) { hello(name: $name) }"
    parameters = {"query": query, "variables": json.dumps(variables), "operationName": ""}
    posted = ask(client, query, variables=variables)
    got = client.get("/graphql", params=parameters)
    assert posted.json() == got.json() == {"data": {"hello": "Hello, Ada!"}}


def test_a_mutation_is_refused_over_get_and_names_post(client: httpx.Client) -> None:
    response = client.get("/graphql", params={"query": "mutation { touch }"})
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "POST" in message(response)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "QUERY"])
def test_other_methods_are_refused_and_told_the_allowed_ones(
    client: httpx.Client, method: str
) -> None:
    response = client.request(method, "/graphql")
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")
    assert method in message(response)


def test_options_tells_the_methods(client: httpx.Client) -> None:
    response = client.options("/graphql")
    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")


def test_head_answers_as_get_without_a_body(client: httpx.Client) -> None:
    parameters = {"query": "{ hello }"}
    got = client.get("/graphql", params=parameters)
    head = client.head("/graphql", params=parameters)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


@pytest.mark.parametrize(
    ("accept", "answered"), [("", JSON), ("*/*", JSON), (f"{JSON}, {GRAPHQL}", GRAPHQL)]
)
def test_an_answer_has_the_negotiated_media_type(
    client: httpx.Client, accept: str, answered: str
) -> None:
    response = ask(client, "{ hello }", accept)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == f"{answered}; charset=utf-8"
    assert "Accept" in response.headers["Vary"]


@pytest.mark.parametrize(
    "accept", ["text/html", "image/*", "application/json;q=0", "nonsense", ";"]
)
def test_an_unknown_media_type_is_not_acceptable(client: httpx.Client, accept: str) -> None:
    response = ask(client, "{ hello }", accept)
    assert response.status_code == 406
    assert GRAPHQL in message(response)


@pytest.mark.parametrize("query", ["{", "{ nothing }", "query Q($id: ID!) { hello }"])
def test_what_is_refused_before_execution_has_its_media_types_status(
    client: httpx.Client, query: str
) -> None:
    plain, own = ask(client, query, JSON), ask(client, query, GRAPHQL)
    assert (plain.status_code, own.status_code) == (200, 400)
    assert plain.json() == own.json()
    assert "data" not in own.json()


def test_errors_of_fields_are_part_of_an_answer(client: httpx.Client) -> None:
    response = ask(client, "{ hello forbidden }", GRAPHQL)
    assert response.status_code == 200
    assert response.json()["data"] == {"hello": "Hello, world!", "forbidden": None}
    assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_a_fault_of_a_field_is_masked_and_tells_the_request_id(client: httpx.Client) -> None:
    response = ask(client, "{ fault }")
    error = response.json()["errors"][0]
    assert "hunter2" not in response.text
    assert error["extensions"] == {
        "code": "INTERNAL",
        "requestId": response.headers["X-Request-Id"],
    }


def test_a_fault_of_the_server_is_masked_and_tells_the_request_id(
    client: httpx.Client, happenings: Happenings
) -> None:
    happenings.database_down = True
    try:
        response = ask(client, "{ hello }")
    finally:
        happenings.database_down = False
    assert response.status_code == 500
    assert "hunter2" not in response.text
    assert response.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
    assert response.headers["X-Request-Id"] in response.text


def test_a_subscription_without_an_event_stream_is_told_how(client: httpx.Client) -> None:
    response = ask(client, "subscription { count }")
    assert response.status_code == 406
    assert EVENTS in message(response)


def test_a_token_says_who_asks(client: httpx.Client) -> None:
    response = client.get(
        "/graphql", params={"query": "{ whoami }"}, headers={"Authorization": "Bearer alice"}
    )
    assert response.json() == {"data": {"whoami": str(ALICE)}}


@pytest.mark.parametrize("token", ["Bearer forged", "Bearer", "Basic YTpi", "alice"])
@pytest.mark.parametrize("accept", [JSON, GRAPHQL, EVENTS])
def test_a_token_that_is_not_good_is_unauthorised(
    client: httpx.Client, token: str, accept: str
) -> None:
    response = client.post(
        "/graphql",
        json={"query": "{ hello }"},
        headers={"Authorization": token, "Accept": accept},
    )
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


def test_the_context_knows_the_client(client: httpx.Client, happenings: Happenings) -> None:
    client.post("/graphql", json={"query": "{ hello }"}, headers={"User-Agent": "a test"})
    assert happenings.opened[-1] == {"ip": "127.0.0.1", "user_agent": "a test"}


def test_a_sane_request_id_is_kept_and_another_replaced(client: httpx.Client) -> None:
    def told(given: str) -> str:
        response = client.post(
            "/graphql", json={"query": "{ requestId }"}, headers={"X-Request-Id": given}
        )
        assert response.json()["data"]["requestId"] == response.headers["X-Request-Id"]
        return response.headers["X-Request-Id"]

    assert told("Some_id-1") == "Some_id-1"
    assert told("x" * 64) == "x" * 64
    for wrong in ("", "x" * 65, "a b", 'a"b'):
        assert told(wrong) != wrong


def test_responses_are_neither_stored_nor_sniffed(client: httpx.Client) -> None:
    for response in (ask(client, "{ hello }"), client.get("/health"), client.get("/nothing")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Server" not in response.headers


def test_browsers_of_the_allowed_origin_may_read_and_others_may_not(client: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization,content-type"
    allowed = client.options("/graphql", headers={"Origin": "https://app.example", **asked})
    refused = client.options("/graphql", headers={"Origin": "https://evil.example", **asked})
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert refused.status_code == 400
    answer = client.post(
        "/graphql", json={"query": "{ hello }"}, headers={"Origin": "https://app.example"}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example"
    assert {part.strip() for part in answer.headers["Vary"].split(",")} == {"Accept", "Origin"}


def test_what_does_not_exist_says_where_graphql_is(client: httpx.Client) -> None:
    response = client.get("/nothing")
    assert response.status_code == 404
    assert "/graphql" in message(response)
    assert client.post("/health").headers["Allow"]


def test_browsers_get_the_page_where_it_is_on() -> None:
    settings = Settings(graphiql=True)
    with live_server(wire_app(settings), settings) as server:
        page = httpx.get(server.url, headers={"Accept": BROWSER})
        data = httpx.get(server.url, params={"query": "{ hello }"}, headers={"Accept": JSON})
        home = httpx.get(server.url.removesuffix("graphql"))
    assert page.headers["Content-Type"].startswith("text/html")
    assert data.json() == {"data": {"hello": "Hello, world!"}}
    assert home.headers["Location"] == "/graphql"
