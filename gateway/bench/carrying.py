"""Publishing a load and taking what comes of it: the same instrument for the floor and the pipeline.

One thread and one connection an agency, each way. A parcel's arrival is noted when its taker has it in hand.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from connectors.channel.port import ConnectorEnd, Parcel
from gateway.bench.failed import BenchFailed
from gateway.bench.subject import PATIENCE_PER_MESSAGE, PATIENCE_SECONDS

NewEnds = Callable[[], list[ConnectorEnd]]


@dataclass(frozen=True, slots=True, repr=False)
class Outgoing:
    """A message ready to be published by the agency at place `sender`. `key` names its client."""

    sender: int
    key: str
    data: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Arrived:
    """A parcel, the place of the agency whose inbox it was in, and when (`time.monotonic`)."""

    at: float
    recipient: int
    parcel: Parcel


def publish(new_ends: NewEnds, load: Sequence[Outgoing], per_second: float = 0.0) -> dict[str, float]:
    """Publish everything, each confirmed by the broker, evenly paced where `per_second` is set. Returns when it was
    published, by client (the later of the two messages): the instant before the publish call."""
    ends = new_ends()
    start = time.monotonic()
    due = [(start + place / per_second if per_second else 0.0, message) for place, message in enumerate(load)]
    published: dict[str, float] = {}

    def speak(sender: int) -> dict[str, float]:
        at: dict[str, float] = {}
        for when, message in due:
            if message.sender == sender:
                time.sleep(max(0.0, when - time.monotonic()))
                at[message.key] = time.monotonic()
                ends[sender].send(message.data)
        return at

    with ExitStack() as open_ends, ThreadPoolExecutor(len(ends)) as threads:
        for end in ends:
            open_ends.callback(end.close)
        for at in threads.map(speak, range(len(ends))):
            for key, when in at.items():
                published[key] = max(when, published.get(key, 0.0))
    return published


class Takers:
    """Takes from every inbox while the context is open, until `count` parcels are there."""

    def __init__(self, new_ends: NewEnds, count: int) -> None:
        self._ends = new_ends()
        self._count = count
        self._stopping = threading.Event()
        self._threads = ThreadPoolExecutor(len(self._ends))
        self._arrived: list[Arrived] = []
        self._takers: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._takers = [self._threads.submit(self._take, place) for place in range(len(self._ends))]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._threads.shutdown()
        for end in self._ends:
            end.close()

    def all(self) -> list[Arrived]:
        """Everything that arrived, in order, once all of it is there. Raises `BenchFailed` where it is too little or
        too much."""
        until = time.monotonic() + PATIENCE_SECONDS + PATIENCE_PER_MESSAGE * self._count
        while len(self._arrived) < self._count and time.monotonic() < until:
            for taker in self._takers:
                if taker.done():
                    taker.result()
            time.sleep(0.02)
        self._stopping.set()
        for taker in self._takers:
            taker.result()
        if len(self._arrived) != self._count:
            raise BenchFailed(f"{len(self._arrived)} messages came into the inboxes, and {self._count} should have")
        return sorted(self._arrived, key=lambda each: each.at)

    def _take(self, place: int) -> None:
        end = self._ends[place]
        while not self._stopping.is_set():
            parcels = end.take(50, 0.25)
            now = time.monotonic()
            self._arrived.extend(Arrived(now, place, parcel) for parcel in parcels)
            end.acknowledge(parcels)
