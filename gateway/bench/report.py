"""The numbers of a run: medians over its rounds, and ratios taken round by round, as JSON or as a page."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from gateway.bench.sides import Drained


@dataclass(frozen=True, slots=True)
class Measured:
    """One side in one round. Latencies are in milliseconds, one an alert."""

    drained: Drained
    latencies: Sequence[float]

    @property
    def rates(self) -> dict[str, float]:
        """Notices and alerts per second of working off the backlog."""
        seconds = self.drained.seconds
        return {"notices_per_s": self.drained.notices / seconds, "alerts_per_s": self.drained.alerts / seconds}

    @property
    def percentiles(self) -> dict[str, float]:
        """The middle, and the slow end."""
        return {f"p{share}_ms": percentile(self.latencies, share) for share in (50, 95, 99)}

    @property
    def cpu(self) -> dict[str, float]:
        """CPU milliseconds a notice, by stage."""
        return {stage: seconds * 1000 / self.drained.notices for stage, seconds in self.drained.cpu.items()}


@dataclass(frozen=True, slots=True)
class Round:
    """Both sides, measured one right after the other."""

    floor: Measured
    pipeline: Measured


def percentile(values: Sequence[float], share: int) -> float:
    """The smallest value that is not exceeded by `share` percent of them (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * share / 100) - 1)]


def summary(rounds: Sequence[Round]) -> dict[str, Any]:
    """`floor`, `pipeline` {notices_per_s, alerts_per_s, p50_ms, p95_ms, p99_ms, cpu_ms} and `ratio` {throughput, p99}.

    Medians over the rounds. A ratio is the median of the ratios of each round, pipeline over floor: machines are noisy,
    and what disturbs one side of a round mostly disturbs the other too.
    """
    throughput = [each.pipeline.rates["notices_per_s"] / each.floor.rates["notices_per_s"] for each in rounds]
    p99 = [each.pipeline.percentiles["p99_ms"] / each.floor.percentiles["p99_ms"] for each in rounds]
    return {
        "floor": _side([each.floor for each in rounds]),
        "pipeline": _side([each.pipeline for each in rounds]),
        "ratio": {"throughput": round(median(throughput), 4), "p99": round(median(p99), 2)},
    }


def as_text(summed: Mapping[str, Any]) -> str:
    """The same as a page."""
    floor, pipeline, ratio = summed["floor"], summed["pipeline"], summed["ratio"]
    lines = [f"{'':<22}{'floor':>12}{'pipeline':>12}"]
    for name in floor:
        if name != "cpu_ms":
            lines.append(f"{name:<22}{floor[name]:>12}{pipeline[name]:>12}")
    lines.append("CPU ms a notice")
    for stage in pipeline["cpu_ms"]:
        lines.append(f"  {stage:<20}{floor['cpu_ms'].get(stage, '-'):>12}{pipeline['cpu_ms'][stage]:>12}")
    lines.append(f"pipeline / floor: throughput {ratio['throughput']}, p99 {ratio['p99']}")
    return "\n".join(lines)


def _side(measured: Sequence[Measured]) -> dict[str, Any]:
    plain = [each.rates | each.percentiles for each in measured]
    stages = dict.fromkeys(stage for each in measured for stage in each.cpu)
    cpu = {stage: round(median(each.cpu.get(stage, 0.0) for each in measured), 3) for stage in stages}
    total = {"total": cpu.pop("total")}
    return {name: round(median(each[name] for each in plain), 2) for name in plain[0]} | {"cpu_ms": cpu | total}
