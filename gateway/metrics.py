"""What `/metrics` shows: counts of the register, the state of the workers. Own registry, numbers only, no label that
names anybody."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.clock import SystemClock
from gateway.expiries import days_left, expiries
from gateway.health import Health
from gateway.ports import Store, StoreDown, UnitOfWork

QueueDepth = Callable[[], Mapping[str, int]]
DaysLeft = Callable[[UnitOfWork], Mapping[str, int]]


def _register_days(unit: UnitOfWork) -> Mapping[str, int]:
    return days_left(expiries(unit, SystemClock().now()))


class RegisterCollector(Collector):
    """Reads the register at each scrape. While the store is away it says so (`patchwork_store_up` 0) and shows the
    rest."""

    def __init__(self, store: Store, queue_depth: QueueDepth, health: Health, days: DaysLeft = _register_days) -> None:
        self._store, self._queue_depth, self._health, self._days = store, queue_depth, health, days

    def collect(self) -> Iterator[Metric]:
        """All metrics, freshly read."""
        try:
            with self._store.read() as unit:
                counts, alerts, days = unit.counts(), unit.alerts.counts(), self._days(unit)
                alarms = unit.alarms.open_counts()
            depths = dict(self._queue_depth())
        except StoreDown:
            yield _gauge("patchwork_store_up", "Whether the register can be read", 0)
        else:
            yield _gauge("patchwork_store_up", "Whether the register can be read", 1)
            yield _labelled("patchwork_register_entries", "How many of everything the register holds", "kind", counts)
            yield _labelled("patchwork_alerts", "Alerts by status", "status", alerts)
            yield _labelled("patchwork_alarms_open", "Alarms that nobody has acknowledged", "kind", alarms)
            yield _labelled("patchwork_days_left", "Whole days until the first of its kind ends", "kind", days)
            yield _labelled("patchwork_queue_depth", "Parcels waiting in the embedded queue", "queue", depths)
        yield from self._workers()

    def _workers(self) -> Iterator[Metric]:
        rounds = CounterMetricFamily("patchwork_worker_rounds", "Rounds that went well", labels=["worker"])
        idle = GaugeMetricFamily(
            "patchwork_worker_idle_seconds", "Since the last round that went well", labels=["worker"]
        )
        well = GaugeMetricFamily("patchwork_worker_up", "Whether the last round went well", labels=["worker"])
        for worker in self._health.workers():
            rounds.add_metric([worker.name], worker.rounds)
            idle.add_metric([worker.name], round(worker.idle_seconds, 1))
            well.add_metric([worker.name], 0 if worker.fault else 1)
        yield from (rounds, idle, well)


class Metrics:
    """The text that a Prometheus server scrapes."""

    def __init__(self, store: Store, queue_depth: QueueDepth, health: Health, days: DaysLeft = _register_days) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(RegisterCollector(store, queue_depth, health, days))

    def text(self) -> bytes:
        """Prometheus text format 0.0.4."""
        return generate_latest(self._registry)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key in sorted(values):
        family.add_metric([key], values[key])
    return family
