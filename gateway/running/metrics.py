"""What `/metrics` shows: counts of each side's register, the state of the workers. Own registry, numbers only, no label
that names anybody.

Everything of a register bears the label `side`: trial or live.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.clock import SystemClock
from gateway.ports import Store, StoreDown, UnitOfWork
from gateway.running.health import Health
from gateway.trust.expiries import days_left, expiries
from mappings.canonical.codes import Mode

QueueDepth = Callable[[], Mapping[str, int]]
DaysLeft = Callable[[UnitOfWork], Mapping[str, int]]
LABELS = frozenset({"side", "kind", "status", "queue", "worker"})
"""Every label there is. Their values are codes of ours: none names a connector, an agency or a person."""

_FAMILIES = (
    ("patchwork_register_entries", "How many of everything the register holds", "kind"),
    ("patchwork_alerts", "Alerts by status", "status"),
    ("patchwork_answers", "Practitioners' answers to alerts by what they say", "kind"),
    ("patchwork_alarms_open", "Alarms that nobody has acknowledged", "kind"),
    ("patchwork_queue_depth", "Parcels waiting in the embedded queue", "queue"),
)


def _register_days(unit: UnitOfWork) -> Mapping[str, int]:
    return days_left(expiries(unit, SystemClock().now()))


@dataclass(frozen=True, slots=True)
class Shown:
    """One side: its mode, its register and the depths of its queues."""

    mode: Mode
    store: Store
    queue_depth: QueueDepth


class RegisterCollector(Collector):
    """Reads every register at each scrape. While a store is away it says so (`patchwork_store_up` 0) and shows the rest. `days` looks
    at the register of trust, which is the first side's."""

    def __init__(self, sides: Sequence[Shown], health: Health, days: DaysLeft = _register_days) -> None:
        self._sides, self._health, self._days = sides, health, days

    def collect(self) -> Iterator[Metric]:
        """All metrics, freshly read."""
        up = GaugeMetricFamily("patchwork_store_up", "Whether the register can be read", labels=["side"])
        families = [_family(*one) for one in _FAMILIES]
        entries, alerts, answers, alarms, depths = families
        yielded: list[Metric] = [up, *families]
        for position, side in enumerate(self._sides):
            try:
                with side.store.read() as unit:
                    counts, statuses = unit.counts(), unit.alerts.counts()
                    raised, said = unit.alarms.open_counts(), unit.answers.counts()
                    days = self._days(unit) if position == 0 else None
                waiting = dict(side.queue_depth())
            except StoreDown:
                up.add_metric([side.mode], 0)
                continue
            up.add_metric([side.mode], 1)
            shown = (entries, counts), (alerts, statuses), (answers, said), (alarms, raised), (depths, waiting)
            for family, values in shown:
                for key in sorted(values):
                    family.add_metric([side.mode, key], values[key])
            if days is not None:
                yielded.append(
                    _labelled("patchwork_days_left", "Whole days until the first of its kind ends", "kind", days)
                )
        yield from yielded
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

    def __init__(self, sides: Sequence[Shown], health: Health, days: DaysLeft = _register_days) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(RegisterCollector(sides, health, days))

    def text(self) -> bytes:
        """Prometheus text format 0.0.4."""
        return generate_latest(self._registry)


def _family(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=["side", label])


def _labelled(name: str, text: str, label: str, values: Mapping[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=[label])
    for key in sorted(values):
        family.add_metric([key], values[key])
    return family
