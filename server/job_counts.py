"""What became of jobs, and how many wait, for `/metrics`."""

import asyncio
from collections.abc import Iterator, Mapping

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db.database import Database
from domain.errors import Unavailable
from jobs import operators
from jobs.running import Outcomes

PATIENCE = 2.0
"""Seconds that counting what waits may take."""


class JobCounts(Collector):
    """What this process has done, and how many jobs of all there were when last looked."""

    def __init__(self, database: Database) -> None:
        self.outcomes: Outcomes = Outcomes()
        self._database = database
        self._depths: Mapping[tuple[str, str], int] = {}

    async def look(self) -> None:
        """Count what waits; where PostgreSQL does not answer, nothing is told of it."""
        self._depths = {}
        try:
            async with asyncio.timeout(PATIENCE):
                self._depths = await operators.depths(self._database)
        except (TimeoutError, Unavailable):
            return

    def collect(self) -> Iterator[Metric]:
        text = "Jobs that this process has ended, by name and outcome."
        done = CounterMetricFamily("imprimatur_jobs", text, labels=["job", "outcome"])
        for labels, count in sorted(self.outcomes.items()):
            done.add_metric(labels, count)
        yield done
        text = "Jobs of the installation that are not done: queued, picked (running) or failed."
        depth = GaugeMetricFamily("imprimatur_jobs_queue", text, labels=["job", "status"])
        for labels, count in sorted(self._depths.items()):
            depth.add_metric(labels, count)
        yield depth
