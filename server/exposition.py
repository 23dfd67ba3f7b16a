"""`/metrics`: what operators may count, in the text format of Prometheus."""

import hmac
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.errors import Unauthenticated
from engine.execution import Engine
from server import failures, requests
from server.metrics import Metrics
from server.settings import Settings
from server.streams import Streams


def routes(settings: Settings) -> list[Route]:
    """`/metrics`, where the settings say that it is served."""
    token = settings.metrics_token
    if token is None and not settings.is_development:
        return []

    async def metrics(request: Request) -> Response:
        try:
            _require(token, request.headers.get("authorization"))
        except Unauthenticated as error:
            return failures.response(error, request.state.request_id)
        if request.state.jobs is not None:
            await request.state.jobs.look()
        text = generate_latest(request.state.registry)
        return Response(text, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    return [Route("/metrics", metrics)]


def _require(token: str | None, authorization: str | None) -> None:
    if token is None:
        return
    given = requests.bearer(authorization) or ""
    if not hmac.compare_digest(given.encode(), token.encode()):
        raise Unauthenticated("Metrics are for those who send METRICS_TOKEN as a bearer token.")


def registry(
    metrics: Metrics, streams: Streams, engine: Engine, jobs: Collector | None = None
) -> CollectorRegistry:
    """Everything that this application counts, and what its process takes."""
    everything = of_process(jobs)
    everything.register(Observations(metrics, streams, engine))
    return everything


def of_process(jobs: Collector | None) -> CollectorRegistry:
    """What a process takes, and what became of its jobs."""
    everything = CollectorRegistry()
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=everything)
    if jobs is not None:
        everything.register(jobs)
    return everything


class Observations(Collector):
    """Everything of ours that is counted, read when somebody asks."""

    def __init__(self, metrics: Metrics, streams: Streams, engine: Engine) -> None:
        self._metrics = metrics
        self._streams = streams
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        yield self._responses()
        yield self._operations()
        yield _gauge("streams_open", "WebSockets and event streams open.", self._streams.count)
        documents = self._engine.documents
        yield _gauge("documents", "Documents remembered.", documents.count)
        yield _gauge("documents_bytes", "Roughly the memory they take.", documents.weight)
        yield self._handed_over()

    def _responses(self) -> Metric:
        text = "Responses to HTTP requests, by status."
        family = CounterMetricFamily("imprimatur_http_requests", text, labels=["status"])
        for status, count in sorted(self._metrics.responses.items()):
            family.add_metric([str(status)], count)
        return family

    def _operations(self) -> Metric:
        family = HistogramMetricFamily(
            "imprimatur_graphql_operation_duration_seconds",
            "Seconds that operations ran, by kind and outcome.",
            labels=["kind", "outcome"],
        )
        for labels, durations in sorted(self._metrics.operations.items()):
            family.add_metric(labels, durations.buckets(), durations.seconds)
        return family

    def _handed_over(self) -> Metric:
        text = "Operations, or parts of one, that graphql-core executed, by the reason."
        family = CounterMetricFamily("imprimatur_graphql_handed_over", text, labels=["reason"])
        for reason, count in sorted(self._engine.handed_over.items()):
            family.add_metric([reason], count)
        return family


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"imprimatur_{name}", text, value)
