"""What operators may count, and who may read it."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from server.metrics import Durations, Metrics
from server.settings import Settings
from tests.live_server import eventually, live_server
from tests.wire_app import wire_app

TOKEN = "a token of some length"
SECONDS = "imprimatur_graphql_operation_duration_seconds"
EVENTS = {"Accept": "text/event-stream"}
Samples = dict[tuple[str, ...], float]


@contextmanager
def serving(settings: Settings) -> Iterator[httpx.Client]:
    with live_server(wire_app(settings), settings) as server:
        base = server.url.removesuffix("/graphql")
        with httpx.Client(base_url=base, timeout=30) as client:
            yield client


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with serving(Settings(graphiql=False)) as client:
        yield client


def samples(client: httpx.Client) -> Samples:
    """Every sample by its name and the values of its labels."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
    }


def ask(client: httpx.Client, query: str, **headers: str) -> httpx.Response:
    return client.post("/graphql", json={"query": query}, headers=headers)


def gained(before: Samples, after: Samples, *names: str) -> Samples:
    """The samples of these names that grew, and by how much."""
    grown = {key: value - before.get(key, 0.0) for key, value in after.items()}
    return {key: more for key, more in grown.items() if key[0] in names and more}


def test_operations_are_counted_by_kind_and_outcome(client: httpx.Client) -> None:
    before = samples(client)
    for query in ("{ hello }", "{ hello }", "{ hello fault }", "mutation { touch }", "{ nothing }"):
        ask(client, query)
    ask(client, "subscription { count }", **EVENTS)
    assert gained(before, samples(client), f"{SECONDS}_count") == {
        (f"{SECONDS}_count", "query", "ok"): 2,
        (f"{SECONDS}_count", "query", "errors"): 1,
        (f"{SECONDS}_count", "mutation", "ok"): 1,
        (f"{SECONDS}_count", "subscription", "ok"): 1,
    }


def test_responses_are_counted_by_status(client: httpx.Client) -> None:
    before = samples(client)
    ask(client, "{ hello }", Authorization="Bearer forged")
    ask(client, "{ hello }", Accept="image/png")
    client.get("/nothing")
    name = "imprimatur_http_requests_total"
    assert gained(before, samples(client), name) == {
        (name, "200"): 1,  # that of the metrics themselves
        (name, "401"): 1,
        (name, "404"): 1,
        (name, "406"): 1,
    }


def test_open_streams_are_seen_and_an_end_before_the_last_answer_is_told(
    client: httpx.Client,
) -> None:
    body, name = {"query": "subscription { silence }"}, ("imprimatur_streams_open",)
    cancelled = (f"{SECONDS}_count", "subscription", "cancelled")
    before = samples(client)
    with client.stream("POST", "/graphql", json=body, headers=EVENTS):
        assert samples(client)[name] == before[name] + 1
    eventually(lambda: samples(client)[name] == before[name])
    assert samples(client)[cancelled] == before.get(cancelled, 0) + 1


def test_documents_handed_over_operations_and_the_process_are_shown(client: httpx.Client) -> None:
    before = samples(client)
    ask(client, "query Another { hello }")
    after = samples(client)
    grown = gained(before, after, "imprimatur_documents", "imprimatur_documents_bytes")
    assert grown["imprimatur_documents",] == 1
    assert grown["imprimatur_documents_bytes",] > 500
    assert after["process_resident_memory_bytes",] > 1_000_000
    assert "# TYPE imprimatur_graphql_handed_over_total counter" in client.get("/metrics").text


def test_no_label_is_chosen_by_a_client(client: httpx.Client) -> None:
    for name in ("nonsense", "Nonsense2"):
        ask(client, f"query {name} {{ hello(name: {name}) }}", **{"X-Request-Id": name})
        client.request(name, f"/{name}", headers={"User-Agent": name})
    assert "nonsense" not in client.get("/metrics").text.lower()


def test_metrics_are_for_those_who_have_the_token() -> None:
    with serving(Settings(graphiql=False, metrics_token=f" {TOKEN}\n")) as client:
        for wrong in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer alice"}):
            refused = client.get("/metrics", headers=wrong)
            assert refused.status_code == 401
            assert refused.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert "imprimatur_" not in refused.text
        right = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert right.status_code == 200
    assert right.headers["Content-Type"].startswith("text/plain; version=0.0.4")


def test_in_production_metrics_without_a_token_are_nobodys() -> None:
    settings = Settings(graphiql=False).model_copy(update={"environment": "production"})
    with serving(settings) as client:
        assert client.get("/metrics").status_code == 404


def test_each_application_counts_its_own(client: httpx.Client) -> None:
    ask(client, "{ hello }")
    with serving(Settings(graphiql=False)) as other:
        assert (f"{SECONDS}_count", "query", "ok") not in samples(other)


def test_a_bucket_holds_what_lasted_no_longer_than_its_bound() -> None:
    durations = Durations()
    for seconds in (0.0, 0.001, 0.0011, 30.0, 10_000.0):
        durations.add(seconds)
    buckets = dict(durations.buckets())
    assert (buckets["0.001"], buckets["0.0025"], buckets["10.0"]) == (2, 3, 3)
    assert (buckets["30.0"], buckets["3600.0"], buckets["+Inf"]) == (4, 4, 5)
    assert durations.seconds == pytest.approx(10_030.0021)


def test_an_operation_that_raises_has_failed() -> None:
    metrics = Metrics()
    with pytest.raises(ZeroDivisionError), metrics.timing("query"):
        _ = 1 / 0
    assert list(metrics.operations) == [("query", "failed")]
