"""Seconds on the wall and of the processor: where other programs run too, only the second are to be compared."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Taken:
    """What something took, in seconds, once it is over."""

    wall: float = 0.0
    cpu: float = 0.0

    def rate(self, count: int) -> dict[str, int]:
        """So many were done in it: how many a second."""
        return {"per_second": round(count / self.wall), "per_cpu_second": round(count / self.cpu)}

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: "Taken") -> "Taken":
        return Taken(self.wall - other.wall, self.cpu - other.cpu)


@contextmanager
def clock() -> Iterator[Taken]:
    """How long what is inside takes this process."""
    taken = Taken()
    wall, cpu = time.perf_counter(), time.process_time()
    yield taken
    taken.wall, taken.cpu = time.perf_counter() - wall, time.process_time() - cpu
