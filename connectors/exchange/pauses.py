"""How long to wait before trying again: growing pauses with jitter, so that many connectors do not come back at the same second."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Pauses:
    """`first` seconds after the first attempt, `factor` times as long after each further one, never more than `longest`."""

    first: float
    longest: float
    factor: float = 2.0

    def after(self, attempts: int) -> timedelta:
        """The pause after this many attempts (1 or more), up to a fifth shorter or longer."""
        plain = self.longest
        if attempts < 64:
            plain = min(self.longest, self.first * self.factor ** max(0, attempts - 1))
        return timedelta(seconds=plain * random.uniform(0.8, 1.2))  # noqa: S311 - spreads load, protects nothing


UNRECEIPTED = Pauses(first=60, longest=3600)
CHANNEL_DOWN = Pauses(first=5, longest=600)
CHANNEL_REFUSED = Pauses(first=60, longest=3600)
SINK_DOWN = Pauses(first=30, longest=3600)
