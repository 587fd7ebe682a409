"""The two sides of the measurement, and what every round asks of each."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Drained:
    """A backlog worked off: how many notices and alerts, in how many seconds, with how many CPU seconds by stage."""

    notices: int
    alerts: int
    seconds: float
    cpu: dict[str, float] = field(default_factory=dict)


class Side(Protocol):
    """The floor, or the pipeline."""

    def drain(self, notices: int) -> Drained:
        """Let so many notices wait, then work them off. Raises `BenchFailed` where anything does not add up."""

    def paced(self, notices: int, per_second: float) -> list[float]:
        """Publish so many notices at this pace. Milliseconds from publishing to the alert in the inbox, one an alert.
        Raises `BenchFailed`."""

    def close(self) -> None:
        """End the measured process."""
