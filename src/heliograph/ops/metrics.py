"""Metrics in Prometheus' text format, read from plain counters at the moment somebody asks.

Nothing on the message path knows of metrics: the parts of the gateway count with plain integers, and `app` hands over
a function per metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Read = Callable[[], float | Mapping[str, float]]


class Measure(NamedTuple):
    """One metric. `read` gives a number, or one per value of `label`. Names of counters end in `_total`."""

    name: str
    help: str
    read: Read
    label: str = ""


class _Reader(Collector):
    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = tuple(measures)

    def collect(self) -> Iterator[Metric]:
        for measure in self._measures:
            is_counter = measure.name.endswith("_total")
            family_of = CounterMetricFamily if is_counter else GaugeMetricFamily
            family = family_of(measure.name, measure.help, labels=[measure.label] if measure.label else None)
            value = measure.read()
            if isinstance(value, Mapping):
                for label, number in value.items():
                    family.add_metric([label], number)
            else:
                family.add_metric([], value)
            yield family


class Metrics:
    """The registry of one gateway."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Reader(measures))
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def render(self) -> bytes:
        """The text a scraper gets."""
        return generate_latest(self._registry)
